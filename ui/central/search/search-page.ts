/** Search: the question lives in the address (plate and reason behind #), so back works and nothing reaches a log. */
import { useLocation } from "preact-iso";
import type { SearchMatch } from "../../../shared/api/central-api.ts";
import { pageAddress, plateAddress, readFields } from "../../data/url-state.ts";
import { useHash } from "../../data/use-hash.ts";
import { html, type InputEventOf, useEffect, useState } from "../../html.ts";
import { CoverageNotes } from "../../parts/coverage-notes.ts";
import { DETECTION_ROW_PX, DetectionRow } from "../../parts/detection-row.ts";
import { ReasonFields } from "../../parts/reason-fields.ts";
import { Segmented } from "../../parts/segmented.ts";
import { EmptyState, ErrorState, LoadingRows } from "../../parts/state-panel.ts";
import { LIVE } from "../../words/live-words.ts";
import { readPattern } from "../../words/pattern-words.ts";
import { MATCH_HINT, MATCH_OPTIONS, SEARCH } from "../../words/search-words.ts";
import { Choice } from "../live/live-filters.ts";
import { cameraCount, collectors } from "../sites/collectors-state.ts";
import { found, type PlateQuestion, searchOlder, searchPlate } from "./search-state.ts";

function questionOfAddress(hash: string) {
  const behind = readFields(hash, ["plate", "match", "reason", "case"]);
  const open = readFields(location.search, ["from", "to", "site"]);
  const match = MATCH_OPTIONS.find(([one]) => one === behind.match)?.[0] ?? "confusable";
  return { plate: "", reason: "", case: "", ...behind, ...open, match };
}

export function SearchPage() {
  const { route } = useLocation();
  const hash = useHash();
  const asked = questionOfAddress(hash);
  const [form, setForm] = useState(asked);
  const [words, setWords] = useState("");
  const set = (change: Partial<typeof form>) => setForm((was) => ({ ...was, ...change }));
  useEffect(() => {
    // What a person has chosen already is not taken back by an address that says nothing of it.
    setForm((was) => ({ ...asked, reason: asked.reason || was.reason, case: asked.case || was.case }));
    if (asked.plate !== "" && asked.reason !== "") void searchPlate(question(asked));
  }, [hash, location.search]);
  const submit = (event: Event) => {
    event.preventDefault();
    const input = readPattern(form.plate);
    if (!input.ok) return setWords(input.words);
    if (form.reason === "") return setWords(SEARCH.reasonMissing);
    setWords("");
    const plate = input.pattern;
    const match: SearchMatch = /[?*]/.test(plate) ? "wildcard" : form.match;
    const next = pageAddress(
      "/search",
      { from: form.from, to: form.to, site: form.site },
      { plate, match, reason: form.reason, case: form.case },
    );
    if (next === location.pathname + location.search + location.hash) void searchPlate(question({ ...form, plate, match }), "ask-again");
    else route(next);
  };
  const sites = [...new Map((collectors.value.value?.collectors ?? []).map((one) => [one.site_id, one.site])).entries()];
  return html`<div class="page">
    <h1 class="title">${SEARCH.title}</h1>
    <form class="panel p-4 grid gap-4 lg:grid-cols-[minmax(0,1.1fr)_minmax(0,1fr)]" onSubmit=${submit}>
      <label class="field"><span>${SEARCH.plate}</span>
        <input class="input plate-input" style="font-size:1.25rem;min-height:48px" maxlength="16" autocomplete="off" autocapitalize="characters" spellcheck=${false} placeholder=${SEARCH.plateExample} value=${form.plate} onInput=${(event: InputEventOf) => set({ plate: event.currentTarget.value })} /></label>
      <div class="field"><span>${SEARCH.match}</span><${Segmented} name="match" label=${SEARCH.match} value=${form.match} options=${MATCH_OPTIONS} onChange=${(match: SearchMatch) => set({ match })} wide />
        <small>${MATCH_HINT[form.match]}</small></div>
      <div class="grid gap-4 md:grid-cols-2"><${ReasonFields} reason=${form.reason} caseNumber=${form.case} onChange=${set} /></div>
      <div class="grid gap-4 grid-cols-2 md:grid-cols-[1fr_1fr_1fr]">
        <label class="field"><span>${SEARCH.from}</span><input class="input" type="date" value=${form.from ?? ""} onInput=${(event: InputEventOf) => set({ from: event.currentTarget.value })} /></label>
        <label class="field"><span>${SEARCH.to}</span><input class="input" type="date" value=${form.to ?? ""} onInput=${(event: InputEventOf) => set({ to: event.currentTarget.value })} /></label>
        <div class="field col-span-2 md:col-span-1"><span>${SEARCH.site}</span><${Choice} label=${SEARCH.site} all=${LIVE.allSites} value=${form.site || undefined} options=${sites} onChange=${(site: string | undefined) => set({ site: site ?? "" })} /></div>
      </div>
      <div class="lg:col-span-2 flex flex-wrap items-center gap-4"><button class="button primary px-8">${SEARCH.action}</button><span class="tiny">${SEARCH.reasonNote}</span>
        <span role="alert" class="text-critical">${words}</span></div>
    </form>
    ${asked.plate === "" || asked.reason === "" ? html`<${EmptyState} title=${SEARCH.startTitle} text=${SEARCH.startText} />` : html`<${Results} question=${question(asked)} />`}
  </div>`;
}

function question(form: ReturnType<typeof questionOfAddress>): PlateQuestion {
  return {
    plate: form.plate,
    match: form.match,
    reason: form.reason,
    ...(form.case ? { case: form.case } : {}),
    ...(form.from ? { from: form.from } : {}),
    ...(form.to ? { to: form.to } : {}),
    ...(form.site ? { site: form.site } : {}),
  };
}

function Results({ question: asked }: { question: PlateQuestion }) {
  const { route } = useLocation();
  const { value, problem, loading } = found.value;
  if (problem !== undefined) return html`<${ErrorState} problem=${problem} onRetry=${() => searchPlate(asked, "ask-again")} />`;
  if (value === undefined)
    return loading
      ? html`<div class="panel"><${LoadingRows} rows=${6} height=${DETECTION_ROW_PX} awaited=${SEARCH.awaited} /></div>`
      : null;
  return html`<section class="stack gap-4" aria-label=${SEARCH.results}>
    <${CoverageNotes} coverage=${value.coverage} cameras=${cameraCount()} />
    ${
      value.detections.length === 0
        ? html`<div class="panel"><${EmptyState} title=${SEARCH.noneTitle} text=${SEARCH.noneText} /></div>`
        : html`<p class="heading" role="status">${SEARCH.found(value.detections.length, value.cursor !== null)}</p>
          <ul class="panel overflow-hidden">${value.detections.map(
            (detection) => html`<li key=${detection.id} style=${`height:${DETECTION_ROW_PX}px`}>
              <${DetectionRow} detection=${detection} times=${1} onOpen=${detection.plate === null ? undefined : () => route(plateAddress(detection.plate!, asked.reason, asked.case))} /></li>`,
          )}</ul>
          ${value.cursor === null ? null : html`<button type="button" class="button self-center" onClick=${searchOlder}>${SEARCH.more}</button>`}`
    }
  </section>`;
}
