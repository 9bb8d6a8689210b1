import type { EntryState } from "../../shared/crdt/entry-state.ts";
import { type HeldList, listFactsId, watchlistOf } from "../../shared/crdt/list-state.ts";
import type { EntryId, ListId, Rid } from "../../shared/model/ids.ts";
import type { EntryOp } from "../../shared/model/watchlist.ts";
import type { Tx } from "../db/open-db.ts";
import { entryColumns } from "./entry-columns.ts";
import {
  type FeedRow,
  findPublished,
  insertConflict,
  insertListSite,
  insertOps,
  loadEntries,
  lockFeed,
  moveFeed,
  updateListFacts,
  upsertEntries,
} from "./feed-rows.ts";
import { firstOfEach, foldOntoFeed } from "./fold-feed.ts";
import { findForgotten, insertReview, listsClosedTo, type OpSource } from "./review-rows.ts";

const COMES_TOO_LATE = "an edit of an entry that had been deleted, and forgotten everywhere, when the edit came";
const NOT_THEIRS = "an edit by a site that the list does not name, or by a device that nobody has confirmed";

/** Where each op stands in its list's feed. Ops that were published before are not in it. */
export type Positions = ReadonlyMap<Rid, number>;

/**
 * Of a site's ops, those that must not change their lists: an API key, and the ids of lists, are known to more people than may edit them.
 * Central's own log may edit all; a list that is not there yet is begun by whoever names it.
 */
export async function refusedOps(tx: Tx, ops: readonly EntryOp[], from: OpSource): Promise<ReadonlySet<Rid>> {
  if (ops.length === 0 || from.collectorId === from.siteId) return new Set();
  const closed = await listsClosedTo(tx, [...new Set(ops.map((op) => op.list))], from);
  return new Set(ops.filter((op) => closed.has(op.list)).map((op) => op.rid));
}

/**
 * Publishes ops on the feeds of their lists, in the order given, and folds them into the entries. The stamp that decides is fixed here:
 * min(hlc, receipt + 5 minutes), so that a bad clock can neither be refused nor win for years. Idempotent by rid. Takes the lock of each
 * list, in the order of their ids, until the transaction ends. `siteId`: where the ops came from; a list that begins there is delivered there.
 * `refused`: published without any effect, and put before a person.
 */
export async function publishOps(
  tx: Tx,
  ops: readonly EntryOp[],
  receiptMs: number,
  siteId: string | null,
  refused: ReadonlySet<Rid> = new Set(),
): Promise<Positions> {
  const positions = new Map<Rid, number>();
  for (const [list, mine] of byList(ops)) await publishOnList(tx, list, mine, receiptMs, siteId, refused, positions);
  return positions;
}

/** By list id: two transactions that publish on the same lists take the locks in the same order. */
function byList(ops: readonly EntryOp[]): [ListId, EntryOp[]][] {
  const lists = new Map<ListId, EntryOp[]>();
  for (const op of ops) lists.set(op.list, [...(lists.get(op.list) ?? []), op]);
  return [...lists].sort(([a], [b]) => (a < b ? -1 : 1));
}

async function publishOnList(
  tx: Tx,
  list: ListId,
  ops: readonly EntryOp[],
  receiptMs: number,
  siteId: string | null,
  refused: ReadonlySet<Rid>,
  positions: Map<Rid, number>,
): Promise<void> {
  const feed = await lockFeed(tx, list, receiptMs);
  const known = await findPublished(
    tx,
    ops.map((op) => op.rid),
  );
  const fresh = firstOfEach(ops).filter((op) => !known.has(op.rid));
  if (fresh.length === 0) return;
  const named = [...new Set(fresh.map((op) => op.entry))];
  const state: HeldList = { list, entries: await loadEntries(tx, list, named), checksum: new Uint8Array(feed.checksum) };
  const folded = foldOntoFeed(state, feed, fresh, receiptMs, await findForgotten(tx, list, named), refused);
  const touched = named.filter((entry) => state.entries.has(entry));
  await insertOps(tx, list, folded.published, receiptMs);
  const last = folded.published.at(-1)!;
  await moveFeed(tx, list, { next: last.position + 1, hash: last.runningHash, checksum: last.checksum });
  if (touched.length > 0) await writeEntries(tx, list, state, touched, feed, receiptMs);
  for (const review of folded.reviews) {
    await insertReview(tx, { list, ...review, why: refused.has(review.rid) ? NOT_THEIRS : COMES_TOO_LATE }, receiptMs);
  }
  for (const { entry, edit, kept } of folded.conflicts) {
    const why = kept ? "an edit met a delete and is the later of the two" : "an edit met a delete that came after it";
    await insertConflict(tx, list, { entry, edit, why }, receiptMs);
  }
  if (feed.isNew && siteId !== null) await insertListSite(tx, list, siteId);
  for (const op of folded.published) positions.set(op.rid, op.position);
}

async function writeEntries(
  tx: Tx,
  list: ListId,
  state: HeldList,
  touched: readonly EntryId[],
  feed: FeedRow,
  receiptMs: number,
): Promise<void> {
  const factsState = state.entries.get(listFactsId(list));
  const facts = factsState === undefined ? undefined : watchlistOf(list, factsState);
  if (facts !== undefined) await updateListFacts(tx, list, facts, receiptMs);
  const keepWins = facts === undefined || facts === null ? feed.keepWins : facts.keepWins;
  // Which side of a conflict counts has changed: entries that nobody touched may come back or go.
  const all: ReadonlyMap<EntryId, EntryState> = keepWins === feed.keepWins ? state.entries : await loadEntries(tx, list, null);
  const states = new Map([...all, ...touched.map((id) => [id, state.entries.get(id)!] as const)]);
  await upsertEntries(
    tx,
    list,
    [...states.values()].map((one) => entryColumns(list, one, keepWins)),
  );
}
