const KEPT_CAPACITY_BYTES = 1 << 20;
const FIRST_CAPACITY_BYTES = 1 << 16;

/**
 * Bytes that arrive at one end and are taken from the other. Doubles when full and moves the rest down only then, so that a body that
 * comes byte by byte still costs linear time. Positions are relative to the first byte not yet taken.
 */
export class GrowingBytes {
  private store = Buffer.allocUnsafe(FIRST_CAPACITY_BYTES);
  private from = 0;
  private to = 0;

  get length(): number {
    return this.to - this.from;
  }

  append(chunk: Uint8Array): void {
    if (this.to + chunk.length > this.store.length) this.makeRoom(chunk.length);
    this.store.set(chunk, this.to);
    this.to += chunk.length;
  }

  private makeRoom(extra: number): void {
    const needed = this.length + extra;
    let capacity = this.store.length;
    while (capacity < needed * 2) capacity *= 2;
    const next = capacity === this.store.length ? this.store : Buffer.allocUnsafe(capacity);
    this.store.copy(next, 0, this.from, this.to);
    this.store = next;
    this.to -= this.from;
    this.from = 0;
  }

  /** Forgets the first `count` bytes. One big picture does not hold its memory for the life of the stream. */
  drop(count: number): void {
    this.from += count;
    if (this.from < this.to) return;
    this.from = 0;
    this.to = 0;
    if (this.store.length > KEPT_CAPACITY_BYTES) this.store = Buffer.allocUnsafe(FIRST_CAPACITY_BYTES);
  }

  /** The byte at `position`, or -1 beyond the end. */
  at(position: number): number {
    const index = this.from + position;
    return index < this.to ? this.store[index]! : -1;
  }

  /** Where `needle` begins at or after `position`, or -1. */
  indexOf(needle: Uint8Array | number, position: number): number {
    const found = this.store.subarray(this.from, this.to).indexOf(needle, position);
    return found;
  }

  /** A copy: it outlives what is appended or dropped later. */
  copy(begin: number, end: number): Uint8Array {
    return Uint8Array.from(this.store.subarray(this.from + begin, Math.min(this.from + end, this.to)));
  }

  text(begin: number, end: number): string {
    return this.store.toString("latin1", this.from + begin, Math.min(this.from + end, this.to));
  }
}
