/**
 * A log that cannot go on: central holds another branch of it, closed it, needs what was pruned here, or refuses bytes that are not what
 * was signed. Nothing is appended to it any more. A new log names the point both sides agree on; what lies behind that point, or in no second backup of central's yet, is offered
 * again in it, each record whole (`rehome`), and what is not held any more is named (`gap`). Central tells what it knows by the rid.
 */
import { type LogHead, type Moment, ZERO_HASH } from "../../shared/log/chain.ts";
import { encodeRehome, REHOME_VERSION, rehomedFrom } from "../../shared/log/payloads/rehome-payload.ts";
import { encodeMissingRange, SMALL_VERSION } from "../../shared/log/payloads/site-payloads.ts";
import { chainRecord, type LogRecord, RECORD_KINDS, sameBytes } from "../../shared/log/record.ts";
import type { LogId } from "../../shared/model/ids.ts";
import type { LeftWhy } from "../../shared/protocol/edge-flow.ts";
import { beginLogOf } from "./begin-logs.ts";
import type { HeldRecord, StoredLog } from "./log-rows.ts";
import { forgetLostEdits } from "./lost-edits.ts";
import { append, newRid, type StoreContext } from "./store-context.ts";
import type { StoreRows } from "./store-rows.ts";

/** In the new log's genesis, for people who read logs. */
const REASONS: Readonly<Record<LeftWhy, string>> = {
  fork: "central holds another branch of the log before",
  closed: "central closed the log before",
  "pruned-away": "central needs records of the log before that were removed here by rule",
  damaged: "central refuses bytes of the log before: they are not what was signed",
};
/** Records offered again in one transaction: detections wait no longer than that takes. */
const OFFERED_AT_ONCE = 64;

/** Leaves `logId` for a new log of its class. The same request twice changes nothing. Answers whether it was left now. */
export function beginAgain(context: StoreContext, logId: LogId, agreed: LogHead, why: LeftWhy, moment: Moment): boolean {
  const { rows } = context;
  const old = rows.logs.logById(logId);
  if (old === undefined || old.isLeft) return false;
  // Records below `first` were pruned here; those that central lacks of them are lost, and are named below. What both sides agree on and
  // is held here is offered again too, unless two backups hold it: a central that is put back to one of them asks an old log for nothing.
  const offerFrom = Math.min(agreed.next, Math.max(old.durable, old.first));
  // What a salvaged file still shows of the log may be less than central has.
  const centralNext = why === "damaged" ? Math.max(agreed.next, old.acknowledged) : agreed.next;
  rows.logs.leave(old.n, why, moment.wallMs, { offerFrom, centralNext });
  const previous = { logId, next: agreed.next, hash: agreed.head };
  const begun = beginLogOf(context, { class: old.class, previous, reason: REASONS[why] }, moment);
  const { n, head, bytes } = begun;
  const open = { n, logId: begun.logId, head, bytes, checkpointNext: 0, checkpointMonoMs: moment.monoMs };
  context.state = { ...context.state, logs: { ...context.state.logs, [old.class]: open } };
  // A genesis names no picture: at 0 stand those whose record central has by another way.
  rows.images.moveBelow({ log: old.n, seq: Math.max(1, offerFrom) }, { log: n, seq: 0 });
  context.news.push({ kind: "logs" });
  offerAgain(context, moment);
  return true;
}

/** Offers the next records of a log that was left; answers whether more remain. */
export function offerAgain(context: StoreContext, moment: Moment): boolean {
  const { logs } = context.rows;
  const old = logs.unfinishedLeft();
  if (old === undefined) return false;
  let at = old.offered;
  const held = logs.recordsFrom(old.n, at, OFFERED_AT_ONCE);
  for (const item of held) {
    if (item.seq > at) noteGap(context, old, at, item.seq, moment);
    offerOne(context, old, item, moment);
    at = item.seq + 1;
  }
  const isEnd = held.length < OFFERED_AT_ONCE;
  if (isEnd && at < old.head.next) noteGap(context, old, at, old.head.next, moment);
  if (isEnd) logs.endOffering(old);
  else logs.setOffered(old.n, at);
  context.checkpointDue.add(old.class);
  return logs.unfinishedLeft() !== undefined;
}

/** What belongs to the old log alone says nothing in another. */
const ITS_OWN: ReadonlySet<number> = new Set([RECORD_KINDS.genesis, RECORD_KINDS.close]);

function offerOne(context: StoreContext, old: StoredLog, item: HeldRecord, moment: Moment): void {
  const record = soundRecord(context, old, item);
  if (record === undefined) return noteGap(context, old, item.seq, item.seq + 1, moment);
  if (ITS_OWN.has(record.tail.kind)) return;
  const fields = encodeRehome(rehomedFrom(old.logId, record));
  const rid = newRid(context, moment);
  const to = append(context, old.class, { kind: "rehome", version: REHOME_VERSION, rid, moment, fields });
  context.rows.images.move({ log: old.n, seq: item.seq }, to);
}

/** The record with its place in the chain, if its bytes are still those that were signed. */
function soundRecord({ rows }: StoreContext, old: StoredLog, item: HeldRecord): LogRecord | undefined {
  const prevHash = hashBefore(rows, old, item.seq);
  if (prevHash === undefined) return undefined;
  const record = chainRecord(old.logId, prevHash, item.tail, item.payload, item.digest);
  return record !== undefined && record.tail.seq === item.seq && sameBytes(record.hash, item.hash) ? record : undefined;
}

/**
 * What a record's own hash was made with. The record before may be on a page that is lost; a checkpoint lies on another and says the
 * same. Believed only for what comes of it: with any other bytes the record's hash is not the one that was stored.
 */
function hashBefore({ logs }: StoreRows, { n }: StoredLog, seq: number): Uint8Array | undefined {
  return seq === 0 ? ZERO_HASH : (logs.hashAt(n, seq - 1) ?? logs.headOfCheckpoint(n, seq));
}

/** Every loss is a record. */
function noteGap(context: StoreContext, { n, logId, class: logClass, first }: StoredLog, from: number, to: number, moment: Moment): void {
  context.rows.logs.noteLost(n, from, to);
  forgetLostEdits(context, n, from, to);
  const why = from < first ? "removed here by rule before central had it" : "not readable on this disk any more";
  const fields = encodeMissingRange({ logId, from, to, why });
  const at = append(context, logClass, { kind: "gap", version: SMALL_VERSION, rid: newRid(context, moment), moment, fields });
  // What was lost may have been an alert: the detection's own record names its pictures too, and they are still to go up.
  context.rows.images.moveBelow({ log: n, seq: to }, at);
}
