/** What passed here last, one row per pass; a tap shows the pictures and facts. */
import type { PassRow } from "../../data/pass-list.ts";
import { html, useState } from "../../html.ts";
import { DetectionFacts } from "../../parts/detection-facts.ts";
import { DETECTION_ROW_PX, DetectionRow } from "../../parts/detection-row.ts";
import { Dialog } from "../../parts/dialog.ts";
import { EmptyState, ErrorState, LoadingRows } from "../../parts/state-panel.ts";
import { SITE } from "../../words/site-page-words.ts";
import { loadDetections, loadOlderDetections, passes } from "../site-state.ts";

export function LatestDetections() {
  const [open, setOpen] = useState<PassRow | undefined>(undefined);
  const { value, problem, loading } = passes.value;
  return html`<section class="site-section" aria-label=${SITE.detections}>
    <h2 class="heading">${SITE.detections}</h2>
    <div class="site-card">
      ${value === undefined && problem !== undefined ? html`<${ErrorState} problem=${problem} onRetry=${loadDetections} />` : null}
      ${value === undefined && loading ? html`<${LoadingRows} rows=${4} height=${DETECTION_ROW_PX} awaited=${SITE.awaited} />` : null}
      ${value !== undefined && value.rows.length === 0 ? html`<${EmptyState} title=${SITE.noDetectionsTitle} text=${SITE.noDetectionsText} />` : null}
      <ul>${(value?.rows ?? []).map((row) => html`<li key=${row.pass} style=${`height:${DETECTION_ROW_PX}px`}><${DetectionRow} detection=${row.detection} times=${row.times} hideSite onOpen=${() => setOpen(row)} /></li>`)}</ul>
      ${value !== undefined && value.cursor !== null ? html`<button type="button" class="button plain w-full" onClick=${loadOlderDetections}>${SITE.moreDetections}</button>` : null}
    </div>
    ${open === undefined ? null : html`<${Dialog} title=${open.detection.camera} onClose=${() => setOpen(undefined)}><${DetectionFacts} detection=${open.detection} /><//>`}
  </section>`;
}
