/**
 * How a log grows and how a piece of it is checked: pure decisions, used by the edge's writer, by central's own log, by central's
 * merge and by the simulator.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { hexId, type LogId, type Rid } from "../model/ids.ts";
import {
  chainRecord,
  encodeTail,
  joinBytes,
  type LogRecord,
  payloadBytesMax,
  RECORD_KINDS,
  type RecordKind,
  sealPayload,
  type Tail,
} from "./record.ts";

/** Where a log stands: the number of its records and the hash of the last one. */
export interface LogHead {
  readonly next: number;
  readonly head: Uint8Array;
}

export const ZERO_HASH: Uint8Array = new Uint8Array(32);
export const EMPTY_LOG: LogHead = { next: 0, head: ZERO_HASH };

/** The moment of a record as the machine knows it. */
export type Moment = Pick<Tail, "boot" | "monoMs" | "wallMs" | "clockQuality">;

export interface RecordDraft {
  readonly kind: RecordKind;
  readonly version: number;
  readonly rid: Rid;
  readonly moment: Moment;
  /** 16 random bytes. */
  readonly salt: Uint8Array;
  /** The fields' bytes, encoded by the kind's codec. */
  readonly fields: Uint8Array;
}

/** The next record of a log. Throws for a payload larger than its kind may be. The genesis record goes through `beginLog`. */
export function appendRecord(logId: LogId, at: LogHead, draft: RecordDraft): { record: LogRecord; head: LogHead } {
  const record = chainDraft(logId, at, draft);
  return { record, head: { next: at.next + 1, head: record.hash } };
}

/** Makes the genesis record: its own header names the log. */
export function beginLog(draft: RecordDraft): { logId: LogId; record: LogRecord; head: LogHead } {
  if (draft.kind !== "genesis") throw new Error("a log begins with its genesis record");
  const header = chainDraft(PLACEHOLDER, EMPTY_LOG, draft).header;
  const logId = logIdOfGenesis(header);
  const record = chainDraft(logId, EMPTY_LOG, draft);
  return { logId, record, head: { next: 1, head: record.hash } };
}

const PLACEHOLDER = "0".repeat(32) as LogId;
const GENESIS_DOMAIN = new TextEncoder().encode("alpr-genesis-1");

/** The log's id: the first 16 bytes of SHA-256("alpr-genesis-1" || header of record 0). */
export function logIdOfGenesis(header: Uint8Array): LogId {
  return hexId<LogId>(sha256(joinBytes(GENESIS_DOMAIN, header)).slice(0, 16));
}

function chainDraft(logId: LogId, at: LogHead, draft: RecordDraft): LogRecord {
  const payload = sealPayload(draft.salt, draft.fields);
  const bytesMax = payloadBytesMax(draft.kind);
  if (payload.length > bytesMax) throw new Error(`a ${draft.kind} record of ${payload.length} bytes, more than ${bytesMax}`);
  const tailBytes = encodeTail({ seq: at.next, kind: RECORD_KINDS[draft.kind], version: draft.version, rid: draft.rid, ...draft.moment });
  const record = chainRecord(logId, at.head, tailBytes, payload);
  if (record === undefined) throw new Error("a record of our own must chain");
  return record;
}

/** What travels of one record: the wire's first form, or its second when the payload is erased or unreadable. */
export interface WireItem {
  readonly tail: Uint8Array;
  readonly payload: Uint8Array | null;
  /** Only when the payload is null. */
  readonly digest?: Uint8Array;
}

export type ChainedItems =
  | { readonly kind: "ok"; readonly records: readonly LogRecord[]; readonly head: LogHead }
  | { readonly kind: "malformed"; readonly at: number; readonly why: string };

/** Chains received items onto `from`: seqs must be contiguous; digests, headers and hashes are recomputed, never believed. */
export function chainItems(logId: LogId, from: LogHead, items: readonly WireItem[]): ChainedItems {
  const records: LogRecord[] = [];
  let { next, head } = from;
  for (const [index, item] of items.entries()) {
    const record = chainRecord(logId, head, item.tail, item.payload, item.digest);
    if (record === undefined) return { kind: "malformed", at: index, why: "tail or digest" };
    if (record.tail.seq !== next) return { kind: "malformed", at: index, why: `seq ${record.tail.seq} where ${next} was due` };
    records.push(record);
    next += 1;
    head = record.hash;
  }
  return { kind: "ok", records, head: { next, head } };
}
