/** Live: the feed, a preview of the scene under the pointer or arrow keys, and a map that lights the camera. */
import { useLocation } from "preact-iso";
import type { PassRow } from "../../data/pass-list.ts";
import { pageAddress, plateAddress, readFields } from "../../data/url-state.ts";
import { html, useEffect, useState } from "../../html.ts";
import { DetectionFacts } from "../../parts/detection-facts.ts";
import { DETECTION_ROW_PX, DetectionRow } from "../../parts/detection-row.ts";
import { Dialog } from "../../parts/dialog.ts";
import { type MapPlace, MapView } from "../../parts/map-view.ts";
import { EmptyState, ErrorState, LoadingRows, StaleNote } from "../../parts/state-panel.ts";
import { VirtualList } from "../../parts/virtual-list.ts";
import { LIVE } from "../../words/live-words.ts";
import { may } from "../session-state.ts";
import { collectors } from "../sites/collectors-state.ts";
import { LiveFilterBar } from "./live-filters.ts";
import { feed, held, heldPasses, loadOlder, reading, releaseHeld, scrollTop, selectedPass, showLive } from "./live-state.ts";

/** Above this offset new rows come in by themselves; below it somebody reads. */
const AT_TOP_PX = 8;
const NARROW = "(max-width: 1099px)";

export function LivePage() {
  const { url, route } = useLocation();
  const filters = readFields(url.split("?")[1]?.split("#")[0] ?? "", ["site", "camera", "vehicle"]);
  useEffect(() => {
    void showLive(filters);
  }, [filters.site, filters.camera, filters.vehicle]);

  const [opened, setOpened] = useState<PassRow | undefined>(undefined);
  const { rows, problem, loading } = feed.value;
  const at = rows.findIndex((row) => row.pass === selectedPass.value);
  const selected = rows[at];
  const select = (row: PassRow | undefined) => {
    if (row !== undefined) selectedPass.value = row.pass;
  };
  const openPlate = (row: PassRow | undefined) => {
    if (row?.detection.plate != null) route(plateAddress(row.detection.plate));
  };
  const onOpen = (row: PassRow) => {
    // Without room for the preview beside the feed, the same facts open over it.
    if (matchMedia(NARROW).matches) {
      select(row);
      setOpened(row);
    } else if (row.pass === selectedPass.peek()) openPlate(row);
    else select(row);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (event.key === "Enter" && event.target === event.currentTarget) openPlate(selected);
    if (step === 0) return;
    event.preventDefault();
    select(rows[Math.max(0, Math.min(rows.length - 1, at + step))]);
  };
  const onScroll = (top: number) => {
    scrollTop.value = top;
    reading.value = top > AT_TOP_PX;
    if (top <= AT_TOP_PX && held.peek().length > 0) releaseHeld();
  };
  const showFresh = () => {
    releaseHeld();
    document.querySelector(".virtual")?.scrollTo({ top: 0 });
  };

  return html`<div class="h-full grid lg:grid-cols-[minmax(0,1fr)_400px] grid-rows-[minmax(0,1fr)]">
    <section class="flex flex-col min-h-0 min-w-0 lg:border-0 lg:border-r lg:border-solid lg:border-line" aria-label=${LIVE.title}>
      <${LiveFilterBar} filters=${filters} onChange=${(next: Record<string, string | undefined>) => route(pageAddress("/", next), true)} />
      ${problem !== undefined && rows.length > 0 ? html`<${StaleNote} problem=${problem} onRetry=${() => showLive(filters)} />` : null}
      <div class="relative flex-1 min-h-0 bg-surface">
        ${heldPasses.value > 0 ? html`<button type="button" class="button primary small enter absolute z-10 top-2 left-1/2 rounded-full" style="translate:-50% 0" onClick=${showFresh}>↑ ${LIVE.fresh(heldPasses.value)}</button>` : null}
        ${
          rows.length > 0
            ? html`<${VirtualList} class="h-full" rows=${rows} rowHeight=${DETECTION_ROW_PX} keyOf=${(row: PassRow) => row.pass} label=${LIVE.list} reveal=${at} startTop=${scrollTop.peek()}
                onScroll=${onScroll} onNearEnd=${loadOlder} onKey=${onKey}
                render=${(row: PassRow) => html`<${DetectionRow} detection=${row.detection} times=${row.times} selected=${row.pass === selectedPass.value} onHover=${() => select(row)} onOpen=${() => onOpen(row)} />`} />`
            : problem !== undefined
              ? html`<${ErrorState} problem=${problem} onRetry=${() => showLive(filters)} />`
              : loading
                ? html`<${LoadingRows} rows=${10} height=${DETECTION_ROW_PX} awaited=${LIVE.awaited} />`
                : html`<${EmptyLive} filtered=${Object.keys(filters).length > 0} />`
        }
      </div>
    </section>
    <aside class="hidden lg:flex flex-col min-h-0 bg-surface" aria-label=${LIVE.pick}>
      <div class="flex-1 min-h-0 overflow-y-auto p-4">
        ${selected === undefined ? html`<p class="quiet">${LIVE.pick}</p>` : html`<${PassFacts} row=${selected} />`}
      </div>
      <${MapView} places=${cameraPlaces(selected)} class="h-[34%] min-h-[220px] border-0 border-t border-solid border-line" label=${LIVE.title} />
    </aside>
    ${opened === undefined ? null : html`<${Dialog} title=${`${opened.detection.camera}, ${opened.detection.site}`} onClose=${() => setOpened(undefined)}><${PassFacts} row=${opened} /><//>`}
  </div>`;
}

function PassFacts({ row }: { row: PassRow }) {
  const { plate } = row.detection;
  return html`<${DetectionFacts} detection=${row.detection} href=${plate === null ? undefined : plateAddress(plate)} />
    ${plate === null ? null : html`<p class="mt-4"><a href=${plateAddress(plate)}>${LIVE.openPlate}</a></p>`}`;
}

function EmptyLive({ filtered }: { filtered: boolean }) {
  return html`<${EmptyState} title=${LIVE.emptyTitle} text=${filtered ? LIVE.emptyFiltered : LIVE.emptyText}>
    ${may("administer") && !filtered ? html`<a class="button primary mt-2" href="/admin">${LIVE.addCollector}</a>` : null}
  <//>`;
}

/** Every camera that has a place; the selected row's camera is lit. */
function cameraPlaces(selected: PassRow | undefined): MapPlace[] {
  return (collectors.value.value?.collectors ?? []).flatMap((collector) =>
    collector.cameras.flatMap((camera) => {
      const latitude = camera.latitude ?? collector.latitude;
      const longitude = camera.longitude ?? collector.longitude;
      if (latitude === null || longitude === null) return [];
      return [
        {
          id: camera.id,
          latitude,
          longitude,
          label: `${camera.name}, ${collector.site}`,
          tone: selected?.detection.camera_id === camera.id ? ("lit" as const) : ("plain" as const),
        },
      ];
    }),
  );
}
