/** The entries of one list. */
import { useLocation } from "preact-iso";
import type { EntryView, WatchlistView } from "../../../shared/api/views.ts";
import { nowMs } from "../../data/clock.ts";
import { html, useEffect, useState } from "../../html.ts";
import { PlateBadge } from "../../parts/plate-badge.ts";
import { EmptyState, ErrorState, LoadingRows } from "../../parts/state-panel.ts";
import { TimeText } from "../../parts/time-text.ts";
import { ALERTS } from "../../words/alert-words.ts";
import { SEARCH } from "../../words/search-words.ts";
import { IMPORT, WATCHLISTS } from "../../words/watchlist-words.ts";
import { may } from "../session-state.ts";
import { EarlierDetections } from "./earlier-detections.ts";
import { EntryDialog } from "./entry-dialog.ts";
import { ImportDialog } from "./import-dialog.ts";
import { DeleteListDialog } from "./list-dialogs.ts";
import { justAdded, listEntries, loadListEntries, loadMoreEntries, removeListEntry, renewEntry } from "./watchlists-state.ts";

type Open =
  | { kind: "none" }
  | { kind: "add"; pattern?: string | undefined }
  | { kind: "edit"; entry: EntryView }
  | { kind: "delete-list" }
  | { kind: "import" };
/** The reminder to renew starts this long before the end. */
const SOON_MS = 3 * 86_400_000;

export function EntryTable({ list, wanted }: { list: WatchlistView; wanted: string | undefined }) {
  const { route } = useLocation();
  const editable = may("edit-lists");
  const [open, setOpen] = useState<Open>(wanted !== undefined && editable ? { kind: "add", pattern: wanted } : { kind: "none" });
  useEffect(() => {
    void loadListEntries(list.id);
    return () => {
      justAdded.value = undefined;
    };
  }, [list.id]);
  const { value, problem, loading } = listEntries.value;
  const close = () => {
    setOpen({ kind: "none" });
    if (location.hash !== "") route(location.pathname, true);
  };
  return html`<section class="flex flex-col gap-4 min-w-0" aria-label=${list.name}>
    <header class="row flex-wrap justify-between"><h2 class="title">${list.name}</h2>
      ${editable ? html`<span class="row">${may("administer") ? html`<button type="button" class="button plain" onClick=${() => setOpen({ kind: "delete-list" })}>${WATCHLISTS.deleteList}</button>` : null}<button type="button" class="button" onClick=${() => setOpen({ kind: "import" })}>${IMPORT.open}</button><button type="button" class="button primary" onClick=${() => setOpen({ kind: "add" })}>${WATCHLISTS.addEntry}</button></span>` : null}</header>
    ${justAdded.value?.entry.watchlist_id === list.id ? html`<${EarlierDetections} added=${justAdded.value} />` : null}
    <div class="panel overflow-hidden">
      ${value === undefined && problem !== undefined ? html`<${ErrorState} problem=${problem} onRetry=${() => loadListEntries(list.id)} />` : null}
      ${value === undefined && problem === undefined && loading ? html`<${LoadingRows} rows=${5} height=${64} awaited=${WATCHLISTS.awaitedEntries} />` : null}
      ${value?.entries.length === 0 ? html`<${EmptyState} title=${WATCHLISTS.noEntriesTitle} text=${WATCHLISTS.noEntriesText} />` : null}
      <ul>${(value?.entries ?? []).map((entry) => html`<${EntryRow} key=${entry.id} entry=${entry} editable=${editable} onEdit=${() => setOpen({ kind: "edit", entry })} />`)}</ul>
      ${value !== undefined && value.cursor !== null ? html`<button type="button" class="button plain w-full" onClick=${loadMoreEntries}>${SEARCH.more}</button>` : null}
    </div>
    ${open.kind === "add" ? html`<${EntryDialog} list=${list} pattern=${open.pattern} onClose=${close} />` : null}
    ${open.kind === "edit" ? html`<${EntryDialog} list=${list} entry=${open.entry} onClose=${close} />` : null}
    ${open.kind === "import" ? html`<${ImportDialog} list=${list} onClose=${close} />` : null}
    ${open.kind === "delete-list" ? html`<${DeleteListDialog} list=${list} onClose=${close} onDeleted=${() => route("/watchlists")} />` : null}
  </section>`;
}

function EntryRow({ entry, editable, onEdit }: { entry: EntryView; editable: boolean; onEdit: () => void }) {
  const leftMs = Date.parse(entry.expires_at) - nowMs.value;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return html`<li class="entry-row">
    <${PlateBadge} plate=${entry.pattern} />
    <div class="min-w-0 flex-1"><p class="truncate"><span class="font-medium">${entry.reason}</span>${entry.vehicle === "" ? "" : ` · ${entry.vehicle}`}</p>
      <p class="tiny">${entry.expired ? html`<span class="tag">${WATCHLISTS.expired}</span> ` : leftMs < SOON_MS ? html`<span class="tag attention">${WATCHLISTS.expiresSoon}</span> ` : null}${entry.expired ? ALERTS.expired : ALERTS.expires} <${TimeText} at=${entry.expires_at} zone=${zone} /> · ${WATCHLISTS.by(entry.added_by)}</p>
      ${entry.notes.map((note) => html`<p key=${note} class="tiny">“${note}”</p>`)}</div>
    ${
      editable
        ? html`<div class="row gap-1 flex-wrap">${entry.expired || leftMs < SOON_MS ? html`<button type="button" class="button small" onClick=${() => renewEntry(entry)}>${WATCHLISTS.renew}</button>` : null}
          <button type="button" class="button plain small" aria-label=${`${WATCHLISTS.edit} ${entry.pattern}`} onClick=${onEdit}>${WATCHLISTS.edit}</button>
          <button type="button" class="button plain small" aria-label=${`${WATCHLISTS.remove} ${entry.pattern}`} onClick=${() => removeListEntry(entry)}>${WATCHLISTS.remove}</button></div>`
        : null
    }</li>`;
}
