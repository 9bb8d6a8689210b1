/**
 * Central's tables in memory and its merge: the rules of `central/merge` around the same pure decisions (`judgeAppend`,
 * `understandRecord`, `claimedIds`, `projectRecords`), without SQL. The differential test holds the two against each other.
 */
import type { Correction } from "../../../central/db/time-corrections.ts";
import type { ImageKey } from "../../../central/images/image-store.ts";
import { bootsOf, claimedIds, proofsOf } from "../../../central/merge/claimed-ids.ts";
import { RID_CONFLICT } from "../../../central/merge/merge-append.ts";
import {
  type DetectionRow,
  type Projection,
  type ProjectionError,
  projectRecords,
  type RevisionRow,
} from "../../../central/merge/project-records.ts";
import { UNKNOWN_KIND, type UnderstoodRecord, understandRecords } from "../../../central/merge/understand-records.ts";
import { nodeZstd } from "../../../central/merge/zstd.ts";
import { EMPTY_LOG } from "../../../shared/log/chain.ts";
import { decodeCheckpoint } from "../../../shared/log/checkpoint.ts";
import { type LogClass, type LogRecord, RECORD_KINDS } from "../../../shared/log/record.ts";
import type { AlertOp, Finding } from "../../../shared/model/alert.ts";
import { bytesToHex, type CollectorId, type LogId, type Rid, type SessionId, type Sha256 } from "../../../shared/model/ids.ts";
import type { EntryOp } from "../../../shared/model/watchlist.ts";
import type { Append, LogStatus } from "../../../shared/protocol/frames.ts";
import { type AppendVerdict, forkSeqs, judgeAppend, type LogRow } from "../../../shared/protocol/merge-append.ts";
import { CentralCommands } from "./central-commands.ts";
import { CentralFeeds } from "./central-feeds.ts";
import { SimTree } from "./sim-tree.ts";

export interface CentralLog extends LogRow {
  readonly class: LogClass | null;
  readonly durable: number;
  readonly records: readonly LogRecord[];
}

export interface Proof {
  readonly rid: Rid;
  readonly via: "log" | "alert" | "rehome";
  readonly logId: LogId | null;
  readonly seq: number | null;
}

export interface StoredFinding extends Finding {
  readonly recordRid: Rid;
}

/** What a merge left, for the checks that follow each step. */
export interface Merged {
  readonly log: CentralLog;
  readonly before: CentralLog;
  readonly records: readonly LogRecord[];
  readonly projection: Projection;
}

export type MergeOutcome =
  | { readonly kind: "merged"; readonly merged: Merged }
  | { readonly kind: "unknown-log" }
  | {
      readonly kind: "other";
      readonly log: CentralLog;
      readonly verdict: Exclude<AppendVerdict, { kind: "merge" }>;
      readonly pairs: Pairs;
    };
type Pairs = readonly (readonly [number, Uint8Array])[];

type ToMerge = Extract<AppendVerdict, { kind: "merge" }>;
/** How the records are read: by this release, or by an older one. */
export type Understand = (records: readonly LogRecord[]) => UnderstoodRecord[];

interface DeviceKey {
  readonly key: string;
  readonly confirmed: boolean;
}

export class CentralTables {
  readonly logs = new Map<LogId, CentralLog>();
  readonly recordIds = new Map<Rid, string>();
  readonly detections: DetectionRow[] = [];
  readonly revisions: RevisionRow[] = [];
  readonly proofs = new Map<string, Proof>();
  readonly findings: StoredFinding[] = [];
  readonly alertOps = new Map<Rid, AlertOp>();
  readonly errors = new Map<string, string>();
  readonly notices: { readonly code: string; readonly subject: string }[] = [];
  readonly forks: { readonly logId: LogId; readonly next: number }[] = [];
  readonly deviceKeys = new Map<string, DeviceKey[]>();
  /** Pictures that a merged record names, with their bytes; and those that were taken in. */
  readonly expectedImages = new Map<Sha256, number>();
  readonly storedImages = new Map<Sha256, { readonly bytes: number; readonly key: ImageKey }>();
  /** Known rids are taken for known. A known-bad variant does not. */
  private readonly knowsRids: boolean;
  private readonly corrections = new Map<string, (Correction & { readonly rid: Rid })[]>();
  /** Records of kinds that the release they came to did not know. */
  private readonly waiting: { readonly logId: LogId; readonly seq: number; readonly receivedMs: number; readonly site: string }[] = [];
  feeds = new CentralFeeds();
  tree = new SimTree();
  commands = new CentralCommands();

