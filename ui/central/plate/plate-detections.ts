/** The plate's detections, narrowed by the days picked in the timeline. */
import type { DetectionView } from "../../../shared/api/views.ts";
import { html, useState } from "../../html.ts";
import { DetectionFacts } from "../../parts/detection-facts.ts";
import { DETECTION_ROW_PX, DetectionRow } from "../../parts/detection-row.ts";
import { Dialog } from "../../parts/dialog.ts";
import { PLATE, SEARCH } from "../../words/search-words.ts";
import { plateDetections } from "./plate-state.ts";

export function PlateDetections({ range }: { range: readonly [string, string] | undefined }) {
  const [open, setOpen] = useState<DetectionView | undefined>(undefined);
  const known = plateDetections.value.value;
  if (known === undefined) return null;
  const shown = known.detections.filter((one) => {
    if (range === undefined) return true;
    const day = new Intl.DateTimeFormat("en-CA", { timeZone: one.time_zone }).format(Date.parse(one.captured_at));
    return day >= range[0] && day <= range[1];
  });
  return html`<section class="stack" aria-label=${PLATE.detections}>
    <h2 class="heading">${SEARCH.found(shown.length, known.more)}</h2>
    ${shown.length === 0 ? null : html`<ul class="panel overflow-hidden">${shown.map((one) => html`<li key=${one.id} style=${`height:${DETECTION_ROW_PX}px`}><${DetectionRow} detection=${one} times=${1} onOpen=${() => setOpen(one)} /></li>`)}</ul>`}
    ${open === undefined ? null : html`<${Dialog} title=${`${open.camera}, ${open.site}`} onClose=${() => setOpen(undefined)} wide><${DetectionFacts} detection=${open} /><//>`}
  </section>`;
}
