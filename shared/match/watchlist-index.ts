import type { ListVersion } from "../model/alert.ts";
import type { EntryId, ListId, Plate } from "../model/ids.ts";
import type { Entry, Watchlist } from "../model/watchlist.ts";
import { isWildcard, matchesPattern, parsePattern } from "../plate/plate-pattern.ts";
import { PlateTable } from "./plate-table.ts";
import { WildcardTable } from "./wildcard-table.ts";

/**
 * The entries of all lists of one site (or of central), ready to be asked "which of you does this plate concern". Each entry is held
 * once, by reference; the tables beside it are numbers. One lookup finds exact and confusable candidates alike: plates that differ
 * only in confusable characters share a folded key.
 */

/** More than these many differences and a read says little about the car. */
export const DIFFERENCES_MAX = 2;

/** A list as the index knows it; its version is copied into each finding. */
export interface IndexedList {
  readonly list: Watchlist;
  readonly version: ListVersion;
}

export interface IndexedEntry {
  readonly entry: Entry;
  readonly list: IndexedList;
}

/** An entry whose pattern is no pattern (an older program's, or damage) is kept out and named, never guessed at. */
export type PutOutcome = "indexed" | "unusable-pattern";

/** What a plate is asked of: one index, or several lists' side by side. */
export type PlateIndex = Pick<WatchlistIndex, "forEachLookalike" | "forEachWildcard">;

export class WatchlistIndex {
  readonly #slots: (Entry | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #slotOf = new Map<EntryId, number>();
  readonly #lists = new Map<ListId, IndexedList>();
  readonly #plates = new PlateTable();
  readonly #wildcards = new WildcardTable();

  /** Entries held, wildcards included. */
  get size(): number {
    return this.#slotOf.size;
  }

  /** Adds a list or renews its facts and version. Entries of a list that was not put never match. */
  putList(list: Watchlist, version: ListVersion): void {
    this.#lists.set(list.id, { list, version });
  }

  /** Takes a list and all its entries out. Cost: one walk over all entries. */
  removeList(id: ListId): void {
    for (const entry of this.#slots) if (entry?.list === id) this.removeEntry(entry.id);
    this.#lists.delete(id);
  }

  listOf(id: ListId): IndexedList | undefined {
    return this.#lists.get(id);
  }

  /** Adds an entry or replaces the one of the same id. */
  putEntry(entry: Entry): PutOutcome {
    const known = this.#slotOf.get(entry.id);
    // Most edits (a renewal, a note) leave the pattern alone: then only the reference changes.
    if (known !== undefined && this.#slots[known]!.pattern === entry.pattern) {
      this.#slots[known] = entry;
      return "indexed";
    }
    this.removeEntry(entry.id);
    if (!isCanonical(entry.pattern)) return "unusable-pattern";
    const slot = this.#free.pop() ?? this.#slots.length;
    this.#slots[slot] = entry;
    this.#slotOf.set(entry.id, slot);
    if (isWildcard(entry.pattern)) this.#wildcards.add(slot, entry.pattern);
    else this.#plates.add(slot, entry.pattern);
    return "indexed";
  }

  /** Takes one entry out; false when it was not in. */
  removeEntry(id: EntryId): boolean {
    const slot = this.#slotOf.get(id);
    if (slot === undefined) return false;
    const { pattern } = this.#slots[slot]!;
    if (isWildcard(pattern)) this.#wildcards.remove(slot);
    else this.#plates.remove(slot);
    this.#slots[slot] = undefined;
    this.#slotOf.delete(id);
    this.#free.push(slot);
    return true;
  }

  /** Every entry whose pattern is the plate, or could be taken for it: same length, equal but for confusable characters. */
  forEachLookalike(plate: Plate, visit: (candidate: IndexedEntry) => void): void {
    this.#plates.forEach(plate, (slot) => this.#visit(slot, visit));
  }

  /** Every entry whose wildcard pattern the plate fits. */
  forEachWildcard(plate: Plate, visit: (candidate: IndexedEntry) => void): void {
    this.#wildcards.forEachCandidate(plate, (slot) => {
      if (matchesPattern(this.#slots[slot]!.pattern, plate)) this.#visit(slot, visit);
    });
  }

  #visit(slot: number, visit: (candidate: IndexedEntry) => void): void {
    const entry = this.#slots[slot]!;
    const list = this.#lists.get(entry.list);
    if (list !== undefined) visit({ entry, list });
  }
}

/** A whole new index: what a snapshot is swapped in with. */
export function buildWatchlistIndex(lists: Iterable<IndexedList>, entries: Iterable<Entry>): WatchlistIndex {
  const index = new WatchlistIndex();
  for (const { list, version } of lists) index.putList(list, version);
  for (const entry of entries) index.putEntry(entry);
  return index;
}

/** Whether a text is a pattern in the one form that is indexed. */
export function isCanonical(pattern: string): boolean {
  const parsed = parsePattern(pattern);
  return parsed.kind !== "refused" && parsed.text === pattern;
}
