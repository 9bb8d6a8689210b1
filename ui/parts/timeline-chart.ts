/** Density by day as bars; a drag (or Shift and arrow keys) picks a range of days. Plain SVG. */
import { html, useRef, useState } from "../html.ts";
import { PLATE } from "../words/search-words.ts";
import { dayAt } from "./day-range.ts";

export interface TimelineChartProps {
  /** Without gaps, oldest first. */
  days: readonly (readonly [day: string, n: number])[];
  range: readonly [from: string, to: string] | undefined;
  onRange: (range: readonly [string, string] | undefined) => void;
}
const WIDTH = 900;
const HEIGHT = 112;
const BASE = HEIGHT - 1;

export function TimelineChart({ days, range, onRange }: TimelineChartProps) {
  const svg = useRef<SVGSVGElement | null>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | undefined>(undefined);
  const most = Math.max(1, ...days.map(([, n]) => n));
  const step = WIDTH / days.length;
  const indexOf = (event: PointerEvent) => {
    const box = svg.current!.getBoundingClientRect();
    return dayAt(event.clientX - box.left, box.width, days.length);
  };
  const onDown = (event: PointerEvent) => {
    svg.current?.setPointerCapture(event.pointerId);
    const at = indexOf(event);
    setDrag({ from: at, to: at });
  };
  const onMove = (event: PointerEvent) => {
    if (drag !== undefined) setDrag({ ...drag, to: indexOf(event) });
  };
  const onUp = () => {
    if (drag === undefined) return;
    const [a, b] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    setDrag(undefined);
    onRange([days[a]![0], days[b]![0]]);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Escape") onRange(undefined);
    const move = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (move === 0) return;
    event.preventDefault();
    const last = days.length - 1;
    const from = range === undefined ? last : days.findIndex(([day]) => day === range[0]);
    const to = range === undefined ? last : days.findIndex(([day]) => day === range[1]);
    const nextTo = Math.max(0, Math.min(last, to + move));
    const nextFrom = event.shiftKey ? Math.min(from, nextTo) : Math.max(0, Math.min(last, from + move));
    onRange([days[nextFrom]![0], days[nextTo]![0]]);
  };
  const marked =
    drag === undefined
      ? range === undefined
        ? undefined
        : { from: days.findIndex(([day]) => day === range[0]), to: days.findIndex(([day]) => day === range[1]) }
      : { from: Math.min(drag.from, drag.to), to: Math.max(drag.from, drag.to) };
  const ticks = days.filter((_, at) => at % Math.ceil(days.length / 6) === 0);
  return html`<figure class="stack gap-1">
    <svg ref=${svg} viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" width="100%" height=${HEIGHT} role="application" tabindex="0" aria-label=${`${PLATE.timeline}. ${PLATE.timelineHint}`} style="touch-action:pan-y;cursor:crosshair"
      onPointerDown=${onDown} onPointerMove=${onMove} onPointerUp=${onUp} onDblClick=${() => onRange(undefined)} onKeyDown=${onKey}>
      <rect x="0" y="0" width=${WIDTH} height=${BASE} fill="transparent" />
      <line class="axis" x1="0" x2=${WIDTH} y1=${BASE} y2=${BASE} vector-effect="non-scaling-stroke" />
      ${marked === undefined ? null : html`<rect class="brush" x=${marked.from * step} y="0" width=${(marked.to - marked.from + 1) * step} height=${BASE} />`}
      ${days.map(([day, n], at) => (n === 0 ? null : html`<rect key=${day} class="bar" x=${at * step + step * 0.14} y=${BASE - Math.max(4, (n / most) * (BASE - 8))} width=${step * 0.72} height=${Math.max(4, (n / most) * (BASE - 8))}><title>${day}: ${n}</title></rect>`))}
    </svg>
    <div class="relative h-[18px] tiny" aria-hidden="true">${ticks.map(([day]) => html`<span key=${day} class="absolute whitespace-nowrap" style=${`left:${((days.findIndex(([one]) => one === day) + 0.5) / days.length) * 100}%`}>${shortDay(day)}</span>`)}</div>
  </figure>`;
}

function shortDay(day: string): string {
  return new Date(`${day}T12:00:00Z`).toLocaleDateString("en-US", { month: "short", day: "numeric", timeZone: "UTC" });
}
