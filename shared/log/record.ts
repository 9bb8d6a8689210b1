/**
 * One record of a log. The signed bytes are the stored bytes are the sent bytes; they are never encoded again.
 *
 *   payload = salt (16) || msgpack array by (kind, version)
 *   header  = prevHash (32) || SHA-256(payload) (32) || tail
 *   tail    = msgpack [seq, kind, version, rid, boot, monoMs, wallMs, clockQuality], at most 128 bytes; milliseconds are uint64
 *   hash    = SHA-256("alpr-record-1" || logId (16) || header)
 *
 * The two digests lead the header at fixed offsets, so that `head`, `xxd` and `sha256sum` are enough to check a chain. Erasing a
 * payload keeps the chain verifiable; the salt keeps a plate from being guessed from its digest.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { type BootId, bytesToHex, bytesToUuid, hexToBytes, type LogId, type Rid, uuidToBytes } from "../model/ids.ts";
import { decodePositional, encodePositional, ms } from "./positional.ts";

/** The wire's numbers of the kinds; new meaning = new kind, and a number is never used again. */
export const RECORD_KINDS = {
  genesis: 1,
  detection: 2,
  revision: 3,
  "clock-fix": 4,
  gap: 5,
  pruned: 6,
  "image-dropped": 7,
  close: 8,
  rehome: 9,
  alert: 10,
  "entry-op": 11,
  "alert-op": 12,
  "command-result": 13,
  "camera-status": 14,
  "returned-delta": 15,
} as const;
export type RecordKind = keyof typeof RECORD_KINDS;
const KIND_BY_NUMBER = new Map<number, RecordKind>(Object.entries(RECORD_KINDS).map(([name, number]) => [number, name as RecordKind]));

/** The kind of a wire number; undefined for one that this release does not know (it is stored all the same). */
export function kindOfNumber(number: number): RecordKind | undefined {
  return KIND_BY_NUMBER.get(number);
}

/** `urgent` carries what must never queue behind three offline months. */
export type LogClass = "detections" | "urgent";
export const LOG_CLASS_NUMBERS = { detections: 1, urgent: 2 } as const;

export const SALT_BYTES = 16;
export const DIGEST_BYTES = 32;
export const TAIL_BYTES_MAX = 128;
export const PAYLOAD_BYTES_MAX = 8 * 1024;
/** Alerts carry a detection inside, command results an answer, returned deltas a frame of central's. */
export const LARGE_PAYLOAD_BYTES_MAX = 16 * 1024;
const LARGE_KINDS: ReadonlySet<RecordKind> = new Set<RecordKind>(["alert", "command-result", "returned-delta"]);
/** A re-homed record carries any other whole: the largest with its tail, digest and hops. */
export const REHOME_BYTES_MAX = LARGE_PAYLOAD_BYTES_MAX + 1024;

/** How large a record of that kind may be, salt included: a larger one would be refused by central for ever, and the log with it. */
export function payloadBytesMax(kind: RecordKind): number {
  if (kind === "rehome") return REHOME_BYTES_MAX;
  return LARGE_KINDS.has(kind) ? LARGE_PAYLOAD_BYTES_MAX : PAYLOAD_BYTES_MAX;
}
const RECORD_DOMAIN = new TextEncoder().encode("alpr-record-1");

export interface Tail {
  readonly seq: number;
  /** The wire's number; `kindOfNumber` names it. */
  readonly kind: number;
  readonly version: number;
  readonly rid: Rid;
  readonly boot: BootId;
  /** Milliseconds since that boot, 10 ms steps, ties allowed. */
  readonly monoMs: number;
  /** The wall clock's ms UTC, as it was; never corrected afterwards. */
  readonly wallMs: number;
  /** 0 unknown, 1 floor, 2 from a heartbeat, 3 NTP, 4 RTC. */
  readonly clockQuality: number;
}

/** A record with its place in the chain settled. */
export interface LogRecord {
  readonly tail: Tail;
  readonly tailBytes: Uint8Array;
  readonly header: Uint8Array;
  /** Null when erased or unreadable. */
  readonly payload: Uint8Array | null;
  readonly payloadDigest: Uint8Array;
  readonly hash: Uint8Array;
}

export function encodeTail(tail: Tail): Uint8Array {
  const bytes = encodePositional([
    tail.seq,
    tail.kind,
    tail.version,
    uuidToBytes(tail.rid),
    hexToBytes(tail.boot),
    ms(tail.monoMs),
    ms(tail.wallMs),
    tail.clockQuality,
  ]);
  if (bytes.length > TAIL_BYTES_MAX) throw new Error(`a tail of ${bytes.length} bytes`);
  return bytes;
}

/** Undefined when the bytes are not a tail. Fields after the eighth are a later version's and are kept in the bytes, unread. */
export function decodeTail(bytes: Uint8Array): Tail | undefined {
  if (bytes.length > TAIL_BYTES_MAX) return undefined;
  const decoded = decodePositional(bytes);
  if (decoded.kind !== "ok" || !Array.isArray(decoded.value) || decoded.value.length < 8) return undefined;
  const [seq, kind, version, rid, boot, monoMs, wallMs, clockQuality] = decoded.value;
  if (!isCount(seq) || !isCount(kind) || !isCount(version) || !isCount(monoMs) || !isCount(wallMs) || !isCount(clockQuality))
    return undefined;
  if (!(rid instanceof Uint8Array) || rid.length !== 16 || !(boot instanceof Uint8Array) || boot.length !== 8) return undefined;
  return { seq, kind, version, rid: bytesToUuid<Rid>(rid), boot: bytesToHex(boot) as BootId, monoMs, wallMs, clockQuality };
}

/** A whole number that a double holds exactly, not below zero. */
export const isCount = (value: unknown): value is number => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

/** Salt and encoded fields as one payload. */
export function sealPayload(salt: Uint8Array, fields: Uint8Array): Uint8Array {
  if (salt.length !== SALT_BYTES) throw new Error(`a salt has ${SALT_BYTES} bytes`);
  return joinBytes(salt, fields);
}

export function payloadDigest(payload: Uint8Array): Uint8Array {
  return sha256(payload);
}

export function recordHash(logId: Uint8Array, header: Uint8Array): Uint8Array {
  return sha256(joinBytes(RECORD_DOMAIN, logId, header));
}

/** Chains one record onto `prevHash`: recomputes header and hash from what travels (tail and payload, or tail and digest). */
export function chainRecord(
  logId: LogId,
  prevHash: Uint8Array,
  tailBytes: Uint8Array,
  payload: Uint8Array | null,
  digest?: Uint8Array,
): LogRecord | undefined {
  const tail = decodeTail(tailBytes);
  if (tail === undefined) return undefined;
  const ownDigest = payload === null ? digest : payloadDigest(payload);
  if (ownDigest === undefined || ownDigest.length !== DIGEST_BYTES) return undefined;
  const header = joinBytes(prevHash, ownDigest, tailBytes);
  return { tail, tailBytes, header, payload, payloadDigest: ownDigest, hash: recordHash(hexToBytes(logId), header) };
}

export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += part.length;
  const joined = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
