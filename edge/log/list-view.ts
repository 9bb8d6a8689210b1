import { listFactsId } from "../../shared/crdt/list-state.ts";
import { type ListReplica, replicaVersion, viewEntries, viewEntry, viewList } from "../../shared/crdt/overlay.ts";
import type { WatchlistIndex } from "../../shared/match/watchlist-index.ts";
import type { EntryId } from "../../shared/model/ids.ts";
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

export function putPosition(rows: ListRows, replica: ListReplica): void {
  const { list, generation, cursor } = replica;
  rows.put({ list, generation, cursor, checksum: replica.feed.checksum }, viewList(replica));
}
