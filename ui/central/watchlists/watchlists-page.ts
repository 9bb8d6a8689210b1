/** Watchlists: all lists, and the entries of the chosen one. `#add=PLATE` opens the entry form with that plate. */
import { useLocation, useRoute } from "preact-iso";
import type { WatchlistView } from "../../../shared/api/views.ts";
import { readFields } from "../../data/url-state.ts";
import { useHash } from "../../data/use-hash.ts";
import { html, useEffect, useState } from "../../html.ts";
import { EmptyState, ErrorState, LoadingRows } from "../../parts/state-panel.ts";
import { KIND_WORDS, WATCHLISTS } from "../../words/watchlist-words.ts";
import { may } from "../session-state.ts";
import { EntryTable } from "./entry-table.ts";
import { NewListDialog } from "./list-dialogs.ts";
import { OpenDecisions } from "./open-decisions.ts";
import { loadWatchlists, watchlists } from "./watchlists-state.ts";

/** From here on the lists and the open one stand side by side. */
const WIDE = "(min-width: 1100px)";

export function WatchlistsPage() {
  const { params } = useRoute();
  const { route } = useLocation();
  const wanted = readFields(useHash(), ["add"]).add;
  const [creating, setCreating] = useState(false);
  useEffect(() => {
    void loadWatchlists();
  }, []);
  const { value, problem, loading } = watchlists.value;
  const id = params.id;
  const list = value?.find((one) => one.id === id);
  const first = value?.find((one) => one.kind !== "trusted");
  // With room for both, a list is open beside the lists: the first that has plates to look for.
  const shown = value?.find((one) => one.entries > 0 && one.kind !== "trusted") ?? first;
  useEffect(() => {
    if (id === undefined && wanted === undefined && shown !== undefined && matchMedia(WIDE).matches) route(`/watchlists/${shown.id}`, true);
  }, [id, wanted, shown?.id]);
  useEffect(() => {
    // A plate that is to be watched goes to a list; the person can still choose another one in the form.
    if (wanted !== undefined && id === undefined && first !== undefined)
      route(`/watchlists/${first.id}#add=${encodeURIComponent(wanted)}`, true);
  }, [wanted, id, first]);
  return html`<div class="page">
    <header class="row justify-between"><h1 class="title">${WATCHLISTS.title}</h1>
      ${may("edit-lists") ? html`<button type="button" class="button" onClick=${() => setCreating(true)}>${WATCHLISTS.newList}</button>` : null}</header>
    ${may("administer") ? html`<${OpenDecisions} />` : null}
    ${value === undefined && problem !== undefined ? html`<${ErrorState} problem=${problem} onRetry=${loadWatchlists} />` : null}
    ${value === undefined && problem === undefined && loading ? html`<${LoadingRows} rows=${4} awaited=${WATCHLISTS.awaited} />` : null}
    ${value?.length === 0 ? html`<div class="panel"><${EmptyState} title=${WATCHLISTS.emptyTitle} text=${WATCHLISTS.emptyText} /></div>` : null}
    ${
      value === undefined || value.length === 0
        ? null
        : html`<div class="grid gap-6 lg:grid-cols-[280px_minmax(0,1fr)] items-start">
            <ul class="panel overflow-hidden" aria-label=${WATCHLISTS.title}>${value.map((one) => html`<${ListLink} key=${one.id} list=${one} here=${one.id === id} />`)}</ul>
            ${list === undefined ? html`<div class="panel"><${EmptyState} title=${WATCHLISTS.title} text=${WATCHLISTS.pick} /></div>` : html`<${EntryTable} key=${list.id} list=${list} wanted=${wanted} />`}
          </div>`
    }
    ${creating ? html`<${NewListDialog} onClose=${() => setCreating(false)} onCreated=${(made: WatchlistView) => route(`/watchlists/${made.id}`)} />` : null}
  </div>`;
}

function ListLink({ list, here }: { list: WatchlistView; here: boolean }) {
  return html`<li class="border-0 border-b border-solid border-line"><a class="alert-row" style="border:0" href=${`/watchlists/${list.id}`} aria-current=${here ? "true" : undefined}>
    <span class="flex-1 min-w-0"><span class="row flex-wrap"><span class="font-semibold">${list.name}</span>${list.critical ? html`<span class="tag critical">${WATCHLISTS.critical}</span>` : null}</span>
      <span class="tiny block">${KIND_WORDS[list.kind]} · ${list.owner}</span></span>
    <span class="tiny shrink-0">${WATCHLISTS.entries(list.entries)}</span></a></li>`;
}
