/** Every list at this site; a tap opens its plates. */
import type { EntryView, WatchlistView } from "../../../shared/api/views.ts";
import { html } from "../../html.ts";
import { PlateBadge } from "../../parts/plate-badge.ts";
import { EmptyState, ErrorState, LoadingRows } from "../../parts/state-panel.ts";
import { TimeText } from "../../parts/time-text.ts";
import { ALERTS } from "../../words/alert-words.ts";
import { SITE } from "../../words/site-page-words.ts";
import { KIND_WORDS, WATCHLISTS } from "../../words/watchlist-words.ts";
import { status } from "../site-session.ts";
import { contested, entries, lists, loadEntries, loadLists, removeEntry } from "./lists-state.ts";

export function ListsView() {
  const { value, problem, loading } = lists.value;
  return html`<section class="site-section" aria-label=${SITE.lists}>
    <h2 class="heading">${SITE.lists}</h2>
    ${value === undefined && problem !== undefined ? html`<${ErrorState} problem=${problem} onRetry=${loadLists} />` : null}
    ${value === undefined && loading ? html`<${LoadingRows} rows=${3} height=${64} awaited=${SITE.awaited} />` : null}
    ${value?.length === 0 ? html`<${EmptyState} title=${SITE.noListsTitle} text=${SITE.noListsText} />` : null}
    ${(value ?? []).map((list) => html`<${ListCard} key=${list.id} list=${list} />`)}
  </section>`;
}

function ListCard({ list }: { list: WatchlistView }) {
  const known = entries.value.get(list.id);
  const onToggle = (event: Event) => {
    if ((event.currentTarget as HTMLDetailsElement).open && known === undefined) void loadEntries(list.id);
  };
  return html`<details class="site-card" onToggle=${onToggle}>
    <summary class="p-4 cursor-pointer min-h-[44px]">
      <span class="font-semibold">${list.name}</span> ${list.critical ? html`<span class="tag critical">${WATCHLISTS.critical}</span>` : null}
      <span class="quiet block mt-1">${KIND_WORDS[list.kind]} · ${list.owner} · ${WATCHLISTS.entries(list.entries)}</span>
    </summary>
    <ul>${known === undefined ? null : known.length === 0 ? html`<li class="px-4 pb-4 quiet">${SITE.noEntries}</li>` : known.map((entry) => html`<${EntryLine} key=${entry.id} entry=${entry} />`)}
      ${(contested.value.get(list.id) ?? []).map((entry) => html`<${ContestedLine} key=${entry.id} entry=${entry} />`)}</ul>
  </details>`;
}

/** Nothing to press: only central sees both sides, and whoever adds the plate again here watches it at once. */
function ContestedLine({ entry }: { entry: EntryView }) {
  return html`<li class="stack gap-1 px-4 py-3 border-0 border-t border-solid border-line">
    <span class="row flex-wrap"><${PlateBadge} plate=${entry.pattern} /><span class="tag attention">${SITE.contested}</span></span>
    <span>${entry.reason}</span>
    <span class="tiny">${SITE.contestedText}</span>
  </li>`;
}

function EntryLine({ entry }: { entry: EntryView }) {
  const zone = status.value?.site.time_zone ?? "UTC";
  return html`<li class="flex items-center justify-between gap-3 px-4 py-3 border-0 border-t border-solid border-line">
    <div class="min-w-0 stack gap-1">
      <span class="row flex-wrap"><${PlateBadge} plate=${entry.pattern} />
        ${entry.expired ? html`<span class="tag">${SITE.expired}</span>` : null}${entry.waiting ? html`<span class="tag attention">${SITE.notAtCentral}</span>` : null}</span>
      <span>${entry.reason}${entry.vehicle === "" ? "" : ` · ${entry.vehicle}`}</span>
      <span class="tiny">${entry.expired ? ALERTS.expired : ALERTS.expires} <${TimeText} at=${entry.expires_at} zone=${zone} /> · ${SITE.addedBy(entry.added_by)}</span>
    </div>
    <button type="button" class="button small" aria-label=${`${SITE.remove} ${entry.pattern}`} onClick=${() => removeEntry(entry)}>${SITE.remove}</button>
  </li>`;
}
