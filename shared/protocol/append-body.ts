/** The bytes inside an APPEND: a msgpack array of items, zstd when that pays. zstd itself is handed in: shared code does no I/O. */
import type { WireItem } from "../log/chain.ts";
import { decodePositional, encodePositional } from "../log/positional.ts";
import { REHOME_BYTES_MAX, TAIL_BYTES_MAX } from "../log/record.ts";
import type { Append } from "./frames.ts";
import { APPEND_RECORDS_MAX, COMPRESS_FROM_RECORDS, DECLARED_BYTES_MAX } from "./limits.ts";

/** zstd (RFC 8878), level 3. */
export interface Zstd {
  readonly compress: (bytes: Uint8Array) => Uint8Array;
  /** Stops at `bytesMax`: undefined when the data is damaged or would be larger. */
  readonly decompress: (bytes: Uint8Array, bytesMax: number) => Uint8Array | undefined;
}

export type AppendBody = Pick<Append, "compression" | "declaredBytes" | "bytes">;

/** Compressed when there are enough records and it pays, so that the result is never larger than the plain form. */
export function packItems(items: readonly WireItem[], zstd: Zstd): AppendBody {
  const plain = encodePositional(
    items.map((item) => (item.payload === null ? [item.tail, null, item.digest ?? null] : [item.tail, item.payload])),
  );
  const compressed = items.length < COMPRESS_FROM_RECORDS ? plain : zstd.compress(plain);
  return compressed.length < plain.length
    ? { compression: "zstd", declaredBytes: plain.length, bytes: compressed }
    : { compression: "none", declaredBytes: plain.length, bytes: plain };
}

export type UnpackedItems =
  | { readonly kind: "ok"; readonly items: readonly WireItem[] }
  | { readonly kind: "malformed"; readonly why: string };

/** Items of an APPEND. The declared size is checked before anything is decompressed, and must be exact. */
export function unpackItems(body: AppendBody, count: number, zstd: Zstd): UnpackedItems {
  if (body.declaredBytes > DECLARED_BYTES_MAX) return { kind: "malformed", why: "declared size beyond the limit" };
  const plain = body.compression === "none" ? body.bytes : zstd.decompress(body.bytes, body.declaredBytes);
  if (plain === undefined || plain.length !== body.declaredBytes) return { kind: "malformed", why: "not of the declared size" };
  const decoded = decodePositional(plain);
  if (decoded.kind === "malformed") return decoded;
  if (!Array.isArray(decoded.value) || decoded.value.length !== count || count > APPEND_RECORDS_MAX)
    return { kind: "malformed", why: "not the number of records it says" };
  const items: WireItem[] = [];
  for (const value of decoded.value) {
    const item = readItem(value);
    if (item === undefined) return { kind: "malformed", why: "an item that is not [tail, payload] or [tail, nil, digest]" };
    items.push(item);
  }
  return { kind: "ok", items };
}

function readItem(value: unknown): WireItem | undefined {
  if (!Array.isArray(value)) return undefined;
  const [tail, payload, digest] = value;
  if (!(tail instanceof Uint8Array) || tail.length > TAIL_BYTES_MAX) return undefined;
  if (payload instanceof Uint8Array) return payload.length <= REHOME_BYTES_MAX ? { tail, payload } : undefined;
  if (payload === null && digest instanceof Uint8Array && digest.length === 32) return { tail, payload: null, digest };
  return undefined;
}
