import { sha256 } from "@noble/hashes/sha2.js";
import { entryBytes } from "./entry-bytes.ts";
import { conflictingEdit, type EntryState } from "./entry-state.ts";

/**
 * Checksum of a list's feed part: XOR of SHA-256 of each entry's canonical bytes, so one op changes it in the time of two hashes.
 * Always computed from what one holds, never adopted. Against damage and bugs, not against an author who forges entries (feeds and
 * snapshots are signed for that). Deleted entries are left out: central forgets them at a time of its own.
 */
export const CHECKSUM_BYTES = 32;

/** Swaps one entry's contribution; `null`: it did not exist. Call with its bytes before and after a change. */
export function toggleEntry(checksum: Uint8Array, contribution: Uint8Array | null): void {
  if (contribution === null) return;
  for (let at = 0; at < CHECKSUM_BYTES; at++) checksum[at]! ^= contribution[at]!;
}

/** What an entry adds to the checksum; null for a deleted one without a standing conflict. `bytes`: its canonical bytes, if at hand. */
export function entryContribution(state: EntryState | undefined, bytes?: Uint8Array): Uint8Array | null {
  if (state === undefined) return null;
  if (state.causalLength % 2 === 0 && conflictingEdit(state) === null) return null;
  return sha256(bytes ?? entryBytes(state));
}

/** The checksum of all entries from nothing: what a snapshot is checked with. */
export function checksumOf(entries: Iterable<EntryState>): Uint8Array {
  const checksum = new Uint8Array(CHECKSUM_BYTES);
  for (const entry of entries) toggleEntry(checksum, entryContribution(entry));
  return checksum;
}
