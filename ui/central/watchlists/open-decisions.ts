/** What only an administrator can settle: entries where an edit met a delete, or came when nobody held the entry any more. */
import { signal } from "@preact/signals";
import type { EntryDecisionsAnswer, EntryDecisionView } from "../../../shared/api/central-api.ts";
import { showToast } from "../../data/toasts.ts";
import { html, useEffect } from "../../html.ts";
import { PlateBadge } from "../../parts/plate-badge.ts";
import { TimeText } from "../../parts/time-text.ts";
import { DECISIONS } from "../../words/watchlist-words.ts";
import { api } from "../session-state.ts";
import { loadWatchlists } from "./watchlists-state.ts";

const decisions = signal<readonly EntryDecisionView[]>([]);

async function loadDecisions(): Promise<void> {
  const answer = await api.get<EntryDecisionsAnswer>("/watchlists/decisions");
  if (answer.ok) decisions.value = answer.value.decisions;
}

async function decide(one: EntryDecisionView, decision: "keep" | "delete"): Promise<void> {
  const answer = await api.send("POST", `/watchlists/decisions/${one.id}`, { decision });
  showToast(answer.ok ? (decision === "keep" ? DECISIONS.kept(one.pattern) : DECISIONS.deleted(one.pattern)) : answer.problem.words);
  await loadDecisions();
  await loadWatchlists();
}

export function OpenDecisions() {
  useEffect(() => {
    void loadDecisions();
  }, []);
  if (decisions.value.length === 0) return null;
  return html`<section class="panel p-4 flex flex-col gap-3" aria-label=${DECISIONS.title}>
    <div><h2 class="m-0 font-semibold">${DECISIONS.title} <span class="tag attention">${decisions.value.length}</span></h2><p class="quiet">${DECISIONS.text}</p></div>
    <ul class="m-0 p-0 list-none">${decisions.value.map((one) => html`<${OpenDecision} key=${one.id} one=${one} />`)}</ul>
  </section>`;
}

function OpenDecision({ one }: { one: EntryDecisionView }) {
  return html`<li class="entry-row flex-wrap">
    <${PlateBadge} plate=${one.pattern} size="s" />
    <span class="flex-1 basis-[240px] min-w-0"><span class="block">${DECISIONS.words(one)}</span>
      <span class="tiny">${one.watchlist} · ${one.reason} · <${TimeText} at=${one.at} zone="UTC" /></span></span>
    <span class="row"><button type="button" class="button small" onClick=${() => void decide(one, "keep")}>${DECISIONS.keep}</button>
      <button type="button" class="button small" onClick=${() => void decide(one, "delete")}>${DECISIONS.delete}</button></span></li>`;
}
