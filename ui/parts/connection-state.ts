/** Whether what is shown is live, in a word and a dot. */
import type { LinkState } from "../data/live-socket.ts";
import { html } from "../html.ts";
import { LINK } from "../words/site-words.ts";

export function ConnectionState({ state }: { state: LinkState }) {
  const tone = state === "open" ? "healthy" : state === "waiting" ? "critical" : "hollow";
  return html`<span class="row quiet" role="status" title=${LINK[state]}><span class=${`dot ${tone}`}></span><span>${LINK[state]}</span></span>`;
}