  constructor(knowsRids: boolean) {
    this.knowsRids = knowsRids;
  }

  /** HELLO names logs: missing ones begin empty, all of this collector's get the session. */
  openLogs(collectorId: CollectorId, logs: readonly LogId[], session: SessionId): CentralLog[] {
    for (const logId of logs) {
      const known = this.logs.get(logId);
      if (known !== undefined && known.collectorId !== collectorId) continue;
      const row = known ?? {
        logId,
        collectorId,
        status: "new" as const,
        deviceKey: null,
        class: null,
        durable: 0,
        records: [],
        ...EMPTY_LOG,
      };
      this.logs.set(logId, { ...row, session });
    }
    return logs.map((id) => this.logs.get(id)).filter((log) => log?.collectorId === collectorId) as CentralLog[];
  }

  /** A log that a carrier brings and nobody named yet; of no session. */
  beginCarriedLog(collectorId: CollectorId, logId: LogId): void {
    if (this.logs.has(logId)) return;
    const row = { logId, collectorId, status: "new", deviceKey: null, class: null, durable: 0, records: [], session: null } as const;
    this.logs.set(logId, { ...row, ...EMPTY_LOG });
  }

  merge(collectorId: CollectorId, append: Append, direct: boolean, receivedMs: number, site: string, understand: Understand): MergeOutcome {
    const log = this.logs.get(append.logId);
    if (log === undefined || log.collectorId !== collectorId) return { kind: "unknown-log" };
    const verdict = judgeAppend(log, append, direct, nodeZstd);
    if (verdict.kind === "merge") {
      this.tree.add(append.checkpoint.bytes, receivedMs);
      return { kind: "merged", merged: this.store(log, verdict, receivedMs, site, understand) };
    }
    const isFork = verdict.kind === "rewind" && verdict.why === "fork";
    const isClosed = verdict.kind === "rewind" && verdict.why === "closed";
    const asked = isFork ? decodeCheckpoint(append.checkpoint.bytes) : undefined;
    if (asked !== undefined) this.forks.push({ logId: log.logId, next: asked.next });
    return { kind: "other", log, verdict, pairs: isFork || isClosed ? forkPairs(log) : [] };
  }

  private store(before: CentralLog, verdict: ToMerge, receivedMs: number, site: string, understand: Understand): Merged {
    const understood = understand(verdict.records);
    const deviceKey = verdict.genesis?.deviceKey ?? before.deviceKey!;
    const log: CentralLog = {
      ...before,
      ...verdict.after,
      status: this.statusAfter(before, verdict, deviceKey),
      class: verdict.genesis?.class ?? before.class,
      deviceKey,
      records: [...before.records, ...verdict.records],
    };
    this.logs.set(log.logId, log);
    const projection = this.project(understood, log, receivedMs, site);
    for (const { seq, why } of projection.errors) if (why === UNKNOWN_KIND) this.waiting.push({ logId: log.logId, seq, receivedMs, site });
    return { log, before, records: verdict.records, projection };
  }

  /** As `central/merge/retry-projection.ts`: what an older release set aside and this one understands. Answers how many, and the edits among it. */
  retry(): { readonly count: number; readonly entryOps: readonly EntryOp[] } {
    const entryOps: EntryOp[] = [];
    let count = 0;
    for (const one of this.waiting.splice(0)) {
      const log = this.logs.get(one.logId)!;
      const understood = understandRecords([log.records[one.seq]!]);
      if (understood.some(({ meaning }) => meaning.kind === "not-understood")) {
        if (understood.length > 1) this.claim(understood);
        this.waiting.push(one);
        continue;
      }
      this.errors.delete(`${log.logId} ${one.seq}`);
      count += 1;
      entryOps.push(...this.project(understood, log, one.receivedMs, one.site).entryOps);
    }
    return { count, entryOps };
  }

  private project(understood: readonly UnderstoodRecord[], log: CentralLog, receivedMs: number, site: string): Projection {
    const fresh = this.claim(understood);
    for (const { rid, seq, via } of proofsOf(understood)) {
      const place = via === "alert" ? null : log.logId;
      this.proofs.set(`${rid} ${via} ${place} ${seq}`, { rid, via, logId: place, seq });
    }
    const key = bytesToHex(log.deviceKey!);
    const boots = new Set<string>(bootsOf(understood));
    const known = (this.corrections.get(key) ?? []).filter((one) => boots.has(one.boot)).sort((a, b) => (a.rid < b.rid ? -1 : 1));
    const origin = { logId: log.logId, collectorId: log.collectorId, siteId: site, receivedMs };
    const projection = projectRecords(understood, new Set(fresh), [...known], origin);
    projection.errors.push(...this.conflicts(understood, fresh));
    this.write(projection, log, key, receivedMs, site);
    return projection;
  }

