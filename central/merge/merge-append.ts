/**
 * One APPEND, one transaction, no global lock. The row that was read decides (`judgeAppend`), a compare-and-set on (next, head) makes
 * that decision safe against everybody else, and the answer is given only after COMMIT. Verified bytes are stored before they are
 * understood: what cannot be projected becomes a row in `projection_errors` and the log goes on.
 */

import { grantCredit } from "../../shared/flow/credits.ts";
import type { LogHead } from "../../shared/log/chain.ts";
import { decodeCheckpoint } from "../../shared/log/checkpoint.ts";
import { RECORD_KINDS } from "../../shared/log/record.ts";
import { bytesToHex, type CollectorId, type Rid } from "../../shared/model/ids.ts";
import type { MergeAnswer } from "../../shared/protocol/central-session.ts";
import type { Append, LogStatus } from "../../shared/protocol/frames.ts";
import { CREDIT_BYTES, CREDIT_RECORDS } from "../../shared/protocol/limits.ts";
import { type AppendVerdict, judgeAppend } from "../../shared/protocol/merge-append.ts";
import { isPassing, isPoison, messageOf, sqlStateOf } from "../db/database-refusal.ts";
import { ensurePartition } from "../db/ensure-partition.ts";
import { raiseNotice } from "../db/notice-rows.ts";
import type { Tx } from "../db/open-db.ts";
import { underSavepoint } from "../db/under-savepoint.ts";
import { bootsOf, claimedIds, proofsOf } from "./claimed-ids.ts";
import { insertProjectionErrors } from "./fact-rows.ts";
import type { PlateMonth } from "./known-plates.ts";
import { findLog, forkPairs, insertFork, insertQuarantine, isConfirmedKey, type StandingLog } from "./log-rows.ts";
import type { MergeDeps } from "./merge-deps.ts";
import { type Origin, type Projection, type ProjectionError, projectRecords } from "./project-records.ts";
import { findKnownIds, type Stored, storeBatch } from "./store-rows.ts";
import { type UnderstoodRecord, understandRecords } from "./understand-records.ts";
import { MissingMonths, type Written, writeProjection } from "./write-projection.ts";

/** Deadlock, serialisation failure, a row that moved, a month without partition: tried again this often. */
const ATTEMPTS_MAX = 6;
const BUSY_RETRY_MS = 2_000;
/** In `projection_errors`: never tried again, the first content stands. */
export const RID_CONFLICT = "another content stands under this id";

export interface AppendFrom {
  readonly collectorId: CollectorId;
  readonly append: Append;
  /** False for carriers (bundles). */
  readonly direct: boolean;
}

/** Merges one APPEND. Never throws for what the network or the database does: a database that is away answers `busy`. */
export async function mergeAppend(deps: MergeDeps, from: AppendFrom): Promise<MergeAnswer> {
  let mode: Mode = "together";
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    try {
      const outcome = await attemptMerge(deps, from, mode);
      if (outcome !== "moved") return outcome;
    } catch (error) {
      if (isPoison(error) && mode === "together") mode = "one-by-one";
      else if (!(await isCured(deps, error))) return busy(deps, from, error);
    }
  }
  return busy(deps, from, new Error(`no progress in ${ATTEMPTS_MAX} attempts`));
}

async function isCured(deps: MergeDeps, error: unknown): Promise<boolean> {
  if (!(error instanceof MissingMonths)) return isPassing(error);
  try {
    await makeMonths(deps, error.months);
    return true;
  } catch {
    return false;
  }
}

/** `one-by-one`: something in the batch was refused by the database, so each record is projected under a savepoint of its own. */
type Mode = "together" | "one-by-one";

