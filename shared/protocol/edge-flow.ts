/** One log on its way up: where central stands, what is under way, and what may be sent next. */
import type { BulkMark } from "../flow/bulk-window.ts";
import { type Credit, NO_CREDIT } from "../flow/credits.ts";
import { EMPTY_LOG, type LogHead, type WireItem, ZERO_HASH } from "../log/chain.ts";
import type { SignedCheckpoint } from "../log/checkpoint.ts";
import { type LogClass, sameBytes } from "../log/record.ts";
import type { LogId, SessionId, Sha256 } from "../model/ids.ts";
import { packItems, type Zstd } from "./append-body.ts";
import { type BulkRoom, bulkRoom, type EdgeBulk, markBulk } from "./edge-bulk.ts";
import type { Append, Heartbeat, Hello, HelloLog, OfferedImage, Rewind } from "./frames.ts";
import { APPEND_BYTES_MAX, APPEND_RECORDS_MAX, APPENDS_IN_FLIGHT_MAX } from "./limits.ts";

/** Why this log cannot go on at central; what it holds goes on in a new one. */
export type LeftWhy = "fork" | "pruned-away" | "damaged" | "closed";
/**
 * Why nothing of a log is sent. `asking`: its branch and central's differ, and central was asked where they part. `left`: it is left for a
 * new log. `refused`: central will not have it until a person acts.
 */
export type Stopped = "asking" | "left" | "refused";

/** What the core reads: only what is durable, synchronously. */
export interface EdgeSource {
  readonly hello: (session: SessionId) => Hello;
  readonly heartbeat: () => Heartbeat;
  readonly hashAt: (logId: LogId, seq: number) => Uint8Array | null;
  readonly items: (logId: LogId, fromSeq: number, recordsMax: number, bytesMax: number) => readonly WireItem[];
  readonly checkpoint: (logId: LogId, next: number) => SignedCheckpoint;
  /** Images whose naming record lies below what central has acknowledged, most urgent first; none of `without`. */
  readonly imagesToOffer: (without: ReadonlySet<Sha256>) => readonly OfferedImage[];
  readonly zstd: Zstd;
  /** So many waiting records are sent without waiting for the flush timer (config: batch.max_detections). */
  readonly recordsMax: number;
  /** Most records in one APPEND while more than `recordsMax` wait: a backlog costs fewer merges so. Without it: `recordsMax`. */
  readonly drainMax?: number;
}

export interface Flow {
  readonly logId: LogId;
  readonly class: LogClass;
  /** Durable records here. */
  next: number;
  /** Lowest seq still held. */
  first: number;
  /** What central has, as of its last answer. */
  acknowledged: number;
  /** Next seq to send. */
  sent: number;
  /** `mark`: null of an urgent log, whose bytes are no bulk. */
  readonly underWay: { to: number; bytes: number; sentMs: number; mark: BulkMark | null }[];
  credit: Credit;
  lastRewind: number | null;
  flushAtMs: number | null;
  /** Central was busy: nothing of this log is sent before. */
  notBeforeMs: number;
  /** Central's second newest backup, as last told. */
  durable: number;
  stopped: Stopped | null;
  /** The fork question was sent: once in a session. */
  asked: boolean;
  /** A WELCOME has named it. */
  named: boolean;
}

export function newFlow(log: HelloLog): Flow {
  const { logId, first, next } = log;
  return {
    logId,
    class: log.class,
    next,
    first,
    acknowledged: 0,
    sent: 0,
    underWay: [],
    credit: NO_CREDIT,
    lastRewind: null,
    flushAtMs: null,
    notBeforeMs: 0,
    durable: 0,
    stopped: null,
    asked: false,
    named: false,
  };
}

export type Position =
  | { readonly kind: "agreed" }
  /** Both hold another record there: the branches part somewhere below. */
  | { readonly kind: "differs" }
  /** Central needs what is not held here any more. */
  | { readonly kind: "pruned-away" };

/** The one comparison of recovery: central's (next, head) against our own hash at next-1. Agreed: sending goes on from there. */
export function takePosition(flow: Flow, at: LogHead, source: EdgeSource): Position {
  flow.underWay.length = 0;
  flow.lastRewind = null;
  if (!agrees(flow, at, source)) return { kind: "differs" };
  flow.acknowledged = at.next;
  flow.sent = at.next;
  if (at.next < flow.first) return { kind: "pruned-away" };
  flow.stopped = null;
  return { kind: "agreed" };
}

export function agrees(flow: Flow, { next, head }: LogHead, source: EdgeSource): boolean {
  if (next === 0) return sameBytes(head, ZERO_HASH);
  if (next > flow.next) return false;
  const own = source.hashAt(flow.logId, next - 1);
  // A record that was pruned here, perhaps in this very session, can no longer be compared; it was agreed on when it was acknowledged.
  return own === null ? next <= Math.max(flow.first, flow.acknowledged) : sameBytes(own, head);
}

