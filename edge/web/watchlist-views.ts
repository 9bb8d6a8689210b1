import type { EntryView, WatchlistView } from "../../shared/api/views.ts";
import { parseEntryBytes } from "../../shared/crdt/entry-bytes.ts";
import { entryOf } from "../../shared/crdt/list-state.ts";
import { bytesToHex, type EntryId, type ListId } from "../../shared/model/ids.ts";
import type { Entry, Watchlist } from "../../shared/model/watchlist.ts";
import type { ListRow } from "../log/list-rows.ts";
import type { StoreRows } from "../log/store-rows.ts";
import { iso } from "./detection-views.ts";

export interface WatchlistViews {
  readonly lists: () => WatchlistView[];
  readonly hasList: (list: ListId) => boolean;
  readonly entry: (list: ListId, entry: EntryId, nowMs: number) => EntryView | null;
  readonly entries: (list: ListId, after: EntriesCursor | null, limit: number, nowMs: number) => EntriesPage;
}

/** Keyset: added at, then id. */
export interface EntriesCursor {
  readonly addedMs: number;
  readonly id: string;
}
export interface EntriesPage {
  readonly entries: EntryView[];
  /** Off the list, though somebody changed it without knowing of the delete: a person decides at central. On the first page only. */
  readonly contested: EntryView[];
  readonly next: EntriesCursor | null;
}

const FROM_THE_NEWEST: EntriesCursor = { addedMs: Number.MAX_SAFE_INTEGER, id: "" };

export function makeWatchlistViews(rows: StoreRows, siteName: string): WatchlistViews {
  const facts = (list: ListId) => rows.lists.all().find((row) => row.list === list)?.facts;
  /** Where keeping wins they stand on the list like any other. */
  const contestedIn = (list: ListId): Entry[] =>
    facts(list)?.keepWins === true
      ? []
      : rows.lists.contestedOf(list).flatMap((bytes) => {
          const state = parseEntryBytes(bytes);
          return (state === null ? null : entryOf(list, state, true)) ?? [];
        });
  const waitingIn = (list: ListId): ReadonlySet<string> => new Set(rows.lists.ownEntriesOf(list));
  const counted = new Map<ListId, { readonly as: string; readonly entries: number }>();
  /** 100,000 rows are counted only when the list is another: its feed has moved, was swapped, or an own edit came. */
  const countIn = ({ list, part, generation, cursor, checksum }: ListRow): number => {
    const own = rows.lists.ownOpsOf(list);
    const as = [part, generation, cursor, bytesToHex(checksum), own.length, own.at(-1)?.rid].join(" ");
    const known = counted.get(list);
    if (known?.as === as) return known.entries;
    const entries = rows.lists.countEntries(list);
    counted.set(list, { as, entries });
    return entries;
  };
  return {
    lists: () => rows.lists.all().flatMap((row) => (row.facts === null ? [] : [listView(row, row.facts, countIn(row), siteName)])),
    hasList: (list) => rows.lists.all().some((row) => row.list === list && row.facts !== null),
    entry(list, id, nowMs) {
      const entry = rows.lists.entryOf(list, id);
      return entry === undefined ? null : viewOf(entry, waitingIn(list), nowMs);
    },
    entries(list, after, limit, nowMs) {
      const { addedMs, id } = after ?? FROM_THE_NEWEST;
      const found = rows.lists.entriesPage(list, addedMs, id, limit);
      const waiting = waitingIn(list);
      const last = found.length < limit ? undefined : found.at(-1);
      return {
        entries: found.map((entry) => viewOf(entry, waiting, nowMs)),
        contested: after === null ? contestedIn(list).map((entry) => viewOf(entry, waiting, nowMs)) : [],
        next: last === undefined ? null : { addedMs: last.addedMs, id: last.id },
      };
    },
  };
}

function listView({ list }: ListRow, facts: Watchlist, entries: number, siteName: string): WatchlistView {
  return {
    id: list,
    name: facts.name,
    owner: facts.owner,
    kind: facts.kind,
    differences_max: facts.differencesMax,
    critical: facts.critical,
    entries,
    sites: [siteName],
  };
}

function viewOf(entry: Entry, waiting: ReadonlySet<string>, nowMs: number): EntryView {
  return {
    id: entry.id,
    watchlist_id: entry.list,
    pattern: entry.pattern,
    reason: entry.reason,
    expires_at: iso(entry.expiresMs),
    expired: entry.expiresMs <= nowMs,
    vehicle: entry.vehicle,
    notes: [...entry.notes],
    added_by: entry.addedBy,
    added_at: iso(entry.addedMs),
    changed_by: entry.changedBy,
    waiting: waiting.has(entry.id),
  };
}
