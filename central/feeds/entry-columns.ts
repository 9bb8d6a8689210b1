import { hlcMs } from "../../shared/clock/hlc.ts";
import { entryBytes } from "../../shared/crdt/entry-bytes.ts";
import { type EntryState, isPresent } from "../../shared/crdt/entry-state.ts";
import { entryOf } from "../../shared/crdt/list-state.ts";
import type { ListId } from "../../shared/model/ids.ts";
import type { WatchlistEntriesTable } from "../db/watchlist-tables.ts";

type Times = "expires_at" | "added_at" | "changed_at" | "deleted_at";
/** A row of `watchlist_entries` whose times are ms. */
export type EntryColumns = Omit<WatchlistEntriesTable, Times | "list_id" | "forgotten_at"> &
  Record<Exclude<Times, "deleted_at">, number> & { deleted_at: number | null };

/** What a timestamp column and a Date both hold; an expiry of the year 9999 is "never" all the same. */
const LATEST_MS = Date.UTC(2100, 0, 1);

/** The columns that pages and matching read, from the state that decides. A deleted entry keeps its last content, for its history. */
export function entryColumns(list: ListId, state: EntryState, keepWins: boolean): EntryColumns {
  // Shown as if it were present: what a deleted entry said is still wanted beside the alerts it raised.
  const shown = entryOf(list, { ...state, causalLength: state.causalLength | 1 }, keepWins);
  if (shown === null) throw new Error("an entry of odd causal length is present");
  const changedMs = state.changed === null ? shown.addedMs : hlcMs(state.changed.stamp.hlc);
  return {
    entry_id: state.id,
    causal_length: state.causalLength,
    pattern: plain(shown.pattern),
    reason: plain(shown.reason),
    expires_at: bounded(shown.expiresMs),
    vehicle: plain(shown.vehicle),
    added_by: plain(shown.addedBy),
    added_at: bounded(shown.addedMs),
    changed_by: plain(shown.changedBy),
    changed_at: bounded(changedMs),
    deleted_at: isPresent(state, keepWins) ? null : bounded(state.presence === null ? changedMs : hlcMs(state.presence.hlc)),
    state: entryBytes(state),
  };
}

/** PostgreSQL's text cannot hold U+0000. */
const plain = (text: string): string => text.replaceAll("\0", "\ufffd");
const bounded = (ms: number): number => Math.min(Math.max(0, ms), LATEST_MS);
