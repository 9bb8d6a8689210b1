/** One site: its collector's health, its cameras, and for administrators its keys. */
import type { CollectorView } from "../../../shared/api/central-api.ts";
import type { CameraView } from "../../../shared/api/views.ts";
import { html } from "../../html.ts";
import { MapView } from "../../parts/map-view.ts";
import { Sparkline } from "../../parts/sparkline.ts";
import { EmptyState } from "../../parts/state-panel.ts";
import { TimeText } from "../../parts/time-text.ts";
import { COMMANDS, configWords } from "../../words/command-words.ts";
import { bytesWords, CAMERA_STATE, clockWords, countWords } from "../../words/site-words.ts";
import { SITES } from "../../words/sites-page-words.ts";
import { spanWords } from "../../words/time-words.ts";
import { NoticesPanel } from "../notices/notices-panel.ts";
import { may } from "../session-state.ts";
import { ApiKeys } from "./api-keys.ts";
import { NewDeviceKey } from "./new-device-key.ts";
import { SiteCommands } from "./site-commands.ts";
import { SiteStick } from "./site-stick.ts";

export const LINK_TONE: Readonly<Record<CollectorView["link"], string>> = { connected: "healthy", silent: "critical", never: "hollow" };
/** Below this the edge soon drops pictures. */
const DISK_LOW_BYTES = 2e9;
/** From this clock quality on, times are trusted. */
const CLOCK_TRUSTED = 2;

/** What needs a person, in words; empty when all is well. */
export function siteTroubles(collector: CollectorView): { title: string; words: string; tone: "critical" | "attention" }[] {
  const troubles: { title: string; words: string; tone: "critical" | "attention" }[] = [];
  for (const camera of collector.cameras) {
    const [title, tone] = CAMERA_STATE[camera.state];
    if (tone === "critical") troubles.push({ title, words: `${camera.name}${camera.detail === "" ? "" : `: ${camera.detail}`}`, tone });
  }
  if (collector.disk_free_bytes !== null && collector.disk_free_bytes < DISK_LOW_BYTES)
    troubles.push({ title: SITES.disk, words: bytesWords(collector.disk_free_bytes), tone: "critical" });
  if (collector.clock_quality !== null && collector.clock_quality < CLOCK_TRUSTED)
    troubles.push({ title: SITES.clock, words: clockWords(collector.clock_quality), tone: "attention" });
  if (collector.unconfirmed_key) troubles.push({ title: SITES.deviceKey, words: SITES.unconfirmedKey, tone: "attention" });
  return troubles;
}

/** Detections of all cameras of a site, hour by hour. */
export function sumHours(collector: CollectorView): number[] {
  const hours = Array.from({ length: 24 }, () => 0);
  for (const camera of collector.cameras)
    camera.last_24h.slice(-24).forEach((n, at) => {
      hours[at]! += n;
    });
  return hours;
}

export function SiteDetail({ collector }: { collector: CollectorView }) {
  const mayConfirm = collector.unconfirmed_key && may("administer");
  // Whoever may confirm the key sees that beneath, with what it means.
  const troubles = siteTroubles(collector).filter((one) => !mayConfirm || one.title !== SITES.deviceKey);
  const config = configWords(collector.wanted_config_revision, collector.config_revision);
  const facts: [string, unknown][] = [
    [SITES.link, html`<span class="row"><span class=${`dot ${LINK_TONE[collector.link]}`}></span>${SITES.state[collector.link]}</span>`],
    [SITES.heartbeat, html`<${TimeText} at=${collector.last_heartbeat_at} zone=${collector.time_zone} show="both" />`],
    [SITES.waiting, `${countWords(collector.waiting)} records`],
    [SITES.lag, collector.lag_ms === null ? "–" : spanWords(collector.lag_ms)],
    [SITES.clock, clockWords(collector.clock_quality)],
    [SITES.disk, bytesWords(collector.disk_free_bytes)],
    [SITES.version, collector.version ?? "–"],
    ...(config === undefined ? [] : [[COMMANDS.configuration, config] as [string, unknown]]),
  ];
  const placed = collector.latitude !== null && collector.longitude !== null;
  return html`<div class="page">
    <header class="stack gap-1"><a href="/sites" class="quiet">← ${SITES.back}</a><h1 class="title">${collector.site}</h1><p class="quiet">${collector.words}</p></header>
    ${troubles.length === 0 ? null : html`<ul class="panel p-4 stack">${troubles.map((one) => html`<li key=${one.words} class="row items-start"><span class=${`tag ${one.tone}`}>${one.title}</span><span>${one.words}</span></li>`)}</ul>`}
    ${mayConfirm ? html`<${NewDeviceKey} collector=${collector} />` : null}
    <${NoticesPanel} collector=${collector.id} />
    <div class="grid gap-6 lg:grid-cols-[1fr_1fr]">
      <section class="panel p-4"><dl class="facts">${facts.map(([name, value]) => html`<dt key=${name}>${name}</dt><dd>${value}</dd>`)}</dl></section>
      <${MapView} class="min-h-[240px] panel" label=${collector.site} places=${placed ? [{ id: collector.id, latitude: collector.latitude!, longitude: collector.longitude!, label: collector.site, tone: "lit" as const }] : []} />
    </div>
    <section class="stack"><h2 class="heading">${SITES.cameras}</h2>
      <div class="panel overflow-hidden">${collector.cameras.length === 0 ? html`<${EmptyState} title=${SITES.noCameras} />` : html`<ul>${collector.cameras.map((camera) => html`<${CameraRow} key=${camera.id} camera=${camera} zone=${collector.time_zone} />`)}</ul>`}</div></section>
    <${SiteCommands} collector=${collector} />
    <${SiteStick} key=${collector.id} collector=${collector} />
    ${may("administer") ? html`<${ApiKeys} collector=${collector} />` : null}
  </div>`;
}

function CameraRow({ camera, zone }: { camera: CameraView; zone: string }) {
  const [words, tone] = CAMERA_STATE[camera.state];
  return html`<li class="entry-row"><div class="flex-1 min-w-[200px]"><p class="row"><span class="font-semibold">${camera.name}</span><span class=${`tag ${tone}`}>${words}</span></p>
      ${camera.detail === "" ? null : html`<p>${camera.detail}</p>`}
      <p class="tiny">${camera.adapter}, ${camera.mode} · ${SITES.lastDetection} <${TimeText} at=${camera.last_detection_at} zone=${zone} never=${SITES.none} /></p></div>
    <div class="stack gap-1 items-end"><span class="tiny">${SITES.detectionsADay(camera.last_24h.reduce((sum, n) => sum + n, 0))}</span><${Sparkline} hours=${camera.last_24h} width=${168} /></div></li>`;
}
