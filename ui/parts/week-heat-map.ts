/** When a plate passes: seven days by twenty-four hours; darker is more often. Numbers on hover, and in a sentence for everyone else. */
import { html } from "../html.ts";
import { PLATE } from "../words/search-words.ts";

/** 0 to 1: square root, so that one pass still shows beside thirty. */
export function heat(n: number, most: number): number {
  return n <= 0 || most <= 0 ? 0 : Math.sqrt(n / most);
}

const CELL = 20;
const LEFT = 34;

export function WeekHeatMap({ week }: { week: readonly (readonly number[])[] }) {
  const most = Math.max(0, ...week.flat());
  const busiest = busiestHour(week);
  const label =
    busiest === undefined ? PLATE.never : `${PLATE.week}: most often ${PLATE.days[busiest.day]} ${busiest.hour}:00, ${busiest.n}`;
  return html`<svg viewBox=${`0 0 ${LEFT + 24 * CELL} ${7 * CELL + 18}`} width="100%" role="img" aria-label=${label} style="max-width:620px">
    ${week.map((hours, day) => [
      html`<text key=${`d${day}`} class="chart-text" x="0" y=${day * CELL + 14}>${PLATE.days[day]}</text>`,
      hours.map(
        (n, hour) =>
          html`<rect key=${`${day}-${hour}`} x=${LEFT + hour * CELL} y=${day * CELL} width=${CELL - 2} height=${CELL - 2} rx="2" fill=${n === 0 ? "var(--hover)" : "var(--accent)"} fill-opacity=${n === 0 ? 1 : 0.18 + 0.82 * heat(n, most)}><title>${PLATE.days[day]} ${hour}:00, ${n}</title></rect>`,
      ),
    ])}
    ${[0, 6, 12, 18].map((hour) => html`<text key=${hour} class="chart-text" x=${LEFT + hour * CELL} y=${7 * CELL + 12}>${String(hour).padStart(2, "0")}:00</text>`)}
  </svg>`;
}

function busiestHour(week: readonly (readonly number[])[]): { day: number; hour: number; n: number } | undefined {
  let best: { day: number; hour: number; n: number } | undefined;
  week.forEach((hours, day) => {
    hours.forEach((n, hour) => {
      if (n > (best?.n ?? 0)) best = { day, hour, n };
    });
  });
  return best;
}
