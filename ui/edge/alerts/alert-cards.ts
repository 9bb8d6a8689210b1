/** Open alerts as big cards, newest first. */
import { html, useState } from "../../html.ts";
import { EmptyState, ErrorState, LoadingRows } from "../../parts/state-panel.ts";
import { SITE } from "../../words/site-page-words.ts";
import { alerts, loadAlerts } from "../site-state.ts";
import { SiteAlertCard } from "./site-alert-card.ts";

export function AlertCards() {
  const [closed, setClosed] = useState(false);
  const { value, problem, loading } = alerts.value;
  const shown = (value ?? []).filter((item) => closed || (item.state !== "dismissed" && item.state !== "escalated"));
  const hidden = (value ?? []).some((item) => item.state === "dismissed" || item.state === "escalated");
  return html`<section class="site-section" aria-label=${SITE.alerts}>
    ${value === undefined && problem !== undefined ? html`<${ErrorState} problem=${problem} onRetry=${loadAlerts} />` : null}
    ${value === undefined && loading ? html`<${LoadingRows} rows=${1} height=${200} awaited=${SITE.awaited} />` : null}
    ${value !== undefined && shown.length === 0 ? html`<div class="site-card"><${EmptyState} title=${SITE.noAlertsTitle} text=${SITE.noAlertsText} /></div>` : null}
    ${shown.map((item) => html`<${SiteAlertCard} key=${item.id} item=${item} />`)}
    ${hidden ? html`<button type="button" class="button plain self-start" onClick=${() => setClosed(!closed)}>${closed ? SITE.onlyOpen : SITE.olderAlerts}</button>` : null}
  </section>`;
}
