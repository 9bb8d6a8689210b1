/** The lists as the file holds them: their positions, own ops and matching index are kept in memory, their entries are not. */

import { CHECKSUM_BYTES } from "../../shared/crdt/list-checksum.ts";
import { holdsOp, NO_GENERATION, openReplica } from "../../shared/crdt/overlay.ts";
import { decodeEntryOp } from "../../shared/log/payloads/entry-op-payload.ts";
import { SALT_BYTES, sameBytes } from "../../shared/log/record.ts";
import type { ListId, Rid } from "../../shared/model/ids.ts";
import type { EntryOp } from "../../shared/model/watchlist.ts";
import type { Place } from "./detection-rows.ts";
import { ListIndexes } from "./list-indexes.ts";
import type { ListRow } from "./list-rows.ts";
import { indexWhole, showWhole } from "./list-view.ts";
import { isDamage } from "./salvage-file.ts";
import type { StoreRows } from "./store-rows.ts";
import { StoredEntries, type StoredReplica } from "./stored-entries.ts";

export interface LoadedLists {
  readonly replicas: Map<ListId, StoredReplica>;
  readonly index: ListIndexes;
}

/**
 * At a start, inside a transaction: a list that says something else than what it holds now, by damage, is put right, and one that cannot
 * be read begins anew, own ops on top. What is reported of a list is computed from what is held, so central sees the difference and sends
 * the list again; else the site would miss plates for ever.
 */
export function openLists(rows: StoreRows): LoadedLists {
  const lists: LoadedLists = { replicas: new Map(), index: new ListIndexes() };
  for (const row of rows.lists.all()) {
    const replica = openSound(rows, row, lists.index) ?? beginAnew(rows, row);
    lists.replicas.set(row.list, replica);
    const isAsShown = sameBytes(replica.feed.checksum, row.checksum) && replica.overlay.size === rows.lists.ownOpsOf(row.list).length;
    if (!lists.index.has(replica) || !isAsShown) showWhole(lists.index, rows.lists, replica);
  }
  return lists;
}

/** After a rollback: the lists that were touched, again as the file holds them. */
export function reloadLists(rows: StoreRows, { replicas, index }: LoadedLists, touched: ReadonlySet<ListId>): void {
  const held = new Map(rows.lists.all().map((row) => [row.list, row]));
  for (const list of touched) {
    replicas.delete(list);
    index.removeList(list);
    const row = held.get(list);
    if (row === undefined) continue;
    const replica = openStored(rows, row);
    replicas.set(list, replica);
    indexWhole(index, replica);
  }
}

/** A list of which nothing is known yet but own ops. */
export function newStored(rows: StoreRows, list: ListId): StoredReplica {
  return openStored(rows, { list, part: list, ...nothingYet() });
}

const nothingYet = () => ({ generation: NO_GENERATION, cursor: 0, checksum: new Uint8Array(CHECKSUM_BYTES) });

function openStored(rows: StoreRows, { list, part, generation, cursor, checksum }: Omit<ListRow, "facts">): StoredReplica {
  return openReplica({ list, entries: new StoredEntries(rows.lists, part), checksum }, generation, cursor, loadOwnOps(rows, list));
}

/** A list as it was read, with its checksum computed from that; null when a row cannot be read. */
function openSound(rows: StoreRows, row: ListRow, index: ListIndexes): StoredReplica | null {
  try {
    const found = openStored(rows, row);
    const replica = settleOwn(rows, found) ? openStored(rows, row) : found;
    replica.feed = { ...replica.feed, checksum: indexWhole(index, replica) };
    return replica;
  } catch (error) {
    if (isDamage(error)) return null;
    throw error;
  }
}

/**
 * Own ops that central's feed has brought back already wait for nothing: a damaged page may show one again that had left, and it would
 * wait for ever. Answers whether there were any.
 */
function settleOwn(rows: StoreRows, { list, feed, overlay, generation, cursor }: StoredReplica): boolean {
  const published = new Set(rows.lists.publishedOpsOf(list).map((row) => row.rid));
  let settled = 0;
  for (const op of overlay.values()) {
    if (published.has(op.rid)) rows.lists.dropOwnOp(op.rid);
    else if (holdsOp(feed.entries.get(op.entry), op, op.hlc)) rows.lists.publishOwnOp(op.rid, generation, cursor, op.hlc);
    else continue;
    settled += 1;
  }
  return settled > 0;
}

/** A damaged feed part is not guessed at: an empty one of no generation makes the uplink fetch a snapshot. Own ops stay. */
function beginAnew(rows: StoreRows, row: ListRow): StoredReplica {
  rows.lists.clearFeed(row.list);
  return openStored(rows, { ...row, ...nothingYet() });
}

/** Own ops of a list that its feed has not brought back, in the order they were made. */
export function loadOwnOps(rows: StoreRows, list: ListId): EntryOp[] {
  return rows.lists.ownOpsOf(list).flatMap((place) => readOp(rows, list, place) ?? []);
}

/**
 * An own edit of a list, from its record; undefined when that was removed. So is one whose bytes on a worn card name another list, which
 * is not what was signed: it counts nowhere until the sweep, or central, has found its record.
 */
export function readOp(rows: StoreRows, list: ListId, { rid, log, seq }: Place & { readonly rid: Rid }): EntryOp | undefined {
  const payload = rows.logs.recordAt(log, seq)?.payload;
  const op = payload == null ? undefined : decodeEntryOp(rid, payload.subarray(SALT_BYTES));
  return op?.list === list ? op : undefined;
}
