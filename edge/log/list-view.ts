import { listFactsId } from "../../shared/crdt/list-state.ts";
import { type ListReplica, replicaVersion, viewEntries, viewEntry, viewList } from "../../shared/crdt/overlay.ts";
import { sameBytes } from "../../shared/log/record.ts";
import type { WatchlistIndex } from "../../shared/match/watchlist-index.ts";
import type { EntryId, ListId } from "../../shared/model/ids.ts";
import { ListIndexes } from "./list-indexes.ts";
import type { ListRows } from "./list-rows.ts";

/** Every list of the site, ready to be asked for a plate. */
export function indexReplicas(replicas: Iterable<ListReplica>): ListIndexes {
  const indexes = new ListIndexes();
  for (const replica of replicas) indexWhole(indexes.of(replica.list), replica);
  return indexes;
}

function indexWhole(index: WatchlistIndex, replica: ListReplica): void {
  const list = viewList(replica);
  if (list === null) return;
  index.putList(list, replicaVersion(replica));
  for (const entry of viewEntries(replica)) index.putEntry(entry);
}

/** Brings the matching index and the pages' rows up to a replica in which `changed` entries may look different. */
export function showChanges(indexes: ListIndexes, rows: ListRows, replica: ListReplica, changed: ReadonlySet<EntryId>): void {
  // The list's own facts decide what its entries mean (kind, keepWins, whether it is there at all).
  if (changed.has(listFactsId(replica.list))) return showWhole(indexes, rows, replica);
  const index = indexes.of(replica.list);
  const list = viewList(replica);
  if (list !== null) index.putList(list, replicaVersion(replica));
  for (const id of changed) {
    const entry = viewEntry(replica, id);
    if (entry === null) {
      index.removeEntry(id);
      rows.dropEntry(replica.list, id);
    } else {
      index.putEntry(entry);
      rows.putEntry(entry);
    }
  }
  putPosition(rows, replica);
}

/** As `showChanges`, for all entries: after a snapshot, or when the list's own facts changed. */
export function showWhole(indexes: ListIndexes, rows: ListRows, replica: ListReplica): void {
  indexes.removeList(replica.list);
  indexWhole(indexes.of(replica.list), replica);
  rows.clearEntries(replica.list);
  for (const entry of viewEntries(replica)) rows.putEntry(entry);
  putPosition(rows, replica);
}

/**
 * After a start: a row that says something else than what its list holds now, by damage, is put right. What is reported of a list is
 * computed from what is held, so central sees the difference and sends the list again; else the site would miss plates for ever.
 */
export function correctRows(indexes: ListIndexes, rows: ListRows, replicas: ReadonlyMap<ListId, ListReplica>): void {
  for (const { list, generation, cursor, checksum } of rows.all()) {
    const replica = replicas.get(list);
    if (replica === undefined) continue;
    const isRight = replica.generation === generation && replica.cursor === cursor && sameBytes(replica.feed.checksum, checksum);
    if (!isRight) showWhole(indexes, rows, replica);
  }
}

export function putPosition(rows: ListRows, replica: ListReplica): void {
  const { list, generation, cursor } = replica;
  rows.put({ list, generation, cursor, checksum: replica.feed.checksum }, viewList(replica));
}