async function attemptMerge(deps: MergeDeps, from: AppendFrom, mode: Mode): Promise<MergeAnswer | "moved"> {
  const receivedMs = deps.nowMs();
  let written: Written | null = null;
  let hasEntryOps = false;
  let notUnderstood: readonly ProjectionError[] = [];
  const answer = await deps.db.transaction().execute(async (tx): Promise<MergeAnswer | "moved"> => {
    const log = await findLog(tx, from.append.logId, from.collectorId);
    if (log === undefined) return { kind: "unknown-log" };
    const verdict = judgeAppend(log, from.append, from.direct, deps.zstd);
    if (verdict.kind !== "merge") return answerOther(tx, deps, verdict, log, from, receivedMs);
    const merged = await mergeVerified(tx, deps, from, log, verdict, receivedMs, mode);
    if (merged === "moved") return "moved";
    written = merged.written;
    hasEntryOps = merged.projection.entryOps.length + merged.projection.returned.length > 0;
    notUnderstood = merged.projection.errors;
    return standing(verdict.after, log, merged.projection.errors);
  });
  if (written !== null) {
    deps.knownPlates.committed((written as Written).plates);
    deps.onCommitted({ entryOps: hasEntryOps });
  }
  if (notUnderstood.length > 0) {
    const facts = { log: from.append.logId, records: notUnderstood.length, why: notUnderstood[0]?.why };
    deps.log.warn(facts, "records were kept that this release does not understand");
  }
  return answer;
}

type Verified = Extract<AppendVerdict, { kind: "merge" }>;

async function mergeVerified(
  tx: Tx,
  deps: MergeDeps,
  { collectorId, append, direct }: AppendFrom,
  log: StandingLog,
  verdict: Verified,
  receivedMs: number,
  mode: Mode,
): Promise<{ written: Written; projection: Projection } | "moved"> {
  const understood = understandRecords(verdict.records);
  const deviceKey = verdict.genesis?.deviceKey ?? log.deviceKey;
  if (deviceKey === null) throw new Error("a verified log has a device key");
  const stored = await storeBatch(tx, {
    logId: log.logId,
    from: log,
    after: verdict.after,
    session: direct ? append.session : null,
    status: await statusAfter(tx, log, verdict, deviceKey),
    class: verdict.genesis?.class ?? log.class ?? "detections",
    deviceKey,
    records: verdict.records,
    checkpoint: append.checkpoint,
    ids: claimedIds(understood),
    proofs: proofsOf(understood),
    boots: bootsOf(understood),
    receivedMs,
  });
  if (stored.kind === "moved") return "moved";
  const origin: Origin = { logId: log.logId, collectorId, siteId: log.siteId, receivedMs };
  const projection = projectRecords(understood, new Set(stored.fresh), [...stored.corrections], origin);
  projection.errors.push(...(await findConflicts(tx, understood, stored.fresh, origin)));
  const written =
    mode === "together"
      ? await writeProjection(tx, deps, projection, origin, deviceKey)
      : await writeOneByOne(tx, deps, understood, projection.errors, stored, origin, deviceKey);
  return { written, projection };
}

async function statusAfter(tx: Tx, log: StandingLog, verdict: Verified, deviceKey: Uint8Array): Promise<LogStatus> {
  if (verdict.records.at(-1)?.tail.kind === RECORD_KINDS.close) return "closed";
  if (verdict.genesis === null) return log.status;
  return (await isConfirmedKey(tx, log.collectorId, deviceKey)) ? "active" : "unconfirmed";
}

/** A rid that is here already: the same content is only proved once more; other content under the same rid is an alarm. */
async function findConflicts(
  tx: Tx,
  understood: readonly UnderstoodRecord[],
  fresh: ReadonlySet<Rid>,
  origin: Origin,
): Promise<ProjectionError[]> {
  const repeated = understood.filter(({ record }) => record.payload !== null && !fresh.has(record.tail.rid));
  if (repeated.length === 0) return [];
  const rids = repeated.map(({ record }) => record.tail.rid);
  const known = new Map((await findKnownIds(tx, rids)).map((one) => [one.rid, one]));
  const conflicts = repeated.filter(({ record }) => known.get(record.tail.rid)?.digest !== bytesToHex(record.payloadDigest));
  for (const { record } of conflicts) {
    const words = "Two records with different content carry the same id; the second is kept and not shown.";
    const subject = record.tail.rid;
    await raiseNotice(tx, { code: "rid-conflict", subject, level: "alarm", words, collectorId: origin.collectorId }, origin.receivedMs);
  }
  return conflicts.map(({ record, place }) => ({ seq: place.seq, record, why: RID_CONFLICT }));
}

