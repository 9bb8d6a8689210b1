/**
 * Reads a bundle as its bytes come: no more than one chunk is held, nothing that the file says of its size is believed before it lies within
 * the limits, and after a refusal nothing more is read. What came before a cut is good: each part was proved by its own chunk.
 */
import { joinBytes, sameBytes } from "../log/record.ts";
import type { LogId } from "../model/ids.ts";
import { BUNDLE_BYTES_MAX, IMAGES_PER_BUNDLE_MAX } from "./bundle-limits.ts";
import { type BundleManifest, type BundlePart, decodeManifest, decodePart } from "./bundle-parts.ts";
import { type BoxKeys, HEAD_BYTES, LENGTH_BYTES, MAGIC, openChunk, openHead, readLength } from "./bundle-seal.ts";

export type BundleRefusal =
  /** Does not begin as a bundle does. */
  | "not-a-bundle"
  /** Sealed to another central's key (or damaged in its first 88 bytes). */
  | "not-for-us"
  /** A chunk is not what was sealed at that place: bits flipped, chunks swapped, repeated or left out. */
  | "damaged"
  | "truncated"
  | "bytes-after-end"
  /** Opened, and not what a writer makes. */
  | "malformed"
  | "too-large";

export type BundleItem =
  | { readonly kind: "manifest"; readonly manifest: BundleManifest }
  | BundlePart
  | { readonly kind: "refused"; readonly why: BundleRefusal };

export interface BundleReader {
  /** The parts that these bytes complete, lazily; the last one may be a refusal. */
  readonly push: (bytes: Uint8Array) => Generator<BundleItem>;
  /** When no more bytes come: null when the file was whole, else why not. */
  readonly end: () => BundleRefusal | null;
}

export function bundleReader(keys: BoxKeys): BundleReader {
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
  const order = partOrder();

  const take = (count: number): Uint8Array => {
    const bytes = waiting.slice(0, count);
    waiting = waiting.subarray(count);
    heldBytes -= count;
    return bytes;
  };
  const refuse = (why: BundleRefusal): BundleItem => {
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
  const nextItem = (): BundleItem | null => {
    if (isWhole) return has(1) ? refuse("bytes-after-end") : null;
    if (key === null) {
      const seen = Math.min(waiting.length, MAGIC.length);
      if (!sameBytes(waiting.subarray(0, seen), MAGIC.subarray(0, seen))) return refuse("not-a-bundle");
      if (!has(HEAD_BYTES)) return null;
      key = openHead(take(HEAD_BYTES), keys) ?? null;
      if (key === null) return refuse("not-for-us");
    }
    if (!has(LENGTH_BYTES)) return null;
    const length = readLength(new DataView(waiting.buffer, waiting.byteOffset).getUint32(0));
    if (length === undefined) return refuse("damaged");
    if (!has(LENGTH_BYTES + length.bytes)) return null;
    take(LENGTH_BYTES);
    const part = openChunk(key, index++, take(length.bytes), length.isLast);
    if (part === undefined) return refuse("damaged");
    isWhole = length.isLast;
    return order(part, length.isLast) ?? refuse("malformed");
  };

  return {
    *push(bytes) {
      if (refused !== null) return;
      total += bytes.length;
      if (total > BUNDLE_BYTES_MAX) return yield refuse("too-large");
      behind.push(bytes.slice());
      heldBytes += bytes.length;
      if (heldBytes < neededBytes) return;
      waiting = joinBytes(waiting, ...behind) as Uint8Array<ArrayBuffer>;
      behind = [];
      for (let item = nextItem(); item !== null; item = nextItem()) {
        yield item;
        if (item.kind === "refused") return;
      }
    },
    end: () => refused ?? (isWhole ? null : total < HEAD_BYTES ? "not-a-bundle" : "truncated"),
  };
}

/** Manifest first, end last and only there, logs and pictures as the manifest names them: undefined for anything else. */
function partOrder(): (bytes: Uint8Array, isLast: boolean) => BundleItem | undefined {
  let logs: ReadonlySet<LogId> | null = null;
  let imagesLeft = 0;
  return (bytes, isLast) => {
    if (logs === null) {
      const manifest = isLast ? undefined : decodeManifest(bytes);
      if (manifest === undefined) return undefined;
      logs = new Set(manifest.logs.map((log) => log.logId));
      imagesLeft = Math.min(manifest.images, IMAGES_PER_BUNDLE_MAX);
      return { kind: "manifest", manifest };
    }
    const part = decodePart(bytes);
    if (part === undefined || (part.kind === "end") !== isLast) return undefined;
    if (part.kind === "append" && !logs.has(part.append.logId)) return undefined;
    if (part.kind === "image" && part.piece.offset === 0 && --imagesLeft < 0) return undefined;
    return part;
  };
}
