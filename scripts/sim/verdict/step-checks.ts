/** Invariants that must hold after every step, each looked at where a step can break it. */
import { createHash } from "node:crypto";
import { HLC_AHEAD_MAX_MS, hlcMs } from "../../../shared/clock/hlc.ts";
import { decodeCheckpoint } from "../../../shared/log/checkpoint.ts";
import { sameBytes } from "../../../shared/log/record.ts";
import { bytesToHex, type Hlc, hexToBytes, type LogId } from "../../../shared/model/ids.ts";
import type { EntryOp } from "../../../shared/model/watchlist.ts";
import type { EdgeSessionState } from "../../../shared/protocol/edge-session-state.ts";
import type { Append, DownFrame, UpFrame } from "../../../shared/protocol/frames.ts";
import { APPENDS_IN_FLIGHT_MAX } from "../../../shared/protocol/limits.ts";
import type { Merged } from "../central/central-tables.ts";
import type { SimCentral } from "../central/sim-central.ts";
import type { SiteProcess } from "../site/site-process.ts";
import type { Checks } from "./invariants.ts";
import type { Ledger } from "./ledger.ts";

const RECORD_DOMAIN = Buffer.from("alpr-record-1");
const URGENT_WITHIN_MS = 250;

/** 1, 2, 9: what a merge appended continues the log without a hole, and its hashes are those of its bytes. */
export function checkMerged(checks: Checks, { log, before, records }: Merged): void {
  checks.check(1, log.records.length === log.next, () => `log ${log.logId} holds ${log.records.length} records and says next ${log.next}`);
  checks.check(
    9,
    records[0]?.tail.seq === before.next,
    () => `log ${log.logId}: seq ${records[0]?.tail.seq} merged where next was ${before.next}`,
  );
  let head = before.head;
  for (const record of records) {
    const digest = record.payload === null ? record.payloadDigest : createHash("sha256").update(record.payload).digest();
    const header = Buffer.concat([head, digest, record.tailBytes]);
    const hash = createHash("sha256").update(RECORD_DOMAIN).update(hexToBytes(log.logId)).update(header).digest();
    checks.check(2, sameBytes(hash, record.hash), () => `log ${log.logId}: hash of record ${record.tail.seq}`);
    head = record.hash;
  }
  checks.check(2, sameBytes(head, log.head), () => `log ${log.logId}: head`);
}

/** 10: a direct APPEND is merged only in the session that the log's newest HELLO named. */
export function checkSession(checks: Checks, append: Append, { before }: Merged): void {
  checks.check(10, before.session === append.session, () => `log ${append.logId}: merged from a session that was replaced`);
}

/** 13: stamps that a feed fixes lie at most 5 minutes beyond receipt. */
export function checkStamps(checks: Checks, merged: Merged, central: SimCentral): void {
  for (const op of merged.projection.entryOps) {
    const published = central.tables.feeds.feeds.get(op.list)?.ops.find((one) => one.rid === op.rid);
    const aheadMs = published === undefined ? 0 : hlcMs(published.effectiveHlc as Hlc) - central.nowMs();
    checks.check(13, aheadMs <= HLC_AHEAD_MAX_MS, () => `op ${op.rid} is published ${aheadMs} ms ahead`);
  }
}

/** 14: an entry that was deleted is there again only with a larger causal length. */
export function checkEnded(checks: Checks, ops: readonly EntryOp[], central: SimCentral): void {
  for (const { list, entry } of ops) {
    const feed = central.tables.feeds.feeds.get(list);
    const { causalLength } = feed?.state.entries.get(entry) ?? { causalLength: 0 };
    const endedAt = feed?.ended.get(entry) ?? 0;
    const isRisen = causalLength % 2 === 1 && causalLength < endedAt;
    checks.check(14, !isRisen, () => `list ${list}: entry ${entry} was deleted at ${endedAt} and stands again at ${causalLength}`);
  }
}

