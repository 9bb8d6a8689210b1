/** What of the period and place was really watched, in plain sight: "no result" must not hide an outage. */
import type { Coverage } from "../../shared/api/central-api.ts";
import { html } from "../html.ts";
import { SEARCH } from "../words/search-words.ts";
import { spanWords } from "../words/time-words.ts";

const SHOWN_MAX = 4;
/** Shorter than a car needs to go by: "offline 0 s" would only make people stop reading these lines. */
const GAP_MS_MIN = 1_000;

export interface CoverageNotesProps {
  coverage: Coverage | undefined;
  /** Cameras that there are; undefined while nobody knows. Without any, "every camera was watching" would be true and wrong. */
  cameras: number | undefined;
}

export function CoverageNotes({ coverage, cameras }: CoverageNotesProps) {
  if (coverage === undefined) return null;
  if (cameras === 0)
    return html`<p class="panel p-3 font-semibold text-attention" style="border-color:var(--attention)">${SEARCH.noCameras}</p>`;
  const lines = [
    ...coverage.behind.filter((one) => one.waiting > 0).map((one) => SEARCH.behind(one.site, one.waiting)),
    ...coverage.gaps
      .filter((gap) => gap.offline_ms >= GAP_MS_MIN)
      .map((gap) => SEARCH.offline(gap.camera, gap.site, spanWords(gap.offline_ms))),
  ];
  if (lines.length === 0) return html`<p class="tiny row"><span class="dot healthy"></span>${SEARCH.fullCoverage}</p>`;
  return html`<div class="panel p-3 stack gap-1" style="border-color:var(--attention)">
    <p class="font-semibold text-attention">${SEARCH.coverageTitle}</p>
    <ul class="stack gap-1">${lines.slice(0, SHOWN_MAX).map((line) => html`<li key=${line}>${line}</li>`)}</ul>
    ${lines.length > SHOWN_MAX ? html`<p class="tiny">+ ${lines.length - SHOWN_MAX}</p>` : null}
  </div>`;
}
