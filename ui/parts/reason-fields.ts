/** Why a plate is looked up, asked before anything is: curiosity is not a reason, and the API refuses without one. */
import { SEARCH_REASONS } from "../../shared/api/central-api.ts";
import { html, type InputEventOf } from "../html.ts";
import { REASON_WORDS, SEARCH } from "../words/search-words.ts";

export interface ReasonFieldsProps {
  reason: string;
  caseNumber: string;
  onChange: (change: { reason?: string; case?: string }) => void;
}

export function ReasonFields({ reason, caseNumber, onChange }: ReasonFieldsProps) {
  return html`<label class="field"><span>${SEARCH.reason}</span>
      <select class="input" value=${reason} onChange=${(event: InputEventOf<HTMLSelectElement>) => onChange({ reason: event.currentTarget.value })}>
        <option value="" selected=${reason === ""}>${SEARCH.chooseReason}</option>
        ${SEARCH_REASONS.map((one) => html`<option key=${one} value=${one} selected=${one === reason}>${REASON_WORDS[one]}</option>`)}
      </select></label>
    <label class="field"><span>${SEARCH.caseNumber}, ${SEARCH.optional}</span>
      <input class="input" maxlength="60" autocomplete="off" value=${caseNumber} onInput=${(event: InputEventOf) => onChange({ case: event.currentTarget.value })} /></label>`;
}
