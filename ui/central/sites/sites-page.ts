/** Sites: one row per collector, health at a glance; red only for what needs a person. */
import { useRoute } from "preact-iso";
import type { CollectorView } from "../../../shared/api/central-api.ts";
import { html } from "../../html.ts";
import { Sparkline } from "../../parts/sparkline.ts";
import { EmptyState, ErrorState, LoadingRows } from "../../parts/state-panel.ts";
import { LIVE } from "../../words/live-words.ts";
import { bytesWords, clockWords, countWords } from "../../words/site-words.ts";
import { SITES } from "../../words/sites-page-words.ts";
import { spanWords } from "../../words/time-words.ts";
import { NoticesPanel } from "../notices/notices-panel.ts";
import { may } from "../session-state.ts";
import { BringBundles, BroughtBundles } from "./bring-bundles.ts";
import { collectors, loadCollectors } from "./collectors-state.ts";
import { LINK_TONE, SiteDetail, siteTroubles, sumHours } from "./site-detail.ts";

export function SitesPage() {
  const id = useRoute().params.id;
  const { value, problem, loading } = collectors.value;
  if (value === undefined) {
    if (problem !== undefined) return html`<${ErrorState} problem=${problem} onRetry=${loadCollectors} />`;
    return loading ? html`<${LoadingRows} rows=${5} awaited=${SITES.awaited} />` : null;
  }
  const one = value.collectors.find((collector) => collector.id === id);
  if (one !== undefined) return html`<${SiteDetail} key=${one.id} collector=${one} />`;
  return html`<div class="page">
    <header class="row justify-between flex-wrap"><h1 class="title">${SITES.title}</h1>${may("ask-sites") ? html`<${BringBundles} />` : null}</header>
    <${BroughtBundles} />
    <${NoticesPanel} />
    ${
      value.collectors.length === 0
        ? html`<div class="panel"><${EmptyState} title=${SITES.emptyTitle} text=${SITES.emptyText}>${may("administer") ? html`<a class="button primary mt-2" href="/admin">${LIVE.addCollector}</a>` : null}<//></div>`
        : html`<ul class="flex flex-col gap-3">${value.collectors.map((collector) => html`<${SiteRow} key=${collector.id} collector=${collector} />`)}</ul>`
    }
  </div>`;
}

function SiteRow({ collector }: { collector: CollectorView }) {
  const hours = sumHours(collector);
  const troubles = siteTroubles(collector);
  return html`<li class="panel site-row">
    <a href=${`/sites/${collector.id}`} class="site-row-name"><span class=${`dot ${LINK_TONE[collector.link]}`}></span><span class="min-w-0"><span class="font-semibold block truncate">${collector.site}</span><span class="quiet block">${collector.words}</span></span></a>
    <dl class="site-row-facts">
      <div><dt title=${SITES.waitingHint}>${SITES.waiting}</dt><dd>${countWords(collector.waiting)}</dd></div>
      <div><dt>${SITES.lag}</dt><dd>${collector.lag_ms === null ? "–" : spanWords(collector.lag_ms)}</dd></div>
      <div><dt>${SITES.disk}</dt><dd>${bytesWords(collector.disk_free_bytes)}</dd></div>
      <div><dt>${SITES.clock}</dt><dd>${clockWords(collector.clock_quality)}</dd></div>
    </dl>
    <div class="site-row-cameras"><span class="tiny">${collector.cameras.length} ${SITES.cameras.toLowerCase()} · ${SITES.detectionsADay(hours.reduce((sum, n) => sum + n, 0))}</span><${Sparkline} hours=${hours} width=${168} height=${30} /></div>
    ${troubles.length === 0 ? null : html`<ul class="site-row-troubles">${troubles.map((one) => html`<li key=${one.words} class="row items-start"><span class=${`tag ${one.tone}`}>${one.title}</span><span>${one.words}</span></li>`)}</ul>`}
  </li>`;
}
