/** What people did on an alert, oldest first: who, what, when, to whom. */
import type { AlertOpView } from "../../shared/api/views.ts";
import { html } from "../html.ts";
import { ALERTS, DONE_WORDS, HOW_OPTIONS, OUTCOMES } from "../words/alert-words.ts";
import { TimeText } from "./time-text.ts";

export function WorkLog({ work, zone }: { work: readonly AlertOpView[]; zone: string }) {
  if (work.length === 0) return html`<p class="quiet">${ALERTS.noWork}</p>`;
  return html`<ol class="flex flex-col gap-3">${work.map(
    (
      op,
    ) => html`<li key=${op.id} class="flex flex-col"><span><span class="font-semibold">${op.author}</span> ${DONE_WORDS[op.verb]}${detailWords(op)}</span>
    ${op.text === null || op.text === "" ? null : html`<span>${op.text}</span>`}<span class="tiny"><${TimeText} at=${op.at} zone=${zone} show="both" /></span></li>`,
  )}</ol>`;
}

function detailWords(op: AlertOpView): string {
  if (op.verb === "dismiss") return `: ${OUTCOMES.find(([outcome]) => outcome === op.outcome)?.[1].toLowerCase() ?? op.outcome ?? ""}`;
  if (op.verb !== "escalate") return "";
  const how = HOW_OPTIONS.find(([one]) => one === op.how)?.[1].toLowerCase() ?? op.how;
  return [` to ${op.to ?? ""}`, how, op.reference ? `reference ${op.reference}` : undefined].filter((part) => part).join(", ");
}