/** 5, 6: what central tells an edge is committed, and `durable` is backed up twice. */
export function checkDown(checks: Checks, frame: DownFrame, central: SimCentral): void {
  if (frame.type !== "ack" && frame.type !== "welcome") return;
  const logs = frame.type === "welcome" ? frame.logs : [frame];
  const second = central.backups.at(-2);
  for (const { logId, next, durable } of logs) {
    const committed = central.tables.logs.get(logId)?.next ?? 0;
    checks.check(6, next <= committed, () => `${frame.type} names ${next} of log ${logId}, committed are ${committed}`);
    const covered = second?.cursors.get(logId) ?? 0;
    checks.check(5, durable <= covered, () => `durable ${durable} of log ${logId}, the second newest backup covers ${covered}`);
  }
}

/** 3, 21, 22: what an edge sends is durable and within credit, and no bulk goes while something urgent could. */
export function checkUp(checks: Checks, process: SiteProcess, core: EdgeSessionState, frame: UpFrame, ledger: Ledger): void {
  if (frame.type !== "append" || frame.count === 0) return;
  const { logId, fromSeq, count, checkpoint } = frame;
  const log = ledger.find(logId, process.site.index);
  const signed = decodeCheckpoint(checkpoint.bytes)?.headHash ?? new Uint8Array();
  const isDurable = log?.records[fromSeq + count - 1]?.hash === bytesToHex(signed);
  checks.check(3, isDurable, () => `records to ${fromSeq + count} of log ${logId} are sent, durable are ${log?.records.length ?? 0}`);
  if (log !== undefined) log.sent = Math.max(log.sent, fromSeq + count);
  const flow = core.flows.get(logId);
  const nextAccepted = flow?.credit.nextAccepted ?? 0;
  checks.check(22, fromSeq + count <= nextAccepted, () => `sent to ${fromSeq + count} of log ${logId}, credit ends at ${nextAccepted}`);
  const urgentId = process.reader.logs().find((one) => one.class === "urgent")?.logId;
  const urgent = urgentId === undefined || urgentId === logId ? undefined : core.flows.get(urgentId);
  if (urgent === undefined || urgent.stopped !== null) return;
  const couldGo = urgent.sent < Math.min(urgent.next, urgent.credit.nextAccepted) && urgent.underWay.length < APPENDS_IN_FLIGHT_MAX;
  const mayGo = couldGo && process.monoMs() >= urgent.notBeforeMs && urgent.underWay.length === 0;
  checks.check(21, !mayGo, () => `bulk of log ${logId} is sent while urgent records ${urgent.sent} to ${urgent.next} wait`);
}

/** 21: an urgent record that was committed while the line was idle has left by now; or its log was left, and it goes by another. */
export function checkUrgentLeft(checks: Checks, process: SiteProcess, logId: LogId, next: number): void {
  const session = process.uplink.session;
  const isActive = process.reader.logs().some((one) => one.logId === logId);
  const flow = isActive ? session?.core.flows.get(logId) : undefined;
  if (session === null || flow === undefined || session.core.phase !== "open" || flow.stopped !== null) return;
  if (
    flow.credit.nextAccepted < next ||
    flow.credit.bytesOutstanding <= 0 ||
    flow.notBeforeMs > process.monoMs() - URGENT_WITHIN_MS ||
    flow.underWay.length > 0
  )
    return;
  checks.check(21, flow.sent >= next, () => `urgent record ${next - 1} waits ${URGENT_WITHIN_MS} ms after its commit on an idle line`);
}

/** 13: stamps of one actor's edits strictly increase. */
export class HlcWatch {
  private readonly last = new Map<string, Hlc>();

  check(checks: Checks, actor: string, hlc: Hlc): void {
    const before = this.last.get(actor);
    checks.check(13, before === undefined || hlc > before, () => `${actor} stamps ${hlc} after ${before}`);
    this.last.set(actor, hlc);
  }
}
