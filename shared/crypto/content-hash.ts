import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, type Sha256 } from "../model/ids.ts";

/** SHA-256 of bytes as 64 hex digits: the name of a picture, a snapshot, a config. */
export function contentHash(bytes: Uint8Array): Sha256 {
  return bytesToHex(sha256(bytes)) as Sha256;
}
