import type { EntryState } from "../../shared/crdt/entry-state.ts";
import { CHECKSUM_BYTES, entryContribution, toggleEntry } from "../../shared/crdt/list-checksum.ts";
import { entryOf, listFactsId } from "../../shared/crdt/list-state.ts";
import { viewEntries, viewEntry, viewList } from "../../shared/crdt/overlay.ts";
import type { EntryId } from "../../shared/model/ids.ts";
import type { ListIndexes } from "./list-indexes.ts";
import type { ListRows } from "./list-rows.ts";
import type { StoredReplica } from "./stored-entries.ts";

/** The matching index of a whole list, from nothing. Answers the checksum of its feed part as it was read. */
export function indexWhole(indexes: ListIndexes, replica: StoredReplica): Uint8Array {
  indexes.put(replica);
  const facts = viewList(replica);
  const show = (state: EntryState): void => {
    const isEntry = facts !== null && state.id !== listFactsId(replica.list);
    const entry = isEntry ? entryOf(replica.list, state, facts.keepWins) : null;
    if (entry !== null) indexes.putEntry(entry);
  };
  const checksum = new Uint8Array(CHECKSUM_BYTES);
  for (const { state, bytes } of replica.feed.entries.read()) {
    toggleEntry(checksum, entryContribution(state, bytes));
    if (!replica.merged.has(state.id)) show(state);
  }
  for (const state of replica.merged.values()) show(state);
  return checksum;
}

/** Brings the matching index and the pages' rows up to a replica in which `changed` entries may look different. */
export function showChanges(indexes: ListIndexes, rows: ListRows, replica: StoredReplica, changed: ReadonlySet<EntryId>): void {
  // The list's own facts decide what its entries mean (kind, keepWins, whether it is there at all).
  if (!indexes.has(replica) || changed.has(listFactsId(replica.list))) return showWhole(indexes, rows, replica);
  indexes.renewFacts(replica);
  const list = viewList(replica);
  for (const id of changed) {
    const entry = viewEntry(replica, id, list);
    if (entry === null) {
      indexes.removeEntry(replica.list, id);
      rows.dropEntry(replica.list, id);
    } else {
      indexes.putEntry(entry);
      rows.putEntry(entry);
    }
  }
  putPosition(rows, replica);
}

/** As `showChanges`, for all entries: after a snapshot, or when the list's own facts changed. */
export function showWhole(indexes: ListIndexes, rows: ListRows, replica: StoredReplica): void {
  indexes.put(replica);
  rows.clearEntries(replica.list);
  for (const entry of viewEntries(replica)) {
    indexes.putEntry(entry);
    rows.putEntry(entry);
  }
  putPosition(rows, replica);
}

export function putPosition(rows: ListRows, replica: StoredReplica): void {
  const { list, generation, cursor } = replica;
  rows.put({ list, generation, cursor, checksum: replica.feed.checksum }, viewList(replica));
}
