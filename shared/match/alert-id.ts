import { sha256 } from "@noble/hashes/sha2.js";
import { type AlertId, bytesToUuid, type EntryId, type Rid, uuidToBytes } from "../model/ids.ts";

const DOMAIN = new TextEncoder().encode("alpr-alert-1");

/**
 * The alert of a pass and an entry, whoever raises it: SHA-256("alpr-alert-1" || pass, 16 raw bytes || entry, 16 raw bytes)[0..16] as
 * UUIDv8. Edge and central name the same alert alike, so the second one only adds its finding.
 */
export function alertId(pass: Rid, entry: EntryId): AlertId {
  const hash = sha256.create().update(DOMAIN).update(uuidToBytes(pass)).update(uuidToBytes(entry)).digest();
  const bytes = hash.slice(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytesToUuid<AlertId>(bytes);
}
