import { entryOf } from "../../shared/crdt/list-state.ts";
import { replicaVersion, viewList, viewState } from "../../shared/crdt/overlay.ts";
import { PatternIndex } from "../../shared/match/pattern-index.ts";
import type { IndexedEntry, IndexedList, PlateIndex } from "../../shared/match/watchlist-index.ts";
import type { EntryId, ListId, Plate } from "../../shared/model/ids.ts";
import type { Entry } from "../../shared/model/watchlist.ts";
import type { StoredReplica } from "./stored-entries.ts";

interface Listed {
  readonly replica: StoredReplica;
  readonly patterns: PatternIndex;
  /** Null while the list itself is not (or no longer) there: none of its entries match then. */
  facts: IndexedList | null;
}

/**
 * The lists of the site, each with an index of its own: a new copy of a large list is built beside the old one and swapped in at once.
 * Only patterns are in memory; the few entries that a plate concerns are read as their list holds them.
 */
export class ListIndexes implements PlateIndex {
  readonly #of = new Map<ListId, Listed>();

  /** Shows a list under its patterns, or under none yet. */
  put(replica: StoredReplica, patterns = new PatternIndex()): void {
    this.#of.set(replica.list, { replica, patterns, facts: null });
    this.renewFacts(replica);
  }

  /** The list's facts and version are others now: they are copied into each finding. */
  renewFacts(replica: StoredReplica): void {
    const listed = this.#of.get(replica.list);
    const list = viewList(replica);
    if (listed !== undefined) listed.facts = list === null ? null : { list, version: replicaVersion(replica) };
  }

  has(replica: StoredReplica): boolean {
    return this.#of.get(replica.list)?.replica === replica;
  }

  removeList(list: ListId): void {
    this.#of.delete(list);
  }

  putEntry(entry: Entry): void {
    this.#of.get(entry.list)?.patterns.put(entry.id, entry.pattern);
  }

  removeEntry(list: ListId, entry: EntryId): void {
    this.#of.get(list)?.patterns.remove(entry);
  }

  forEachLookalike(plate: Plate, visit: (candidate: IndexedEntry) => void): void {
    for (const listed of this.#of.values()) listed.patterns.forEachLookalike(plate, (id) => show(listed, id, visit));
  }

  forEachWildcard(plate: Plate, visit: (candidate: IndexedEntry) => void): void {
    for (const listed of this.#of.values()) listed.patterns.forEachWildcard(plate, (id) => show(listed, id, visit));
  }
}

function show({ replica, facts }: Listed, id: EntryId, visit: (candidate: IndexedEntry) => void): void {
  const state = facts === null ? undefined : viewState(replica, id);
  const entry = state === undefined ? null : entryOf(replica.list, state, facts!.list.keepWins);
  if (entry !== null) visit({ entry, list: facts! });
}
