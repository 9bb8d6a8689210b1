/**
 * Reads a sealed file (`bundle-seal.ts`) as its bytes come: no more than one chunk is held, nothing that the file says of its size is believed
 * before it lies within the limits, and after a refusal nothing more is read. What came before a cut is good: each part was proved by its own
 * chunk.
 */
import { joinBytes, sameBytes } from "../log/record.ts";
import { type BoxKeys, HEAD_BYTES, LENGTH_BYTES, openChunk, openHead, readLength } from "./bundle-seal.ts";

export type BundleRefusal =
  /** Does not begin as such a file does. */
  | "not-a-bundle"
  /** Sealed to another key (or damaged in its first 88 bytes). */
  | "not-for-us"
  /** A chunk is not what was sealed at that place: bits flipped, chunks swapped, repeated or left out. */
  | "damaged"
  | "truncated"
  | "bytes-after-end"
  /** Opened, and not what a writer makes. */
  | "malformed"
  | "too-large";

export type Refused = { readonly kind: "refused"; readonly why: BundleRefusal };

/** One form of sealed file. */
export interface SealedForm<Part> {
  /** The first 8 bytes. */
  readonly magic: Uint8Array;
  readonly bytesMax: number;
  /** What an opened part says in its place; undefined when no writer makes it there. */
  readonly decode: (part: Uint8Array, isLast: boolean, contentKey: Uint8Array) => Part | undefined;
}

export interface SealedReader<Part> {
  /** The parts that these bytes complete, lazily; the last one may be a refusal. */
  readonly push: (bytes: Uint8Array) => Generator<Part | Refused>;
  /** When no more bytes come: null when the file was whole, else why not. */
  readonly end: () => BundleRefusal | null;
}

export function sealedReader<Part>(form: SealedForm<Part>, keys: BoxKeys): SealedReader<Part> {
  let waiting = new Uint8Array(0);
  /** Came since `waiting` was last looked at: joined only when enough is there, else bytes that come one by one cost their square. */
  let behind: Uint8Array[] = [];
  let heldBytes = 0;
  let neededBytes = 1;
  let total = 0;
  let key: Uint8Array | null = null;
  let index = 0;
  let isWhole = false;
  let refused: BundleRefusal | null = null;

  const take = (count: number): Uint8Array => {
    const bytes = waiting.slice(0, count);
    waiting = waiting.subarray(count);
    heldBytes -= count;
    return bytes;
  };
  const refuse = (why: BundleRefusal): Refused => {
    refused = why;
    waiting = new Uint8Array(0);
    behind = [];
    return { kind: "refused", why };
  };
  const has = (count: number): boolean => {
    neededBytes = count;
    return waiting.length >= count;
  };

  /** One item, or null when more bytes are needed. */
  const nextItem = (): Part | Refused | null => {
    if (isWhole) return has(1) ? refuse("bytes-after-end") : null;
    if (key === null) {
      const seen = Math.min(waiting.length, form.magic.length);
      if (!sameBytes(waiting.subarray(0, seen), form.magic.subarray(0, seen))) return refuse("not-a-bundle");
      if (!has(HEAD_BYTES)) return null;
      key = openHead(take(HEAD_BYTES), keys) ?? null;
      if (key === null) return refuse("not-for-us");
    }
    if (!has(LENGTH_BYTES)) return null;
    const length = readLength(new DataView(waiting.buffer, waiting.byteOffset).getUint32(0));
    if (length === undefined) return refuse("damaged");
    if (!has(LENGTH_BYTES + length.bytes)) return null;
    take(LENGTH_BYTES);
    const opened = openChunk(key, index++, take(length.bytes), length.isLast);
    if (opened === undefined) return refuse("damaged");
    isWhole = length.isLast;
    return form.decode(opened, length.isLast, key) ?? refuse("malformed");
  };

  return {
    *push(bytes) {
      if (refused !== null) return;
      total += bytes.length;
      if (total > form.bytesMax) return yield refuse("too-large");
      behind.push(new Uint8Array(bytes));
      heldBytes += bytes.length;
      if (heldBytes < neededBytes) return;
      waiting = joinBytes(waiting, ...behind) as Uint8Array<ArrayBuffer>;
      behind = [];
      for (let item = nextItem(); item !== null; item = nextItem()) {
        yield item;
        if (refused !== null) return;
      }
    },
    end: () => refused ?? (isWhole ? null : total < HEAD_BYTES ? "not-a-bundle" : "truncated"),
  };
}
