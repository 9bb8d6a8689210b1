import { wideFoldCode } from "../plate/confusable-glyphs.ts";

/**
 * Plate -> slots, by the hash of the folded plate, in flat number arrays: 12 bytes a plate where a Map of folded texts takes about
 * 100, and no text is made on a lookup. Chains may hold other plates of the same hash: the caller compares characters anyway.
 */
const NONE = -1;
const SMALLEST = 1024;

export class PlateTable {
  /** Power of two; heads of the chains. */
  #heads = new Int32Array(SMALLEST).fill(NONE);
  /** By slot: the next slot of the chain, and the hash it stands under. */
  #next = new Int32Array(SMALLEST);
  #hashes = new Uint32Array(SMALLEST);
  #count = 0;

  add(slot: number, plate: string): void {
    if (slot >= this.#next.length) this.#growSlots(slot);
    if (this.#count >= this.#heads.length) this.#growHeads();
    const hash = foldedHash(plate);
    this.#hashes[slot] = hash;
    this.#link(slot, hash);
    this.#count++;
  }

  /** The slot must be in; anything else is a bug and throws. */
  remove(slot: number): void {
    const bucket = this.#hashes[slot]! & (this.#heads.length - 1);
    let before = NONE;
    let at = this.#heads[bucket]!;
    while (at !== slot) {
      if (at === NONE) throw new Error("this slot is not in the plate table");
      before = at;
      at = this.#next[at]!;
    }
    if (before === NONE) this.#heads[bucket] = this.#next[slot]!;
    else this.#next[before] = this.#next[slot]!;
    this.#count--;
  }

  /** Visits the slots whose plates have the same folded hash. */
  forEach(plate: string, visit: (slot: number) => void): void {
    const hash = foldedHash(plate);
    for (let slot = this.#heads[hash & (this.#heads.length - 1)]!; slot !== NONE; slot = this.#next[slot]!) {
      if (this.#hashes[slot] === hash) visit(slot);
    }
  }

  #link(slot: number, hash: number): void {
    const bucket = hash & (this.#heads.length - 1);
    this.#next[slot] = this.#heads[bucket]!;
    this.#heads[bucket] = slot;
  }

  #growSlots(slot: number): void {
    const size = Math.max(slot + 1, this.#next.length * 2);
    const next = new Int32Array(size);
    next.set(this.#next);
    const hashes = new Uint32Array(size);
    hashes.set(this.#hashes);
    this.#next = next;
    this.#hashes = hashes;
  }

  #growHeads(): void {
    const chained: number[] = [];
    for (const head of this.#heads) for (let slot = head; slot !== NONE; slot = this.#next[slot]!) chained.push(slot);
    this.#heads = new Int32Array(this.#heads.length * 2).fill(NONE);
    for (const slot of chained) this.#link(slot, this.#hashes[slot]!);
  }
}

/** FNV-1a over the folded characters, then mixed, so that the low bits depend on all of them. */
function foldedHash(plate: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < plate.length; at++) hash = Math.imul(hash ^ wideFoldCode(plate.charCodeAt(at)), 0x01000193);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
