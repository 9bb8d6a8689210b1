/** What passed before an entry was added: nobody was alerted then, so it is said now. */

import { useLocation } from "preact-iso";
import type { AddedEntryAnswer } from "../../../shared/api/central-api.ts";
import { plateAddress } from "../../data/url-state.ts";
import { html } from "../../html.ts";
import { DETECTION_ROW_PX, DetectionRow } from "../../parts/detection-row.ts";
import { WATCHLISTS } from "../../words/watchlist-words.ts";

const SHOWN_MAX = 5;

export function EarlierDetections({ added }: { added: AddedEntryAnswer }) {
  const { route } = useLocation();
  if (added.earlier.length === 0)
    return html`<p class="panel p-4 quiet" role="status">${added.entry.pattern}: ${WATCHLISTS.earlierNone}</p>`;
  return html`<section class="panel overflow-hidden enter" role="status">
    <div class="p-4"><h3 class="heading">${added.entry.pattern}: ${WATCHLISTS.earlierTitle(added.earlier.length)}</h3><p class="quiet">${WATCHLISTS.earlierText}</p></div>
    <ul>${added.earlier.slice(0, SHOWN_MAX).map((one) => html`<li key=${one.id} style=${`height:${DETECTION_ROW_PX}px`}><${DetectionRow} detection=${one} times=${1} onOpen=${one.plate === null ? undefined : () => route(plateAddress(one.plate!, "alert-follow-up"))} /></li>`)}</ul>
  </section>`;
}
