import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToUuid, type CollectorId, type ListId, uuidToBytes } from "./ids.ts";

/**
 * The id of the list that a collector's own site keeps: a UUIDv8 of SHA-256("alpr-site-list-1" || collector id)[0..16]. Derived, so that
 * an edge that has never reached central and central itself name the same list alike.
 */
export function siteListId(collector: CollectorId): ListId {
  const digest = sha256(new Uint8Array([...new TextEncoder().encode("alpr-site-list-1"), ...uuidToBytes(collector)])).slice(0, 16);
  digest[6] = (digest[6]! & 0x0f) | 0x80;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  return bytesToUuid<ListId>(digest);
}