/** The database refused something in the batch: each record under a savepoint of its own, so that the poison alone is set aside. */
async function writeOneByOne(
  tx: Tx,
  deps: MergeDeps,
  understood: readonly UnderstoodRecord[],
  errors: readonly ProjectionError[],
  stored: Extract<Stored, { kind: "stored" }>,
  origin: Origin,
  deviceKey: Uint8Array,
): Promise<Written> {
  const plates: PlateMonth[] = [];
  const refused: ProjectionError[] = [];
  const waiting = new Set(stored.fresh);
  const corrections = [...stored.corrections];
  for (const one of understood) {
    const projection = { ...projectRecords([one], waiting, corrections, origin), errors: [] };
    const outcome = await underSavepoint(tx, () => writeProjection(tx, deps, projection, origin, deviceKey));
    if (outcome.kind === "done") plates.push(...outcome.value.plates);
    else refused.push({ seq: one.place.seq, record: one.record, why: `the database refused it (${outcome.code})` });
  }
  if (refused.length > 0)
    deps.log.warn({ log: origin.logId, records: refused.length, why: refused[0]?.why }, "records could not be projected");
  await insertProjectionErrors(tx, origin.logId, [...errors, ...refused], origin.receivedMs);
  return { plates };
}

async function answerOther(
  tx: Tx,
  deps: MergeDeps,
  verdict: Exclude<AppendVerdict, Verified>,
  log: StandingLog,
  { collectorId, append }: AppendFrom,
  receivedMs: number,
): Promise<MergeAnswer> {
  if (verdict.kind === "fenced") return verdict;
  if (verdict.kind === "duplicate") return standing(log, log);
  if (verdict.quarantine !== null) {
    deps.log.warn({ collector: collectorId, log: log.logId, why: verdict.quarantine }, "records that do not verify were set aside");
    await insertQuarantine(tx, { collectorId, logId: log.logId, why: verdict.quarantine, bytes: append.bytes }, receivedMs);
  }
  const isFork = verdict.why === "fork";
  const checkpoint = isFork ? decodeCheckpoint(append.checkpoint.bytes) : undefined;
  if (checkpoint !== undefined) await insertFork(tx, log.logId, checkpoint.next, append.checkpoint, receivedMs);
  const pairs = isFork || verdict.why === "closed" ? await forkPairs(tx, log.logId, log.next) : [];
  return { kind: "rewind", why: verdict.why, next: log.next, head: log.head, pairs };
}

function standing({ next, head }: LogHead, { durable }: StandingLog, errors: readonly ProjectionError[] = []): MergeAnswer {
  const notes = errors.map(({ seq }) => [seq, "not-understood"] as const);
  return { kind: "at", next, head, durable, credit: grantCredit(next, CREDIT_RECORDS, CREDIT_BYTES), notes };
}

async function makeMonths(deps: MergeDeps, months: readonly string[]): Promise<void> {
  for (const month of months) {
    await ensurePartition(deps.db, month);
    deps.months.add(month);
  }
}

function busy(deps: MergeDeps, { append }: AppendFrom, error: unknown): MergeAnswer {
  deps.log.warn({ log: append.logId, code: sqlStateOf(error), error: messageOf(error) }, "a batch could not be stored; the edge keeps it");
  return { kind: "busy", retryAfterMs: BUSY_RETRY_MS };
}
