/**
 * The envelope of a bundle: who opens the file holds central's private key, and whatever was cut off, swapped, repeated or appended on the
 * way is noticed at the chunk where it happens.
 *
 *   file  = "ALPRBND1" (8) || crypto_box_seal(content key (32), central's X25519 key) (80) || chunk...
 *   chunk = uint32 (big endian; length of the ciphertext, the top bit set on the last chunk)
 *        || crypto_aead_xchacha20poly1305_ietf(part, content key, nonce = 16 zero bytes || uint64 index, additional data = uint64 index || last)
 *
 * The content key is random for each file, so that a counter is a nonce that is never used twice.
 */
import { loadedSodium } from "../crypto/load-sodium.ts";
import { joinBytes } from "../log/record.ts";
import { PART_BYTES_MAX } from "./bundle-limits.ts";

export const MAGIC: Uint8Array = new TextEncoder().encode("ALPRBND1");
/** The same envelope on its way down, sealed to the X25519 key that belongs to a site's device key. */
export const DOWN_MAGIC: Uint8Array = new TextEncoder().encode("ALPRDWN1");
/** crypto_box_seal of 32 bytes: an ephemeral public key (32), a tag (16), the key. */
const SEALED_KEY_BYTES = 80;
export const HEAD_BYTES = MAGIC.length + SEALED_KEY_BYTES;
export const CONTENT_KEY_BYTES = 32;
const TAG_BYTES = 16;
export const LENGTH_BYTES = 4;
const LAST_BIT = 0x80000000;
/** Ciphertext of the largest part. */
export const CHUNK_BYTES_MAX: number = PART_BYTES_MAX + TAG_BYTES;

/** X25519 keys of whom a bundle is for. */
export interface BoxKeys {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** The first bytes of a file for `boxKey`. `contentKey`: 32 fresh random bytes. `magic`: 8 bytes, which form of file this is. */
export function sealHead(boxKey: Uint8Array, contentKey: Uint8Array, magic: Uint8Array = MAGIC): Uint8Array {
  return joinBytes(magic, loadedSodium().crypto_box_seal(contentKey, boxKey));
}

/** The content key from the first HEAD_BYTES of a file; undefined when it is sealed to another key or damaged. */
export function openHead(head: Uint8Array, keys: BoxKeys): Uint8Array | undefined {
  try {
    const key = loadedSodium().crypto_box_seal_open(head.subarray(MAGIC.length, HEAD_BYTES), keys.publicKey, keys.privateKey);
    return key.length === CONTENT_KEY_BYTES ? key : undefined;
  } catch {
    return undefined;
  }
}

/** One part as a chunk, its length in front. Throws for a part that no reader would take: a bug of the writer. */
export function sealChunk(contentKey: Uint8Array, index: number, part: Uint8Array, isLast: boolean): Uint8Array {
  if (part.length > PART_BYTES_MAX) throw new Error(`a part of ${part.length} bytes`);
  const sealed = loadedSodium().crypto_aead_xchacha20poly1305_ietf_encrypt(part, placeOf(index, isLast), null, nonceOf(index), contentKey);
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, (sealed.length | (isLast ? LAST_BIT : 0)) >>> 0);
  return joinBytes(length, sealed);
}

/** Length of the ciphertext that follows, and whether it is the last; undefined when it is none that a writer makes. */
export function readLength(word: number): { readonly bytes: number; readonly isLast: boolean } | undefined {
  const bytes = word & 0x7fffffff;
  return bytes <= TAG_BYTES || bytes > CHUNK_BYTES_MAX ? undefined : { bytes, isLast: (word & LAST_BIT) !== 0 };
}

/** The part of a chunk; undefined when a bit of it, its place or its being last is not what was sealed. */
export function openChunk(contentKey: Uint8Array, index: number, sealed: Uint8Array, isLast: boolean): Uint8Array | undefined {
  try {
    return loadedSodium().crypto_aead_xchacha20poly1305_ietf_decrypt(null, sealed, placeOf(index, isLast), nonceOf(index), contentKey);
  } catch {
    return undefined;
  }
}

function nonceOf(index: number): Uint8Array {
  const nonce = new Uint8Array(24);
  new DataView(nonce.buffer).setBigUint64(16, BigInt(index));
  return nonce;
}

function placeOf(index: number, isLast: boolean): Uint8Array {
  const place = new Uint8Array(9);
  new DataView(place.buffer).setBigUint64(0, BigInt(index));
  place[8] = isLast ? 1 : 0;
  return place;
}
