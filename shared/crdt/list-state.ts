import { hlcMs } from "../clock/hlc.ts";
import type { EntryId, ListId } from "../model/ids.ts";
import type { Entry, Watchlist, WatchlistKind } from "../model/watchlist.ts";
import { entryBytes, parseEntryBytes } from "./entry-bytes.ts";
import { type CellField, cellValue, type EntryState, isPresent } from "./entry-state.ts";
import { CHECKSUM_BYTES, entryContribution, toggleEntry } from "./list-checksum.ts";

/** The entries of a list, wherever they are kept: a Map, or the rows of a store. */
export interface EntryStates {
  readonly get: (id: EntryId) => EntryState | undefined;
  readonly has: (id: EntryId) => boolean;
  readonly set: (id: EntryId, state: EntryState) => unknown;
  readonly delete: (id: EntryId) => boolean;
  readonly values: () => Iterable<EntryState>;
}

/** One list as the fold of its ops, deleted entries included. The list's own facts are the entry whose id equals the list's. */
export interface ListState<Entries extends EntryStates = EntryStates> {
  readonly list: ListId;
  readonly entries: Entries;
  /** Of the entries as they stand; kept up by `applyOp`. */
  readonly checksum: Uint8Array;
}

/** A list whose entries are in memory. */
export type HeldList = ListState<Map<EntryId, EntryState>>;

export const DIFFERENCES_DEFAULT = 1;
const NONE: readonly string[] = [];

export function emptyListState(list: ListId): HeldList {
  return { list, entries: new Map(), checksum: new Uint8Array(CHECKSUM_BYTES) };
}

/** Rows of a snapshot, by entry id: equal lists give equal rows. */
export function snapshotRows(state: ListState): Uint8Array[] {
  const entries = [...state.entries.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return entries.map(entryBytes);
}

/** A list from the rows of a snapshot, its checksum computed from them; null when a row is not canonical or stands twice. */
export function parseSnapshotRows(list: ListId, rows: Iterable<Uint8Array>): HeldList | null {
  const entries = new Map<EntryId, EntryState>();
  const checksum = new Uint8Array(CHECKSUM_BYTES);
  for (const row of rows) {
    const entry = parseEntryBytes(row);
    if (entry === null || entries.has(entry.id)) return null;
    entries.set(entry.id, entry);
    toggleEntry(checksum, entryContribution(entry, row));
  }
  return { list, entries, checksum };
}

/** The id under which a list's own facts stand. */
export function listFactsId(list: ListId): EntryId {
  return list as string as EntryId;
}

/** The list's own facts from the entry that carries them; null while it was never made, and after it was deleted. */
export function watchlistOf(list: ListId, facts: EntryState | undefined): Watchlist | null {
  if (facts === undefined) return null;
  const keepWins = cellValue(facts, "listKeepWins") === true;
  if (!isPresent(facts, keepWins)) return null;
  const differences = cellValue(facts, "listDifferencesMax");
  return {
    id: list,
    name: text(facts, "listName"),
    owner: text(facts, "listOwner"),
    kind: (text(facts, "listKind") || "site") as WatchlistKind,
    differencesMax: typeof differences === "number" ? differences : DIFFERENCES_DEFAULT,
    critical: cellValue(facts, "listCritical") === true,
    keepWins,
  };
}

/** One entry as people and the matching index see it; null while it is deleted. Without an expiry it counts as expired. */
export function entryOf(list: ListId, state: EntryState, keepWins: boolean): Entry | null {
  if (!isPresent(state, keepWins)) return null;
  const expiresMs = cellValue(state, "expiresMs");
  return {
    id: state.id,
    list,
    pattern: text(state, "pattern"),
    reason: text(state, "reason"),
    expiresMs: typeof expiresMs === "number" ? expiresMs : 0,
    vehicle: text(state, "vehicle"),
    notes: state.notes.length === 0 ? NONE : state.notes.map((note) => note.text),
    exceptPlates: state.exceptPlates.length === 0 ? NONE : state.exceptPlates.map((except) => except.plate),
    addedBy: state.added?.author ?? "",
    changedBy: state.changed?.author ?? "",
    addedMs: state.added === null ? 0 : hlcMs(state.added.stamp.hlc),
  };
}

/** All present entries, the list's own facts left out; none when the list itself is deleted. */
export function* entriesOf(state: ListState): Generator<Entry> {
  const list = watchlistOf(state.list, state.entries.get(listFactsId(state.list)));
  if (list === null) return;
  for (const held of state.entries.values()) {
    if (held.id === listFactsId(state.list)) continue;
    const entry = entryOf(state.list, held, list.keepWins);
    if (entry !== null) yield entry;
  }
}

function text(state: EntryState, field: CellField): string {
  const value = cellValue(state, field);
  return typeof value === "string" ? value : "";
}
