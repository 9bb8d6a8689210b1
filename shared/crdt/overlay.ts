import type { ListVersion } from "../model/alert.ts";
import type { EntryId, Hlc, ListId, Rid } from "../model/ids.ts";
import type { Entry, EntryOp, FeedOp, Watchlist } from "../model/watchlist.ts";
import { applyOp, type EntryConflict, foldOp } from "./apply-op.ts";
import { entryBytes } from "./entry-bytes.ts";
import { copyEntryState, type EntryState, emptyEntryState } from "./entry-state.ts";
import { type EntryStates, emptyListState, entryOf, type ListState, listFactsId, watchlistOf } from "./list-state.ts";

/** Before a list's first feed piece: 16 zero bytes, a generation like any other in findings and on the wire. */
export const NO_GENERATION = "0".repeat(32);

/**
 * A list as an edge holds it: fold(feed up to cursor) + overlay of its own ops that the feed has not brought back, merged the same
 * way. An op leaves the overlay when the feed brings its rid; a snapshot replaces only the feed part, or a volunteer's unsent plate
 * would vanish with it. Only entries that the overlay touches are held twice.
 */
export interface ListReplica<Entries extends EntryStates = EntryStates> {
  readonly list: ListId;
  /** Empty before the first feed or snapshot. */
  generation: string;
  /** Feed positions applied: the next op wanted is at this position. */
  cursor: number;
  feed: ListState<Entries>;
  /** Own ops by rid, in the order they were made. */
  readonly overlay: Map<Rid, EntryOp>;
  /** Entries with own ops on top: feed part and overlay folded together. */
  readonly merged: Map<EntryId, EntryState>;
}

export interface FeedPiece {
  readonly generation: string;
  readonly from: number;
  readonly to: number;
  readonly ops: readonly FeedOp[];
}

export type PieceOutcome =
  | {
      readonly kind: "applied";
      /** Entries to look at again (matching index, pages). The list's own id among them: look at all. */
      readonly changed: ReadonlySet<EntryId>;
      /** Own ops that the feed brought back: they left the overlay. */
      readonly returned: readonly Rid[];
      readonly conflicts: readonly EntryConflict[];
    }
  | { readonly kind: "known" }
  /** Another generation, or a hole before it: ask again from the replica's position, or fetch a snapshot. */
  | { readonly kind: "out-of-step" };

/** A replica as stored: feed part, position and own ops. */
export function openReplica<Entries extends EntryStates>(
  feed: ListState<Entries>,
  generation: string,
  cursor: number,
  ownOps: Iterable<EntryOp> = [],
): ListReplica<Entries> {
  const replica: ListReplica<Entries> = { list: feed.list, generation, cursor, feed, overlay: new Map(), merged: new Map() };
  for (const op of ownOps) addOwnOp(replica, op);
  return replica;
}

export function newReplica(list: ListId): ListReplica {
  return openReplica(emptyListState(list), "", 0);
}

/** An edit made here: counts at once, with its own hlc until central has published it. An op of another list throws. */
export function addOwnOp(replica: ListReplica, op: EntryOp): EntryId {
  if (op.list !== replica.list) throw new Error("an op of another list");
  replica.overlay.set(op.rid, op);
  foldOwn(replica, op);
  return op.entry;
}

/** Applies the next piece of the feed. A piece that overlaps what is held is fine (ops fold idempotently); a hole is not. */
export function applyPiece(replica: ListReplica, piece: FeedPiece): PieceOutcome {
  if (piece.generation !== replica.generation || piece.from > replica.cursor) return { kind: "out-of-step" };
  if (piece.to <= replica.cursor) return { kind: "known" };
  const changed = new Set<EntryId>();
  const returned: Rid[] = [];
  const conflicts: EntryConflict[] = [];
  for (const op of piece.ops) {
    const applied = applyOp(replica.feed, op);
    changed.add(applied.entry);
    if (applied.conflict !== null) conflicts.push(applied.conflict);
    if (replica.overlay.delete(op.rid)) returned.push(op.rid);
  }
  replica.cursor = piece.to;
  remerge(replica, changed);
  return { kind: "applied", changed, returned, conflicts };
}

