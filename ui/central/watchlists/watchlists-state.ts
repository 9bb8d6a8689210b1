/** Watchlists and the entries of the one that is open. Edits go to central; sites hear of them within a minute. */
import { signal } from "@preact/signals";
import type { AddedEntryAnswer, EntriesAnswer, NewEntry, WatchlistsAnswer } from "../../../shared/api/central-api.ts";
import type { EntryView, WatchlistView } from "../../../shared/api/views.ts";
import type { WatchlistKind } from "../../../shared/model/watchlist.ts";
import { type Answer, queryText } from "../../data/api-client.ts";
import { load, notLoaded } from "../../data/loaded.ts";
import { showToast } from "../../data/toasts.ts";
import { WATCHLISTS } from "../../words/watchlist-words.ts";
import { api } from "../session-state.ts";

export interface NewWatchlist {
  name: string;
  kind: WatchlistKind;
  critical: boolean;
  differences_max: number;
  sites: string[];
}
/** What became of an import: rows that are wrong are named, the others stand. */
export interface ImportAnswer {
  added: number;
  refused: { line: number; why: string }[];
}
const PAGE = 200;
const RENEWAL_MS = 30 * 86_400_000;

export const watchlists = notLoaded<readonly WatchlistView[]>();
export const listEntries = notLoaded<{ list: string; entries: readonly EntryView[]; cursor: string | null }>();
/** The entry just added, with what passed before it was there. */
export const justAdded = signal<AddedEntryAnswer | undefined>(undefined);

export function loadWatchlists(): Promise<void> {
  return load(watchlists, async () => {
    const answer = await api.get<WatchlistsAnswer>("/watchlists");
    return answer.ok ? { ok: true, value: answer.value.watchlists } : answer;
  });
}

export async function loadListEntries(list: string): Promise<void> {
  if (listEntries.peek().value?.list !== list) listEntries.value = { value: undefined, problem: undefined, loading: false };
  await load(listEntries, async () => {
    const answer = await api.get<EntriesAnswer>(`/watchlists/${list}/entries${queryText({ limit: PAGE })}`);
    return answer.ok ? { ok: true, value: { list, entries: answer.value.entries, cursor: answer.value.next_cursor } } : answer;
  });
}

export async function loadMoreEntries(): Promise<void> {
  const known = listEntries.peek().value;
  if (known === undefined || known.cursor === null) return;
  const answer = await api.get<EntriesAnswer>(`/watchlists/${known.list}/entries${queryText({ limit: PAGE, cursor: known.cursor })}`);
  if (!answer.ok) return showToast(answer.problem.words);
  listEntries.value = {
    ...listEntries.peek(),
    value: { ...known, entries: [...known.entries, ...answer.value.entries], cursor: answer.value.next_cursor },
  };
}

function refresh(list: string): void {
  void loadListEntries(list);
  void loadWatchlists();
}

export async function createWatchlist(list: NewWatchlist): Promise<Answer<WatchlistView>> {
  const answer = await api.send<WatchlistView>("POST", "/watchlists", list);
  if (!answer.ok) return answer;
  showToast(WATCHLISTS.created(list.name));
  await loadWatchlists();
  return answer;
}

export async function deleteWatchlist(list: WatchlistView): Promise<Answer<unknown>> {
  const answer = await api.send("DELETE", `/watchlists/${list.id}`);
  if (answer.ok) await loadWatchlists();
  return answer;
}

export async function addListEntry(list: string, entry: NewEntry): Promise<Answer<AddedEntryAnswer>> {
  const answer = await api.send<AddedEntryAnswer>("POST", `/watchlists/${list}/entries`, entry);
  if (!answer.ok) return answer;
  justAdded.value = answer.value;
  showToast(WATCHLISTS.added(entry.pattern));
  refresh(list);
  return answer;
}

export async function changeListEntry(
  entry: EntryView,
  change: Partial<NewEntry>,
  words: string = WATCHLISTS.saved,
): Promise<Answer<unknown>> {
  const answer = await api.send("PATCH", `/watchlists/${entry.watchlist_id}/entries/${entry.id}`, change);
  if (answer.ok) {
    showToast(words);
    refresh(entry.watchlist_id);
  }
  return answer;
}

/** Takes in the rows of a CSV; the reason is recorded with who did it. */
export async function importEntries(
  list: string,
  file: { csv: string; reason: string; expires_at: string },
): Promise<Answer<ImportAnswer>> {
  const answer = await api.send<ImportAnswer>("POST", `/watchlists/${list}/import`, file);
  if (answer.ok) refresh(list);
  return answer;
}

/** One tap: 30 days from now. */
export async function renewEntry(entry: EntryView): Promise<void> {
  const answer = await changeListEntry(
    entry,
    { expires_at: new Date(Date.now() + RENEWAL_MS).toISOString() },
    WATCHLISTS.renewed(entry.pattern),
  );
  if (!answer.ok) showToast(answer.problem.words);
}

/** Deletes at once and offers to put the entry back as it was. */
export async function removeListEntry(entry: EntryView): Promise<void> {
  const answer = await api.send("DELETE", `/watchlists/${entry.watchlist_id}/entries/${entry.id}`);
  if (!answer.ok) return showToast(answer.problem.words);
  refresh(entry.watchlist_id);
  showToast(WATCHLISTS.removed(entry.pattern), () => {
    void addListEntry(entry.watchlist_id, {
      pattern: entry.pattern,
      reason: entry.reason,
      expires_at: entry.expires_at,
      vehicle: entry.vehicle,
    }).then((again) => {
      if (!again.ok) showToast(again.problem.words);
    });
  });
}