  private statusAfter(log: CentralLog, verdict: ToMerge, deviceKey: Uint8Array): LogStatus {
    if (verdict.records.at(-1)?.tail.kind === RECORD_KINDS.close) return "closed";
    if (verdict.genesis === null) return log.status;
    const key = bytesToHex(deviceKey);
    return this.isConfirmed(log.collectorId, key) ? "active" : "unconfirmed";
  }

  isConfirmed(collectorId: CollectorId, deviceKey: string): boolean {
    return this.deviceKeys.get(collectorId)?.some((one) => one.key === deviceKey && one.confirmed) === true;
  }

  private claim(understood: readonly UnderstoodRecord[]): Set<Rid> {
    const fresh = new Set<Rid>();
    for (const { rid, digest } of claimedIds(understood)) {
      if (this.knowsRids && this.recordIds.has(rid)) continue;
      this.recordIds.set(rid, bytesToHex(digest));
      fresh.add(rid);
    }
    return fresh;
  }

  private conflicts(understood: readonly UnderstoodRecord[], fresh: ReadonlySet<Rid>): ProjectionError[] {
    return understood.flatMap(({ record, place }) => {
      const { rid } = record.tail;
      if (record.payload === null || fresh.has(rid) || this.recordIds.get(rid) === bytesToHex(record.payloadDigest)) return [];
      this.notices.push({ code: "rid-conflict", subject: rid });
      return [{ seq: place.seq, record, why: RID_CONFLICT }];
    });
  }

  private write(projection: Projection, log: CentralLog, key: string, receivedMs: number, site: string): void {
    this.detections.push(...projection.detections);
    this.revisions.push(...projection.revisions);
    const fixes = projection.corrections.map((one) => ({ ...one, rid: one.rid as Rid }));
    this.corrections.set(key, [...(this.corrections.get(key) ?? []), ...fixes]);
    for (const { finding, recordRid } of projection.findings) this.findings.push({ ...finding, recordRid });
    for (const { op } of projection.alertOps) this.alertOps.set(op.rid, op);
    for (const image of projection.images) {
      const sha256 = image.sha256 as Sha256;
      this.expectedImages.set(sha256, Math.max(image.bytes, this.expectedImages.get(sha256) ?? 0));
    }
    this.commands.results.push(...projection.commandResults.map((one) => ({ ...one, collectorId: log.collectorId, deviceKey: key })));
    this.feeds.publish(projection.entryOps, receivedMs, site);
    for (const { previous } of projection.continued) this.close(previous.logId, log.collectorId);
    for (const { seq, why } of projection.errors) this.errors.set(`${log.logId} ${seq}`, why);
  }

  /** A genesis that names a previous log closes that one, if it is the same collector's. */
  private close(logId: LogId, collectorId: CollectorId): void {
    const previous = this.logs.get(logId);
    if (previous?.collectorId === collectorId) this.logs.set(logId, { ...previous, status: "closed" });
  }

  /** A backup: everything as it stands. */
  copy(): CentralTables {
    const copy = new CentralTables(this.knowsRids);
    for (const name of ["logs", "recordIds", "proofs", "alertOps", "errors", "expectedImages", "storedImages"] as const) {
      const from: ReadonlyMap<string, unknown> = this[name];
      for (const [id, one] of from) (copy[name] as Map<string, unknown>).set(id, one);
    }
    for (const [collector, keys] of this.deviceKeys) copy.deviceKeys.set(collector, [...keys]);
    for (const [key, fixes] of this.corrections) copy.corrections.set(key, [...fixes]);
    copy.detections.push(...this.detections);
    copy.revisions.push(...this.revisions);
    copy.findings.push(...this.findings);
    copy.notices.push(...this.notices);
    copy.forks.push(...this.forks);
    copy.waiting.push(...this.waiting);
    copy.feeds = this.feeds.copy();
    copy.tree = this.tree.copy();
    copy.commands = this.commands.copy();
    return copy;
  }
}

const forkPairs = (log: CentralLog): Pairs => forkSeqs(log.next).map((seq) => [seq, log.records[seq]!.hash]);
