/** Why a plate matched, as a sentence, with a mark that says how sure the match is. */
import type { Explanation } from "../../shared/model/alert.ts";
import { html } from "../html.ts";
import { explanationWords } from "../words/explanation-words.ts";

const KIND_WORDS = { exact: "Exact", confusable: "Look-alike", wildcard: "Pattern" } as const;

export function ExplanationText({ explanation }: { explanation: Explanation }) {
  return html`<p class="m-0"><span class=${explanation.kind === "exact" ? "tag" : "tag attention"}>${KIND_WORDS[explanation.kind]}</span> <span>${explanationWords(explanation)}</span></p>`;
}
