/**
 * A list's feed part as bytes that are fetched and carried whole, named by their SHA-256:
 *
 *   snapshot = msgpack [body (bin), signature (64)]
 *   body     = msgpack ["alpr-snapshot-1", list (16), generation (16), at, running hash (32), [canonical bytes of each entry, by id]]
 *
 * `at` is the feed position that it stands at: ops 0 .. at-1 are in it. Central signs the body, so that a snapshot proves itself on a
 * stick as well as on a connection. The checksum is not in it: it is computed from what one holds, never adopted.
 */

import { FieldReader } from "../log/payloads/fields.ts";
import { decodePositional, encodePositional } from "../log/positional.ts";
import { bytesToUuid, hexId, hexToBytes, type Incarnation, type ListId, uuidToBytes } from "../model/ids.ts";
import { ENTRY_BYTES_MAX } from "./entry-bytes.ts";
import { type ListState, parseSnapshotRows, snapshotRows } from "./list-state.ts";

export const SNAPSHOT_DOMAIN = "alpr-snapshot-1";
/** A list of 100,000 entries is about 30 MB; beyond this nothing is decoded. */
export const SNAPSHOT_BYTES_MAX = 64 * 1024 * 1024;
export const SNAPSHOT_ENTRIES_MAX = 250_000;

export interface ListSnapshot {
  readonly list: ListId;
  readonly generation: Incarnation;
  /** Feed position: the next op wanted is at this position. */
  readonly at: number;
  /** Running hash of the feed up to `at`. */
  readonly runningHash: Uint8Array;
  readonly state: ListState;
}

export interface DecodedSnapshot extends ListSnapshot {
  /** What the signature is over. */
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
}

export function encodeSnapshot(snapshot: ListSnapshot, sign: (body: Uint8Array) => Uint8Array): Uint8Array {
  const body = encodePositional([
    SNAPSHOT_DOMAIN,
    uuidToBytes(snapshot.list),
    hexToBytes(snapshot.generation),
    snapshot.at,
    snapshot.runningHash,
    snapshotRows(snapshot.state),
  ]);
  return encodePositional([body, sign(body)]);
}

/** Null for anything that is not exactly a snapshot; the signature is the caller's to check. */
export function decodeSnapshot(bytes: Uint8Array): DecodedSnapshot | null {
  if (bytes.length > SNAPSHOT_BYTES_MAX) return null;
  const outer = open(bytes);
  const body = outer.blob(SNAPSHOT_BYTES_MAX);
  const signature = outer.bytes(64);
  if (!outer.ok()) return null;
  const reader = open(body);
  reader.must(reader.text(32) === SNAPSHOT_DOMAIN ? true : undefined, true);
  const list = bytesToUuid<ListId>(reader.bytes(16));
  const generation = hexId<Incarnation>(reader.bytes(16));
  const at = reader.count();
  const runningHash = reader.bytes(32);
  const rows = reader.any();
  if (!reader.ok() || !Array.isArray(rows) || rows.length > SNAPSHOT_ENTRIES_MAX) return null;
  if (!rows.every((row): row is Uint8Array => row instanceof Uint8Array && row.length <= ENTRY_BYTES_MAX)) return null;
  const state = parseSnapshotRows(list, rows);
  return state === null ? null : { list, generation, at, runningHash, state, body, signature };
}

function open(bytes: Uint8Array): FieldReader {
  const decoded = decodePositional(bytes);
  return new FieldReader(decoded.kind === "ok" ? decoded.value : undefined);
}
