/** One plate: when and where it was seen, in order, and which plates look like it. */
import { useLocation } from "preact-iso";
import type { PlateSummary } from "../../../shared/api/central-api.ts";
import { nowMs } from "../../data/clock.ts";
import { pageAddress, plateAddress, readFields } from "../../data/url-state.ts";
import { useHash } from "../../data/use-hash.ts";
import { html, useEffect, useState } from "../../html.ts";
import { CoverageNotes } from "../../parts/coverage-notes.ts";
import { fillDays } from "../../parts/day-range.ts";
import { PlateBadge } from "../../parts/plate-badge.ts";
import { ReasonFields } from "../../parts/reason-fields.ts";
import { EmptyState, ErrorState, LoadingRows } from "../../parts/state-panel.ts";
import { TimeText } from "../../parts/time-text.ts";
import { TimelineChart } from "../../parts/timeline-chart.ts";
import { WeekHeatMap } from "../../parts/week-heat-map.ts";
import { PLATE, SEARCH } from "../../words/search-words.ts";
import { may } from "../session-state.ts";
import { cameraCount } from "../sites/collectors-state.ts";
import { PlateDetections } from "./plate-detections.ts";
import { PlateRouteMap } from "./plate-route-map.ts";
import { loadPlate, type PlateAsked, plateDetections, summary } from "./plate-state.ts";

const TIMELINE_DAYS_MIN = 30;

export function PlatePage() {
  const fields = readFields(useHash(), ["plate", "reason", "case"]);
  const plate = (fields.plate ?? "").toUpperCase().replace(/[^A-Z0-9]/g, "");
  if (plate === "")
    return html`<${EmptyState} title=${PLATE.noPlateTitle} text=${PLATE.noPlateText}><a class="button" href="/search">${SEARCH.title}</a><//>`;
  if (fields.reason === undefined) return html`<${AskReason} plate=${plate} />`;
  return html`<${KnownPlate} asked=${{ plate, reason: fields.reason, case: fields.case }} />`;
}

function AskReason({ plate }: { plate: string }) {
  const { route } = useLocation();
  const [form, setForm] = useState({ reason: "", case: "" });
  const submit = (event: Event) => {
    event.preventDefault();
    if (form.reason !== "") route(plateAddress(plate, form.reason, form.case), true);
  };
  return html`<div class="page max-w-[520px]"><form class="panel p-6 flex flex-col gap-4" onSubmit=${submit}>
    <${PlateBadge} plate=${plate} size="l" />
    <h1 class="heading">${PLATE.whyTitle}</h1>
    <${ReasonFields} reason=${form.reason} caseNumber=${form.case} onChange=${(change: Partial<typeof form>) => setForm((was) => ({ ...was, ...change }))} />
    <p class="tiny">${SEARCH.reasonNote}</p>
    <button class="button primary" disabled=${form.reason === ""}>${SEARCH.action}</button>
  </form></div>`;
}

function KnownPlate({ asked }: { asked: PlateAsked }) {
  const [range, setRange] = useState<readonly [string, string] | undefined>(undefined);
  useEffect(() => {
    setRange(undefined);
    void loadPlate(asked);
  }, [asked.plate, asked.reason, asked.case]);
  const { value, problem } = summary.value;
  const zone = plateDetections.value.value?.detections[0]?.time_zone ?? "UTC";
  return html`<div class="page">
    <header class="flex flex-wrap items-center gap-x-6 gap-y-3">
      <h1 class="m-0"><${PlateBadge} plate=${asked.plate} region=${plateDetections.value.value?.detections[0]?.region ?? null} size="xl" /></h1>
      ${
        value === undefined
          ? null
          : html`<p class="stack gap-0"><span class="font-semibold text-[1.125rem]">${value.detections === 0 ? PLATE.never : PLATE.seen(value.detections)}</span>
        ${value.detections === 0 ? null : html`<span class="quiet">${PLATE.first} <${TimeText} at=${value.first_seen} zone=${zone} show="day" /> · ${PLATE.last} <${TimeText} at=${value.last_seen} zone=${zone} /></span>`}</p>`
      }
      ${may("edit-lists") ? html`<a class="button ml-auto" href=${pageAddress("/watchlists", {}, { add: asked.plate })}>${PLATE.watch}</a>` : null}
    </header>
    <${CoverageNotes} coverage=${plateDetections.value.value?.coverage} cameras=${cameraCount()} />
    ${problem !== undefined ? html`<${ErrorState} problem=${problem} onRetry=${() => loadPlate(asked)} />` : value === undefined ? html`<${LoadingRows} rows=${4} height=${120} awaited=${PLATE.awaited} />` : html`<${Charts} summary=${value} asked=${asked} zone=${zone} range=${range} onRange=${setRange} />`}
    <${PlateDetections} range=${range} />
  </div>`;
}

interface ChartsProps {
  summary: PlateSummary;
  asked: PlateAsked;
  zone: string;
  range: readonly [string, string] | undefined;
  onRange: (range: readonly [string, string] | undefined) => void;
}

function Charts({ summary: known, asked, zone, range, onRange }: ChartsProps) {
  const today = new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(nowMs.value);
  return html`
    <section class="panel p-4 stack">
      <div class="row justify-between flex-wrap"><h2 class="heading">${PLATE.timeline}</h2>${range === undefined ? html`<span class="tiny">${PLATE.timelineHint}</span>` : html`<button type="button" class="button small" onClick=${() => onRange(undefined)}>${PLATE.inRange(range[0], range[1])} · ${PLATE.timelineAll}</button>`}</div>
      <${TimelineChart} days=${fillDays(known.days, TIMELINE_DAYS_MIN, today)} range=${range} onRange=${onRange} />
    </section>
    <div class="grid gap-6 lg:grid-cols-2">
      <section class="panel overflow-hidden flex flex-col"><h2 class="heading p-4">${PLATE.route}</h2><${PlateRouteMap} /></section>
      <div class="flex flex-col gap-6">
        <section class="panel p-4 stack"><h2 class="heading">${PLATE.week}</h2><p class="tiny">${PLATE.weekHint}</p><${WeekHeatMap} week=${known.week} /></section>
        <section class="panel p-4 stack"><h2 class="heading">${PLATE.lookAlikes}</h2>
          ${
            known.look_alikes.length === 0
              ? html`<p class="quiet">${PLATE.noLookAlikes}</p>`
              : html`<ul class="flex flex-wrap gap-4">${known.look_alikes.map((one) => html`<li key=${one.plate} class="row"><${PlateBadge} plate=${one.plate} explanation=${differences(one.plate, asked.plate)} href=${plateAddress(one.plate, asked.reason, asked.case)} /><span class="quiet">×${one.detections}</span></li>`)}</ul>`
          }</section>
      </div>
    </div>`;
}

/** Marks where a look-alike differs, when both have the same length. */
function differences(plate: string, wanted: string) {
  if (plate.length !== wanted.length) return undefined;
  const list = [...plate].flatMap((read, at) => (read === wanted[at] ? [] : [{ at, read, wanted: wanted[at]! }]));
  return { kind: "confusable" as const, plate, pattern: wanted, differences: list };
}
