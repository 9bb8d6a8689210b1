import { createHash } from "node:crypto";
import type { Sha256 } from "../../shared/model/ids.ts";
import { parseSha256 } from "../../shared/model/ids.ts";

/**
 * The port through which central keeps pictures. An object's name is its content: bytes that do not hash to their name are never
 * stored and never given out, whatever the medium. Two implementations, one conformance suite: `folder-store.ts`, `s3-store.ts`.
 */

/** Far above a full scene (50-80 KB); small enough that one object is held whole in memory and verified before a byte goes out. */
export const IMAGE_BYTES_MAX = 16 * 1024 * 1024;

declare const brand: unique symbol;
/** `images/YYYY/MM/DD/<sha256>.jpg`: the UTC date of the first PUT, kept by the caller beside the digest. */
export type ImageKey = string & { readonly [brand]: "ImageKey" };

export type PutOutcome =
  | { readonly kind: "stored"; readonly sizeBytes: number }
  /** The bytes do not hash to the key's digest, or are longer than IMAGE_BYTES_MAX: nothing was stored. */
  | { readonly kind: "mismatch" }
  | { readonly kind: "too-long"; readonly maxBytes: number }
  | Unavailable;

export type GetOutcome =
  | { readonly kind: "found"; readonly bytes: Uint8Array }
  | { readonly kind: "missing" }
  /** Something is stored under this key that is not the picture: shown as "hash mismatch", never served. */
  | { readonly kind: "tampered"; readonly sizeBytes: number }
  | Unavailable;

export type HeadOutcome = { readonly kind: "found"; readonly sizeBytes: number } | { readonly kind: "missing" } | Unavailable;

export type RemoveOutcome = { readonly kind: "removed" } | Unavailable;

/** The medium refused or could not be reached; `reason` is one line for a person and holds no secret. */
export interface Unavailable {
  readonly kind: "unavailable";
  readonly reason: string;
}

export interface ImageStore {
  /** One line for the start-up log and health page: which medium, where. No secret. */
  readonly description: string;
  /** Makes the folder or bucket if it is not there; to be called once before the store is used. */
  prepare(): Promise<{ readonly kind: "ready" } | Unavailable>;
  /** Durable when it answers `stored`. Putting the same picture again changes nothing and answers `stored`. */
  put(key: ImageKey, bytes: Uint8Array): Promise<PutOutcome>;
  /** The whole picture, its hash verified on this read. */
  get(key: ImageKey): Promise<GetOutcome>;
  /** Whether an object is there, without reading it (its content is not verified). */
  head(key: ImageKey): Promise<HeadOutcome>;
  /** Removing what is not there is `removed` too: removal is repeated after a crash. */
  remove(key: ImageKey): Promise<RemoveOutcome>;
}

/** The key of a picture first put at `firstPutAtMs` (ms UTC); throws on a time outside the years 2000-9999 (a bug in the caller). */
export function imageKey(sha256: Sha256, firstPutAtMs: number): ImageKey {
  const day = new Date(firstPutAtMs).toISOString().slice(0, 10);
  if (!/^[2-9]\d{3}-/.test(day)) throw new Error(`not a date for an image key: ${day}`);
  return `images/${day.replaceAll("-", "/")}/${sha256}.jpg` as ImageKey;
}

/** Text (from a database row, say) to a key; undefined when it is not one, so that no other path is ever opened. */
export function parseImageKey(text: unknown): ImageKey | undefined {
  return typeof text === "string" && /^images\/\d{4}\/\d\d\/\d\d\/[0-9a-f]{64}\.jpg$/.test(text) ? (text as ImageKey) : undefined;
}

/** The digest that a key names. */
export function sha256OfKey(key: ImageKey): Sha256 {
  const sha256 = parseSha256(key.slice(-68, -4));
  if (sha256 === undefined) throw new Error("not an image key");
  return sha256;
}

/** Whether the bytes are the picture that the key names. */
export function isImageOfKey(key: ImageKey, bytes: Uint8Array): boolean {
  return createHash("sha256").update(bytes).digest("hex") === sha256OfKey(key);
}
