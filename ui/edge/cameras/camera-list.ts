/** The site's cameras: are they watching, what they saw in 24 h, and a test that goes through everything. */
import type { CameraView } from "../../../shared/api/views.ts";
import { showToast } from "../../data/toasts.ts";
import { html, useState } from "../../html.ts";
import { Sparkline } from "../../parts/sparkline.ts";
import { EmptyState } from "../../parts/state-panel.ts";
import { TimeText } from "../../parts/time-text.ts";
import { SITE } from "../../words/site-page-words.ts";
import { CAMERA_STATE } from "../../words/site-words.ts";
import { api, status } from "../site-session.ts";

export function CameraList() {
  const now = status.value;
  return html`<section class="site-section" aria-label=${SITE.cameras}>
    <h2 class="heading">${SITE.cameras}</h2>
    ${now?.cameras.length === 0 ? html`<div class="site-card"><${EmptyState} title=${SITE.noCamerasTitle} text=${SITE.noCamerasText} /></div>` : null}
    ${(now?.cameras ?? []).map((camera) => html`<${CameraCard} key=${camera.id} camera=${camera} zone=${now?.site.time_zone ?? "UTC"} />`)}
  </section>`;
}

function CameraCard({ camera, zone }: { camera: CameraView; zone: string }) {
  const [busy, setBusy] = useState(false);
  const [words, tone] = CAMERA_STATE[camera.state];
  const test = async () => {
    setBusy(true);
    const answer = await api.send("POST", `/cameras/${camera.id}/test`);
    setBusy(false);
    showToast(answer.ok ? SITE.testSent : answer.problem.words);
  };
  return html`<article class="site-card p-4 flex flex-col gap-3" aria-label=${camera.name}>
    <div class="row justify-between"><h3 class="heading">${camera.name}</h3><span class=${`tag ${tone}`}>${words}</span></div>
    ${camera.detail === "" ? null : html`<p>${camera.detail}</p>`}
    <div class="row justify-between flex-wrap gap-3">
      <span class="quiet">${SITE.lastDetection} <${TimeText} at=${camera.last_detection_at} zone=${zone} /></span>
      <span class="row tiny"><${Sparkline} hours=${camera.last_24h} />${SITE.hours24}</span>
    </div>
    <button type="button" class="button" disabled=${busy} onClick=${test}>${SITE.sendTest}</button>
  </article>`;
}
