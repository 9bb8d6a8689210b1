/** The site's copy of the watchlists, editable with no uplink. */
import { signal } from "@preact/signals";
import type { NewSiteEntry, SiteEntriesAnswer, SiteWatchlistsAnswer } from "../../../shared/api/site-api.ts";
import type { EntryView, WatchlistView } from "../../../shared/api/views.ts";
import type { Answer } from "../../data/api-client.ts";
import { load, notLoaded } from "../../data/loaded.ts";
import { showToast } from "../../data/toasts.ts";
import { SITE } from "../../words/site-page-words.ts";
import { api } from "../site-session.ts";

export const lists = notLoaded<readonly WatchlistView[]>();
export const entries = signal<ReadonlyMap<string, readonly EntryView[]>>(new Map());
/** By list: what was taken off while somebody changed it. */
export const contested = signal<ReadonlyMap<string, readonly EntryView[]>>(new Map());

export function loadLists(): Promise<void> {
  return load(lists, async () => {
    const answer = await api.get<SiteWatchlistsAnswer>("/watchlists");
    if (answer.ok) for (const id of entries.peek().keys()) void loadEntries(id);
    return answer.ok ? { ok: true, value: answer.value.watchlists } : answer;
  });
}

export async function loadEntries(list: string): Promise<void> {
  const answer = await api.get<SiteEntriesAnswer>(`/watchlists/${list}/entries`);
  if (!answer.ok) return showToast(answer.problem.words);
  entries.value = new Map(entries.peek()).set(list, answer.value.entries);
  contested.value = new Map(contested.peek()).set(list, answer.value.contested);
}

/** Lists a volunteer adds to: the site's own first; a trusted list is not one to watch with. */
export function listsToAddTo(all: readonly WatchlistView[]): readonly WatchlistView[] {
  const rank = (list: WatchlistView) => (list.kind === "site" ? 0 : list.kind === "shared" ? 1 : 2);
  return all.filter((list) => list.kind !== "trusted").sort((a, b) => rank(a) - rank(b));
}

export async function addEntry(list: string, entry: NewSiteEntry): Promise<Answer<unknown>> {
  const answer = await api.send("POST", `/watchlists/${list}/entries`, entry);
  if (answer.ok) {
    showToast(SITE.added(entry.plate));
    void loadLists();
  }
  return answer;
}

/** Removes at once and offers to put it back, as it was. */
export async function removeEntry(entry: EntryView): Promise<void> {
  const answer = await api.send("DELETE", `/watchlists/${entry.watchlist_id}/entries/${entry.id}`);
  if (!answer.ok) return showToast(answer.problem.words);
  void loadLists();
  showToast(
    SITE.removed(entry.pattern),
    () =>
      void addEntry(entry.watchlist_id, {
        plate: entry.pattern,
        reason: entry.reason,
        expires_at: entry.expires_at,
        vehicle: entry.vehicle,
      }),
  );
}
