/** One log on its way up: where central stands, what is under way, and what may be sent next. */
import { type Credit, NO_CREDIT } from "../flow/credits.ts";
import { type WireItem, ZERO_HASH } from "../log/chain.ts";
import type { SignedCheckpoint } from "../log/checkpoint.ts";
import { type LogClass, sameBytes } from "../log/record.ts";
import type { LogId, SessionId } from "../model/ids.ts";
import { packItems, type Zstd } from "./append-body.ts";
import type { Append, Heartbeat, Hello, HelloLog, OfferedImage, WelcomeLog } from "./frames.ts";
import { APPEND_BYTES_MAX, APPENDS_IN_FLIGHT_MAX } from "./limits.ts";

/** What went wrong with one log, for people; nothing of it is lost, and the other logs go on. */
export type LogTrouble = "fork" | "pruned-away" | "refused";

/** What the core reads: only what is durable, synchronously. */
export interface EdgeSource {
  readonly hello: (session: SessionId) => Hello;
  readonly heartbeat: () => Heartbeat;
  readonly hashAt: (logId: LogId, seq: number) => Uint8Array | null;
  readonly items: (logId: LogId, fromSeq: number, recordsMax: number, bytesMax: number) => readonly WireItem[];
  readonly checkpoint: (logId: LogId, next: number) => SignedCheckpoint;
  /** Images whose naming record lies below what central has acknowledged, most urgent first. */
  readonly imagesToOffer: () => readonly OfferedImage[];
  readonly zstd: Zstd;
  /** Most records in one APPEND (config: batch.max_detections). */
  readonly recordsMax: number;
}

export interface Flow {
  readonly logId: LogId;
  readonly class: LogClass;
  /** Durable records here. */
  next: number;
  /** Lowest seq still held. */
  readonly first: number;
  /** What central has, as of its last answer. */
  acknowledged: number;
  /** Next seq to send. */
  sent: number;
  readonly underWay: { to: number; bytes: number; sentMs: number }[];
  credit: Credit;
  lastRewind: number | null;
  flushAtMs: number | null;
  /** Set once the log cannot go on in this session. */
  stopped: LogTrouble | null;
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
    stopped: null,
  };
}

export type Position = { readonly kind: "agreed" } | { readonly kind: "stopped"; readonly trouble: LogTrouble; readonly detail: string };

/** The one comparison of recovery: central's (next, head) against our own hash at next-1. Agreed: sending goes on from there. */
export function takePosition(flow: Flow, at: Pick<WelcomeLog, "next" | "head">, source: EdgeSource): Position {
  flow.underWay.length = 0;
  flow.lastRewind = null;
  if (!agrees(flow, at.next, at.head, source)) return stopFlow(flow, "fork", `central's record ${at.next - 1} is not this log's`);
  flow.acknowledged = at.next;
  flow.sent = at.next;
  if (at.next < flow.first) return stopFlow(flow, "pruned-away", `central needs record ${at.next}, the oldest here is ${flow.first}`);
  flow.stopped = null;
  return { kind: "agreed" };
}

export function agrees(flow: Flow, next: number, head: Uint8Array, source: EdgeSource): boolean {
  if (next === 0) return sameBytes(head, ZERO_HASH);
  if (next > flow.next) return false;
  const own = source.hashAt(flow.logId, next - 1);
  // A record that was pruned here can no longer be compared; it was agreed on when it was acknowledged.
  return own === null ? next <= flow.first : sameBytes(own, head);
}

export function stopFlow(flow: Flow, trouble: LogTrouble, detail: string): Position {
  flow.stopped = trouble;
  flow.underWay.length = 0;
  return { kind: "stopped", trouble, detail };
}

/** The APPENDs that credit and limits allow now; they count as under way from here on. */
export function takeAppends(flow: Flow, session: SessionId, nowMs: number, source: EdgeSource): Append[] {
  const appends: Append[] = [];
  if (flow.stopped !== null) return appends;
  flow.flushAtMs = null;
  while (flow.underWay.length < APPENDS_IN_FLIGHT_MAX) {
    const outstanding = flow.underWay.reduce((sum, one) => sum + one.bytes, 0);
    const room = Math.min(flow.next, flow.credit.nextAccepted) - flow.sent;
    if (room <= 0 || outstanding >= flow.credit.bytesOutstanding) break;
    const append = makeAppend(flow, session, Math.min(room, source.recordsMax), source);
    if (append === null) break;
    flow.underWay.push({ to: flow.sent + append.count, bytes: append.bytes.length, sentMs: nowMs });
    flow.sent += append.count;
    appends.push(append);
  }
  return appends;
}

function makeAppend(flow: Flow, session: SessionId, recordsMax: number, source: EdgeSource): Append | null {
  const items = source.items(flow.logId, flow.sent, recordsMax, APPEND_BYTES_MAX);
  if (items.length === 0) return null;
  const checkpoint = source.checkpoint(flow.logId, flow.sent + items.length);
  return {
    type: "append",
    session,
    logId: flow.logId,
    fromSeq: flow.sent,
    count: items.length,
    ...packItems(items, source.zstd),
    checkpoint,
  };
}
