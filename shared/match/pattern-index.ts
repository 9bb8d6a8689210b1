import type { EntryId, Plate } from "../model/ids.ts";
import { isWildcard, matchesPattern } from "../plate/plate-pattern.ts";
import { IdTable } from "./id-table.ts";
import { PlateTable } from "./plate-table.ts";
import { isCanonical, type PutOutcome } from "./watchlist-index.ts";
import { WildcardTable } from "./wildcard-table.ts";

/**
 * The patterns of one list, by the id of their entry: 36 bytes a plate, nothing of the entries themselves. For a keeper that has them on
 * disk and reads the few that a plate concerns: 100,000 entries in memory would be half of what a Pi's program may take.
 */
export class PatternIndex {
  readonly #ids = new IdTable();
  readonly #plates = new PlateTable();
  readonly #wildcards = new WildcardTable();
  /** Of wildcards only: a plate's own characters are compared with its entry, which has to be read anyway. */
  readonly #patterns = new Map<number, string>();

  /** Ids held. */
  get size(): number {
    return this.#ids.size;
  }

  /** Adds an entry's pattern, or replaces the one that stands under this id. */
  put(id: EntryId, pattern: string): PutOutcome {
    this.remove(id);
    if (!isCanonical(pattern)) return "unusable-pattern";
    const slot = this.#ids.add(id);
    if (isWildcard(pattern)) {
      this.#patterns.set(slot, pattern);
      this.#wildcards.add(slot, pattern);
    } else {
      this.#plates.add(slot, pattern);
    }
    return "indexed";
  }

  /** False when it was not in. */
  remove(id: EntryId): boolean {
    const slot = this.#ids.slotOf(id);
    if (slot === undefined) return false;
    if (this.#patterns.delete(slot)) this.#wildcards.remove(slot);
    else this.#plates.remove(slot);
    this.#ids.remove(slot);
    return true;
  }

  /** Ids of entries whose plate could be taken for this one; a few others may be among them: compare the characters. */
  forEachLookalike(plate: Plate, visit: (id: EntryId) => void): void {
    this.#plates.forEach(plate, (slot) => visit(this.#ids.idAt(slot)));
  }

  /** Ids of entries whose wildcard pattern the plate fits. */
  forEachWildcard(plate: Plate, visit: (id: EntryId) => void): void {
    this.#wildcards.forEachCandidate(plate, (slot) => {
      if (matchesPattern(this.#patterns.get(slot)!, plate)) visit(this.#ids.idAt(slot));
    });
  }
}
