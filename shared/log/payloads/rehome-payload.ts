/**
 * Fields of `rehome` version 1: a record of a log that cannot go on, carried whole into the one that continues it. The new log's
 * checkpoints vouch for it; its rid stays its name everywhere.
 *
 *   0 logId where it was first signed (16)  1 prevHash there (32)  2 tail  3 payload or nil  4 payload digest (32), only when 3 is nil
 *   5 later hops [[logId (16), seq]], oldest first, newest 8: records of kind rehome that carried it before
 *
 * A rehome of a rehome holds the innermost record once; what carried it is a hop.
 */
import { hexId, hexToBytes, type LogId } from "../../model/ids.ts";
import { decodePositional, encodePositional } from "../positional.ts";
import { chainRecord, DIGEST_BYTES, LARGE_PAYLOAD_BYTES_MAX, type LogRecord, RECORD_KINDS, SALT_BYTES, TAIL_BYTES_MAX } from "../record.ts";
import { FieldReader } from "./fields.ts";

export const REHOME_VERSION = 1;
export const REHOME_HOPS_MAX = 8;

export interface RehomeHop {
  readonly logId: LogId;
  readonly seq: number;
}

export interface Rehomed {
  /** The log whose hash the record's own hash is made with. */
  readonly logId: LogId;
  readonly record: LogRecord;
  readonly hops: readonly RehomeHop[];
}

/** What `record` of `logId` becomes in the log that continues it: itself, or what it carried with one hop more. */
export function rehomedFrom(logId: LogId, record: LogRecord): Rehomed {
  const carried =
    record.tail.kind === RECORD_KINDS.rehome && record.payload !== null ? decodeRehome(record.payload.subarray(SALT_BYTES)) : undefined;
  if (carried === undefined) return { logId, record, hops: [] };
  return { ...carried, hops: [...carried.hops, { logId, seq: record.tail.seq }].slice(-REHOME_HOPS_MAX) };
}

export function encodeRehome({ logId, record, hops }: Rehomed): Uint8Array {
  const { header, tailBytes, payload, payloadDigest } = record;
  return encodePositional([
    hexToBytes(logId),
    header.slice(0, DIGEST_BYTES),
    tailBytes,
    payload,
    payload === null ? payloadDigest : null,
    hops.map((hop) => [hexToBytes(hop.logId), hop.seq]),
  ]);
}

/** Undefined when the bytes hold no record. Its hash is computed here, never believed. */
export function decodeRehome(fields: Uint8Array): Rehomed | undefined {
  const decoded = decodePositional(fields);
  const reader = new FieldReader(decoded.kind === "ok" ? decoded.value : undefined);
  const logId = hexId<LogId>(reader.bytes(16));
  const prevHash = reader.bytes(DIGEST_BYTES);
  const tail = reader.blob(TAIL_BYTES_MAX);
  const payload = reader.blobOrNull(LARGE_PAYLOAD_BYTES_MAX);
  const digest = reader.bytesOrNull(DIGEST_BYTES);
  const hops = reader.list(REHOME_HOPS_MAX, (one) => ({ logId: hexId<LogId>(one.bytes(16)), seq: one.count() }));
  const record = reader.ok() ? chainRecord(logId, prevHash, tail, payload, digest ?? undefined) : undefined;
  return record === undefined || record.tail.kind === RECORD_KINDS.rehome ? undefined : { logId, record, hops };
}
