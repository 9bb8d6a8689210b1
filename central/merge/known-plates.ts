/**
 * Plates and (plate, month) pairs that this process knows to be in the dictionary: an insert per detection would cut ingest to a third,
 * although nearly every plate is known. Only told after COMMIT; forgetting costs a useless insert, nothing else.
 */
export interface PlateMonth {
  readonly plate: string;
  readonly folded: string;
  /** "YYYY-MM-01" */
  readonly month: string;
}

/** At about 100 bytes each; beyond, the older half goes. */
export const KNOWN_PLATES_MAX = 500_000;

export class KnownPlates {
  private newer = new Set<string>();
  private older = new Set<string>();
  private readonly most: number;

  constructor(most: number = KNOWN_PLATES_MAX) {
    this.most = most;
  }

  /** Those that may be missing, each once, in the order in which every transaction inserts them (so that none waits in a circle). */
  unknown(pairs: readonly PlateMonth[]): PlateMonth[] {
    const missing = new Map<string, PlateMonth>();
    for (const pair of pairs) {
      const key = keyOf(pair);
      if (!this.newer.has(key) && !this.older.has(key)) missing.set(key, pair);
    }
    return [...missing.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }

  committed(pairs: readonly PlateMonth[]): void {
    for (const pair of pairs) this.newer.add(keyOf(pair));
    if (this.newer.size <= this.most / 2) return;
    this.older = this.newer;
    this.newer = new Set();
  }
}

const keyOf = (pair: PlateMonth): string => `${pair.plate} ${pair.month}`;
