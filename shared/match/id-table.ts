import { bytesToUuid, type EntryId, uuidToBytes } from "../model/ids.ts";

/** Entry id <-> slot, in flat arrays: 24 bytes an entry where a Map of texts takes about 100. A slot that was freed is given out again. */
const NONE = -1;
const SMALLEST = 64;
const ID_BYTES = 16;

export class IdTable {
  /** Power of two; heads of the chains. */
  #heads = new Int32Array(SMALLEST).fill(NONE);
  /** By slot: the next slot of the chain, and the id. */
  #next = new Int32Array(SMALLEST);
  #ids = new Uint8Array(SMALLEST * ID_BYTES);
  #slots = 0;
  readonly #free: number[] = [];

  /** Ids held. */
  get size(): number {
    return this.#slots - this.#free.length;
  }

  /** The slot of an id that is in; undefined when it is not. */
  slotOf(id: EntryId): number | undefined {
    const bytes = uuidToBytes(id);
    let slot = this.#heads[this.#bucket(bytes, 0)]!;
    while (slot !== NONE && !this.#isAt(slot, bytes)) slot = this.#next[slot]!;
    return slot === NONE ? undefined : slot;
  }

  /** The slot must be one that `add` gave out. */
  idAt(slot: number): EntryId {
    return bytesToUuid<EntryId>(this.#ids.subarray(slot * ID_BYTES, (slot + 1) * ID_BYTES));
  }

  /** The id must not be in. */
  add(id: EntryId): number {
    const slot = this.#free.pop() ?? this.#slots++;
    if (slot >= this.#next.length) this.#grow();
    this.#ids.set(uuidToBytes(id), slot * ID_BYTES);
    this.#link(slot);
    return slot;
  }

  /** Frees a slot that is given out. */
  remove(slot: number): void {
    const bucket = this.#bucket(this.#ids, slot * ID_BYTES);
    let before = NONE;
    for (let at = this.#heads[bucket]!; at !== slot; at = this.#next[at]!) {
      if (at === NONE) throw new Error("this slot is not in the id table");
      before = at;
    }
    if (before === NONE) this.#heads[bucket] = this.#next[slot]!;
    else this.#next[before] = this.#next[slot]!;
    this.#free.push(slot);
  }

  #isAt(slot: number, id: Uint8Array): boolean {
    for (let at = 0; at < ID_BYTES; at++) if (this.#ids[slot * ID_BYTES + at] !== id[at]) return false;
    return true;
  }

  #link(slot: number): void {
    const bucket = this.#bucket(this.#ids, slot * ID_BYTES);
    this.#next[slot] = this.#heads[bucket]!;
    this.#heads[bucket] = slot;
  }

  /** FNV-1a over the id's bytes, then mixed: ids of one minute share their first half. */
  #bucket(bytes: Uint8Array, from: number): number {
    let hash = 0x811c9dc5;
    for (let at = from; at < from + ID_BYTES; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    return ((hash ^ (hash >>> 15)) >>> 0) & (this.#heads.length - 1);
  }

  #grow(): void {
    const size = this.#next.length * 2;
    const ids = new Uint8Array(size * ID_BYTES);
    ids.set(this.#ids);
    const held = this.#next.length;
    this.#ids = ids;
    this.#next = new Int32Array(size);
    this.#heads = new Int32Array(size).fill(NONE);
    // Without a free slot all of the old ones are given out: only then is there growth.
    for (let slot = 0; slot < held; slot++) this.#link(slot);
  }
}
