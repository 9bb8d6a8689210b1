import { appendRecord, beginLog, EMPTY_LOG, type LogHead, type Moment, type RecordDraft } from "../../shared/log/chain.ts";
import { signCheckpoint } from "../../shared/log/checkpoint.ts";
import { encodeGenesis, SMALL_VERSION } from "../../shared/log/payloads/site-payloads.ts";
import type { LogClass, LogRecord, RecordKind } from "../../shared/log/record.ts";
import { type BootId, bytesToHex, type CollectorId, type LogId, type Rid, uuid } from "../../shared/model/ids.ts";
import { insertEmptyLog } from "../db/empty-log-rows.ts";
import type { Tx } from "../db/open-db.ts";
import type { CentralIdentity } from "../integrity/central-identity.ts";
import type { AppendOwn, OwnRecord } from "./append-own.ts";
import { bootsOf, claimedIds, proofsOf } from "./claimed-ids.ts";
import type { MergeDeps } from "./merge-deps.ts";
import { claimOwnCollector, lockOwnLog } from "./own-log-rows.ts";
import { projectRecords } from "./project-records.ts";
import { storeBatch } from "./store-rows.ts";
import { OWN_CAUSAL_LENGTH_MAX, understandRecords } from "./understand-records.ts";
import { writeProjection } from "./write-projection.ts";

export interface OwnLogDeps {
  readonly merge: MergeDeps;
  readonly identity: CentralIdentity;
  /** UUIDv7. */
  readonly newId: () => string;
  readonly randomBytes: (count: number) => Uint8Array;
  /** ms since this process began. */
  readonly monoMs: () => number;
}

export interface OwnLog {
  readonly collectorId: CollectorId;
  readonly appendOwn: AppendOwn;
}

/** A server keeps its clock by NTP; a wrong one is shown on the health page. */
const CLOCK_QUALITY = 3;
const CLASS_OF: Partial<Record<RecordKind, LogClass>> = { detection: "detections", revision: "detections" };

/**
 * Central as a collector: evidence that begins here has the same form as evidence from an edge. Makes its collector and its two logs at
 * the first start; another signing key begins new ones.
 */
export async function openOwnLog(deps: OwnLogDeps): Promise<OwnLog> {
  const boot = bytesToHex(deps.randomBytes(8)) as BootId;
  const collectorId = await deps.merge.db.transaction().execute(async (tx) => {
    const id = await claimOwnCollector(tx, deps.newId(), deps.identity.publicKey, deps.merge.nowMs());
    const own: Own = { ...deps, boot, collectorId: uuid<CollectorId>(id) };
    for (const logClass of ["detections", "urgent"] as const) {
      if ((await lockOwnLog(tx, id, deps.identity.publicKey, logClass)) === undefined) await beginOwnLog(tx, own, logClass);
    }
    return own.collectorId;
  });
  const own: Own = { ...deps, boot, collectorId };
  return { collectorId, appendOwn: (tx, records) => appendOwn(tx, own, records) };
}

interface Own extends OwnLogDeps {
  readonly boot: BootId;
  readonly collectorId: CollectorId;
}

async function beginOwnLog(tx: Tx, own: Own, logClass: LogClass): Promise<void> {
  const fields = encodeGenesis({
    deviceKey: own.identity.publicKey,
    collector: own.collectorId,
    class: logClass,
    nonce: own.randomBytes(16),
    previous: null,
    reason: "central's own log",
  });
  const nowMs = own.merge.nowMs();
  const { logId, record, head } = beginLog(draftOf(own, { kind: "genesis", version: SMALL_VERSION, fields }, nowMs));
  await insertEmptyLog(tx, own.collectorId, logId, nowMs);
  await store(tx, own, logId, logClass, EMPTY_LOG, [record], head, nowMs);
}

async function appendOwn(tx: Tx, own: Own, records: readonly OwnRecord[]): Promise<Rid[]> {
  const nowMs = own.merge.nowMs();
  const drafts = records.map((record) => draftOf(own, record, nowMs));
  // In this order always: two transactions that write to both logs take the locks alike.
  for (const logClass of ["detections", "urgent"] as const) {
    const mine = drafts.filter((draft) => (CLASS_OF[draft.kind] ?? "urgent") === logClass);
    if (mine.length > 0) await appendToClass(tx, own, logClass, mine, nowMs);
  }
  return drafts.map((draft) => draft.rid);
}

async function appendToClass(tx: Tx, own: Own, logClass: LogClass, drafts: readonly RecordDraft[], nowMs: number): Promise<void> {
  const row = await lockOwnLog(tx, own.collectorId, own.identity.publicKey, logClass);
  if (row === undefined) throw new Error("central's own log was not opened");
  const records: LogRecord[] = [];
  let head: LogHead = row;
  for (const draft of drafts) {
    const appended = appendRecord(row.logId, head, draft);
    records.push(appended.record);
    head = appended.head;
  }
  await store(tx, own, row.logId, logClass, row, records, head, nowMs);
}

async function store(
  tx: Tx,
  own: Own,
  logId: LogId,
  logClass: LogClass,
  from: LogHead,
  records: readonly LogRecord[],
  after: LogHead,
  nowMs: number,
): Promise<void> {
  const { publicKey, sign } = own.identity;
  const understood = understandRecords(records, OWN_CAUSAL_LENGTH_MAX);
  const claim = { logId, next: after.next, headHash: after.head, wallMs: nowMs, clockQuality: CLOCK_QUALITY, boot: own.boot };
  const stored = await storeBatch(tx, {
    logId,
    from,
    after,
    session: null,
    status: "active",
    class: logClass,
    deviceKey: publicKey,
    records,
    checkpoint: signCheckpoint(claim, sign),
    ids: claimedIds(understood),
    proofs: proofsOf(understood),
    boots: bootsOf(understood),
    receivedMs: nowMs,
  });
  if (stored.kind === "moved") throw new Error("central's own log moved while it was locked");
  const origin = { logId, collectorId: own.collectorId, siteId: own.collectorId, receivedMs: nowMs };
  const projection = projectRecords(understood, new Set(stored.fresh), [...stored.corrections], origin);
  await writeProjection(tx, own.merge, projection, origin, publicKey);
}

function draftOf(own: Own, record: OwnRecord, nowMs: number): RecordDraft {
  const moment: Moment = { boot: own.boot, monoMs: Math.round(own.monoMs()), wallMs: nowMs, clockQuality: CLOCK_QUALITY };
  return {
    kind: record.kind,
    version: record.version,
    rid: record.rid ?? uuid<Rid>(own.newId()),
    moment,
    salt: own.randomBytes(16),
    fields: record.fields,
  };
}