/**
 * Puts a snapshot in place of the feed part. Own ops stay, except those that the snapshot shows to hold: their rid stands in it, or it
 * says so (`included`), or they would change nothing on top of it (and never will: the feed only grows). Returns the ops that left.
 */
export function replaceFeed<Entries extends EntryStates>(
  replica: ListReplica<Entries>,
  feed: ListState<Entries>,
  generation: string,
  at: number,
  included: ReadonlySet<Rid> = new Set(),
): readonly EntryOp[] {
  if (feed.list !== replica.list) throw new Error("a snapshot of another list");
  replica.feed = feed;
  replica.generation = generation;
  replica.cursor = at;
  replica.merged.clear();
  const left = [...replica.overlay.values()].filter((op) => included.has(op.rid) || holdsOp(feed.entries.get(op.entry), op, op.hlc));
  for (const op of left) replica.overlay.delete(op.rid);
  for (const op of replica.overlay.values()) foldOwn(replica, op);
  return left;
}

/** One entry with own ops on top; undefined when no op of it is known. */
export function viewState(replica: ListReplica, entry: EntryId): EntryState | undefined {
  return replica.merged.get(entry) ?? replica.feed.entries.get(entry);
}

/** The list's facts, own ops included; null while the list is not (or no longer) there. */
export function viewList(replica: ListReplica): Watchlist | null {
  return watchlistOf(replica.list, viewState(replica, listFactsId(replica.list)));
}

/** One entry as people and the index see it; null when it is not on the list, or the list is gone. `list`: its facts, if at hand. */
export function viewEntry(replica: ListReplica, id: EntryId, list = viewList(replica)): Entry | null {
  const state = viewState(replica, id);
  if (list === null || state === undefined || id === listFactsId(replica.list)) return null;
  return entryOf(replica.list, state, list.keepWins);
}

/** All entries of the list, own ops included; none when the list is gone. */
export function* viewEntries(replica: ListReplica): Generator<Entry> {
  const list = viewList(replica);
  if (list === null) return;
  for (const state of viewStates(replica)) {
    const entry = state.id === listFactsId(replica.list) ? null : entryOf(replica.list, state, list.keepWins);
    if (entry !== null) yield entry;
  }
}

/** What each finding records of the list it was made with. */
export function replicaVersion(replica: ListReplica): ListVersion {
  return { generation: replica.generation, cursor: replica.cursor, overlay: replica.overlay.size };
}

function* viewStates(replica: ListReplica): Generator<EntryState> {
  for (const state of replica.feed.entries.values()) yield replica.merged.get(state.id) ?? state;
  for (const state of replica.merged.values()) if (!replica.feed.entries.has(state.id)) yield state;
}

function foldOwn(replica: ListReplica, op: EntryOp): void {
  const base = viewState(replica, op.entry);
  const state = base === undefined ? emptyEntryState(op.entry) : copyEntryState(base);
  foldOp(state, op, op.hlc);
  replica.merged.set(op.entry, state);
}

/** Entries whose feed part has changed: own ops again on top of it. */
function remerge(replica: ListReplica, changed: ReadonlySet<EntryId>): void {
  for (const entry of changed) replica.merged.delete(entry);
  for (const op of replica.overlay.values()) if (changed.has(op.entry)) foldOwn(replica, op);
}

/** Whether an entry shows to hold an op: it names it, or the op (with the stamp that decides) would change nothing. */
export function holdsOp(state: EntryState | undefined, op: EntryOp, stamp: Hlc): boolean {
  if (state === undefined) return false;
  if (mentions(state, op.rid)) return true;
  const on = copyEntryState(state);
  foldOp(on, op, stamp);
  const before = entryBytes(state);
  const after = entryBytes(on);
  return before.length === after.length && before.every((byte, at) => byte === after[at]);
}

function mentions(state: EntryState, rid: Rid): boolean {
  const single = [state.presence, state.lastEdit, state.added?.stamp, state.changed?.stamp];
  return (
    single.some((stamp) => stamp?.rid === rid) ||
    [state.cells, state.notes, state.exceptPlates].some((part) => part.some((item) => item.stamp.rid === rid))
  );
}
