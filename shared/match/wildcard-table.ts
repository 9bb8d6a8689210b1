/**
 * Wildcard patterns by something a plate must have to fit them: how it begins, how it ends, two neighbours in it, or one character.
 * Each pattern stands in one bucket, the emptiest it could stand in, so that a plate looks at a few dozen patterns and not at all.
 */
export class WildcardTable {
  readonly #buckets = new Map<string, Set<number>>();
  readonly #keyOf = new Map<number, string>();

  add(slot: number, pattern: string): void {
    const key = this.#emptiest(anchorsOfPattern(pattern));
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) this.#buckets.set(key, new Set([slot]));
    else bucket.add(slot);
    this.#keyOf.set(slot, key);
  }

  /** The slot must be in; anything else is a bug and throws. */
  remove(slot: number): void {
    const key = this.#keyOf.get(slot);
    const bucket = key === undefined ? undefined : this.#buckets.get(key);
    if (key === undefined || bucket === undefined) throw new Error("this slot is not in the wildcard table");
    bucket.delete(slot);
    if (bucket.size === 0) this.#buckets.delete(key);
    this.#keyOf.delete(slot);
  }

  /** Visits each slot whose pattern the plate might fit, once. */
  forEachCandidate(plate: string, visit: (slot: number) => void): void {
    if (this.#keyOf.size === 0) return;
    for (const anchor of new Set(anchorsOfPlate(plate))) {
      const bucket = this.#buckets.get(anchor);
      if (bucket !== undefined) for (const slot of bucket) visit(slot);
    }
  }

  #emptiest(anchors: readonly string[]): string {
    let best = anchors[0]!;
    for (const anchor of anchors) if (this.#sizeOf(anchor) < this.#sizeOf(best)) best = anchor;
    return best;
  }

  #sizeOf(anchor: string): number {
    return this.#buckets.get(anchor)?.size ?? 0;
  }
}

/** Anchors that every plate fitting the pattern has, the most telling first: "^AB" "AB$" "AB", then "^A" "A$", then "A". */
function anchorsOfPattern(pattern: string): string[] {
  const fixedRuns = [...pattern.matchAll(/[A-Z0-9]+/g)].map((found) => ({
    text: found[0],
    first: found.index === 0,
    last: found.index + found[0].length === pattern.length,
  }));
  const two: string[] = [];
  const one: string[] = [];
  for (const { text, first, last } of fixedRuns) {
    if (text.length >= 2) {
      if (first) two.push(`^${text.slice(0, 2)}`);
      if (last) two.push(`${text.slice(-2)}$`);
      for (let at = 0; at + 2 <= text.length; at++) two.push(text.slice(at, at + 2));
    }
    if (first) one.unshift(`^${text[0]}`);
    if (last) one.unshift(`${text.at(-1)}$`);
    one.push(...text);
  }
  // A single character is no match for two, however empty its bucket is today.
  return two.length > 0 ? two : one;
}

function anchorsOfPlate(plate: string): string[] {
  const anchors = [`^${plate.slice(0, 2)}`, `${plate.slice(-2)}$`, `^${plate[0]}`, `${plate.at(-1)}$`, ...plate];
  for (let at = 0; at + 2 <= plate.length; at++) anchors.push(plate.slice(at, at + 2));
  return anchors;
}