/** The last point that both branches hold, by the pairs of central's; the beginning when none agrees. */
export function agreedPoint(flow: Flow, pairs: readonly (readonly [number, Uint8Array])[], source: EdgeSource): LogHead {
  let best = EMPTY_LOG;
  for (const [seq, head] of pairs) {
    const at = { next: seq + 1, head };
    if (at.next > best.next && agrees(flow, at, source)) best = at;
  }
  return best;
}

/** Nothing more of this log in this session, or until an answer; the other logs go on. */
export function stopFlow(flow: Flow, stopped: Stopped): void {
  flow.stopped = stopped;
  flow.underWay.length = 0;
  flow.flushAtMs = null;
}

/** Asks central where the branches part: an APPEND of nothing with the newest checkpoint. Null: it was asked already. */
export function askForkPoint(flow: Flow, session: SessionId, nowMs: number, source: EdgeSource): Append | null {
  stopFlow(flow, "asking");
  if (flow.asked) return null;
  flow.asked = true;
  flow.underWay.push({ to: flow.sent, bytes: 0, sentMs: nowMs, mark: null });
  const checkpoint = source.checkpoint(flow.logId, flow.next);
  return { type: "append", session, logId: flow.logId, fromSeq: flow.next, count: 0, ...packItems([], source.zstd), checkpoint };
}

/** What bounds all bulk logs of one connection together. */
export interface SharedWay {
  readonly bulk: EdgeBulk;
  readonly flows: ReadonlyMap<LogId, Flow>;
}

/** The APPENDs that credit, limits and, for bulk, the line allow now; they count as under way from here on. */
export function takeAppends(flow: Flow, session: SessionId, nowMs: number, source: EdgeSource, { bulk, flows }: SharedWay): Append[] {
  const appends: Append[] = [];
  if (flow.stopped !== null || nowMs < flow.notBeforeMs) return appends;
  flow.flushAtMs = null;
  while (flow.underWay.length < APPENDS_IN_FLIGHT_MAX) {
    const isUrgent = flow.class === "urgent";
    const append = makeAppend(flow, session, source, isUrgent ? ANY_ROOM : bulkRoom(bulk, flows));
    if (append === null) break;
    const to = flow.sent + append.count;
    const mark = isUrgent ? null : markBulk(bulk, flows, nowMs, to < flow.next);
    flow.underWay.push({ to, bytes: append.bytes.length, sentMs: nowMs, mark });
    flow.sent += append.count;
    appends.push(append);
  }
  return appends;
}

const ANY_ROOM: BulkRoom = { bytes: Number.POSITIVE_INFINITY, pieceBytes: APPEND_BYTES_MAX };

/** msgpack around one item: its array, the tail's and the payload's lengths, rounded up. */
const ITEM_FRAMING_BYTES = 8;
/** No record is smaller: digest-free tail, salt and an empty payload. */
const ITEM_BYTES_MIN = 40;

/** The next piece within credit, limits and room. One record always fits an otherwise empty way: else a large one would wait for ever. */
function makeAppend(flow: Flow, session: SessionId, source: EdgeSource, room: BulkRoom): Append | null {
  const outstanding = flow.underWay.reduce((sum, one) => sum + one.bytes, 0);
  const records = Math.min(flow.next, flow.credit.nextAccepted) - flow.sent;
  const bytesLeft = Math.min(flow.credit.bytesOutstanding - outstanding, room.bytes);
  if (records <= 0 || bytesLeft <= 0) return null;
  // Crumbs would cost more in checkpoints and answers than they carry.
  if (outstanding > 0 && room.bytes < room.pieceBytes / 2) return null;
  const waiting = flow.next - flow.sent;
  const pieceMax = waiting > source.recordsMax ? (source.drainMax ?? source.recordsMax) : source.recordsMax;
  const bytes = Math.min(APPEND_BYTES_MAX, bytesLeft, room.pieceBytes);
  const fitting = Math.min(pieceMax, APPEND_RECORDS_MAX, Math.ceil(bytes / ITEM_BYTES_MIN));
  // The same where the credit would cut bulk: an answer frees as much as it answers, so a crumb would be followed by crumbs for ever.
  if (flow.class !== "urgent" && outstanding > 0 && records < Math.min(waiting, fitting) / 2) return null;
  const recordsMax = Math.min(records, fitting);
  const items = source.items(flow.logId, flow.sent, recordsMax, bytes - recordsMax * ITEM_FRAMING_BYTES);
  if (items.length === 0) return null;
  const body = packItems(items, source.zstd);
  if (body.bytes.length > bytesLeft && outstanding > 0) return null;
  const checkpoint = source.checkpoint(flow.logId, flow.sent + items.length);
  return { type: "append", session, logId: flow.logId, fromSeq: flow.sent, count: items.length, ...body, checkpoint };
}

/** Urgent logs first. */
export const byUrgency = (flows: Iterable<Flow>): Flow[] =>
  [...flows].sort((a, b) => Number(b.class === "urgent") - Number(a.class === "urgent"));

/** The bytes themselves do not verify. One resend of the same `next` may mend it; refused again, they are not what was signed. */
export const isBadBytes = ({ why }: Pick<Rewind, "why">): boolean => why === "bad-prev" || why === "bad-signature";
