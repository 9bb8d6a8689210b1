import { type IndexedEntry, type PlateIndex, WatchlistIndex } from "../../shared/match/watchlist-index.ts";
import type { ListId, Plate } from "../../shared/model/ids.ts";

/** The lists of the site, each with an index of its own: a new copy of a large list is built beside the old one and swapped in at once. */
export class ListIndexes implements PlateIndex {
  readonly #of = new Map<ListId, WatchlistIndex>();

  of(list: ListId): WatchlistIndex {
    const known = this.#of.get(list);
    if (known !== undefined) return known;
    const made = new WatchlistIndex();
    this.#of.set(list, made);
    return made;
  }

  replace(list: ListId, index: WatchlistIndex): void {
    this.#of.set(list, index);
  }

  removeList(list: ListId): void {
    this.#of.delete(list);
  }

  forEachLookalike(plate: Plate, visit: (candidate: IndexedEntry) => void): void {
    for (const index of this.#of.values()) index.forEachLookalike(plate, visit);
  }

  forEachWildcard(plate: Plate, visit: (candidate: IndexedEntry) => void): void {
    for (const index of this.#of.values()) index.forEachWildcard(plate, visit);
  }
}
