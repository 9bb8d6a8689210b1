/**
 * A world for tests: both session cores against each other with real bytes on every hop and central's real decision (`judgeAppend`), over
 * links that drop, cut and repeat. The first, small form of the simulator: no socket, no clock, no store.
 */
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import * as assert from "uvu/assert";
import { makeSigner, signingKeysFromSeed } from "../crypto/device-keys.ts";
import { loadSodium } from "../crypto/load-sodium.ts";
import { appendRecord, beginLog, EMPTY_LOG, type LogHead, type RecordDraft } from "../log/chain.ts";
import { signCheckpoint } from "../log/checkpoint.ts";
import { decodeRehome, encodeRehome, rehomedFrom } from "../log/payloads/rehome-payload.ts";
import { encodeGenesis, encodeImageDropped, type Genesis, SMALL_VERSION } from "../log/payloads/site-payloads.ts";
import { type LogClass, type LogRecord, SALT_BYTES } from "../log/record.ts";
import type { BootId, CollectorId, Incarnation, LogId, Rid, SessionId, Sha256 } from "../model/ids.ts";
import type { Zstd } from "./append-body.ts";
import { type CentralEffect, type CentralEvent, type MergeAnswer, newCentralSession, stepCentral } from "./central-session.ts";
import { decodeFrame } from "./decode.ts";
import type { EdgeEffect, EdgeEvent } from "./edge-events.ts";
import type { EdgeSource } from "./edge-flow.ts";
import { stepEdge } from "./edge-session.ts";
import { type EdgeSessionState, newEdgeSession } from "./edge-session-state.ts";
import { encodeFrame } from "./encode.ts";
import type { Append, DownFrame, Frame, Hello, UpFrame } from "./frames.ts";
import { forkSeqs, judgeAppend, type LogRow } from "./merge-append.ts";

await loadSodium();
export const COLLECTOR = "01999999-0000-7000-8000-0000000000c1" as CollectorId;
const BOOT = "b007b007b007b007" as BootId;
const keys = signingKeysFromSeed(new Uint8Array(32).fill(9));
export const testSigner = makeSigner(keys);
export const zstd: Zstd = {
  compress: (bytes) => zstdCompressSync(bytes),
  decompress: (bytes, bytesMax) => {
    try {
      return zstdDecompressSync(bytes, { maxOutputLength: bytesMax });
    } catch {
      return undefined;
    }
  },
};
let ridCounter = 0;
const nextRid = () => `01999999-0000-7000-8000-${(++ridCounter).toString(16).padStart(12, "0")}` as Rid;
const draft = (kind: RecordDraft["kind"], fields: Uint8Array): RecordDraft => ({
  kind,
  version: SMALL_VERSION,
  rid: nextRid(),
  moment: { boot: BOOT, monoMs: ridCounter, wallMs: 1_795_305_600_000, clockQuality: 3 },
  salt: new Uint8Array(16).fill(ridCounter),
  fields,
});

export class EdgeDisk {
  readonly logs = new Map<LogId, { class: LogClass; records: LogRecord[]; head: LogHead }>();

  readonly left = new Map<LogId, readonly LogRecord[]>();

  begin(logClass: LogClass, previous: Genesis["previous"] = null): LogId {
    const fields = encodeGenesis({
      deviceKey: keys.publicKey,
      collector: COLLECTOR,
      class: logClass,
      nonce: new Uint8Array(16).fill(ridCounter),
      previous,
      reason: "a test",
    });
    const { logId, record, head } = beginLog(draft("genesis", fields));
    this.logs.set(logId, { class: logClass, records: [record], head });
    return logId;
  }

  /** As the edge's store does: a new log that names the point, and what lies behind it once more. Answers its id. */
  beginAgain(left: LogId, agreed: LogHead): LogId {
    const old = this.logs.get(left)!;
    this.logs.delete(left);
    this.left.set(left, old.records);
    const logId = this.begin(old.class, { logId: left, next: agreed.next, hash: agreed.head });
    const log = this.logs.get(logId)!;
    for (const one of old.records.slice(Math.max(1, agreed.next))) {
      const { record, head } = appendRecord(logId, log.head, draft("rehome", encodeRehome(rehomedFrom(left, one))));
      log.records.push(record);
      log.head = head;
    }
    return logId;
  }

  grow(logId: LogId, count: number): void {
    const log = this.logs.get(logId)!;
    for (let made = 0; made < count; made++) {
      const fields = encodeImageDropped({ detection: nextRid(), sha256: "ab".repeat(32) as Sha256, why: "a record to carry" });
      const { record, head } = appendRecord(logId, log.head, draft("image-dropped", fields));
      log.records.push(record);
      log.head = head;
    }
  }
}

export function sourceOf(disk: EdgeDisk): EdgeSource {
  const hello = (session: SessionId): Hello => ({
    type: "hello",
    protocolMin: 1,
    protocolMax: 1,
    collectorId: COLLECTOR,
    deviceKey: keys.publicKey,
    session,
    logs: [...disk.logs].map(([logId, log]) => ({ logId, class: log.class, first: 0, next: log.head.next, head: log.head.head })),
    boot: BOOT,
    clock: { wallMs: 0, monoMs: 0, quality: 0 },
    seen: null,
    feeds: [],
    spool: { bytes: 0, oldestMs: null, freeBytes: null, imagesWaiting: 0 },
    configRevision: 0,
    version: "test",
    signature: new Uint8Array(64),
  });
  return {
    hello,
    zstd,
    recordsMax: 50,
    imagesToOffer: () => [],
    heartbeat: () => ({
      type: "heartbeat",
      clock: { wallMs: 0, monoMs: 0, quality: 0 },
      feeds: [],
      spool: { bytes: 0, oldestMs: null, freeBytes: null, imagesWaiting: 0 },
      health: { rssBytes: 0, uptimeSeconds: 0, waitingRecords: 0, version: "test" },
      cameras: [],
      configRevision: 0,
      site: { name: "Main & Maple", timeZone: "America/New_York", latitude: null, longitude: null },
      alarms: [],
    }),
    hashAt: (logId, seq) => disk.logs.get(logId)?.records[seq]?.hash ?? null,
    items: (logId, from, most, bytesMax) => {
      let bytes = 0;
      const records = disk.logs.get(logId)!.records.slice(from, from + most);
      const full = records.findIndex((one, at) => {
        bytes += one.tailBytes.length + one.payload!.length;
        return at > 0 && bytes > bytesMax;
      });
      return records.slice(0, full < 0 ? most : full).map((one) => ({ tail: one.tailBytes, payload: one.payload }));
    },
    checkpoint: (logId, next) =>
      signCheckpoint(
        { logId, next, headHash: disk.logs.get(logId)!.records[next - 1]!.hash, wallMs: 0, clockQuality: 3, boot: BOOT },
        testSigner,
      ),
  };
}

/** Central's durable state; `creditRecords` small makes credit matter. */
export class CentralDisk {
  readonly rows = new Map<LogId, LogRow>();
  readonly records = new Map<LogId, LogRecord[]>();
  creditRecords = 512;
  /** The database is away for the next merge. */
  isAway: () => boolean = () => false;

  /** An older copy is put back: the newest records of each log are gone, except its genesis. */
  restore(lost: number): void {
    for (const [logId, row] of this.rows) {
      const records = this.records.get(logId) ?? [];
      const kept = records.slice(0, Math.max(Math.min(1, records.length), records.length - lost));
      this.records.set(logId, kept);
      this.rows.set(logId, { ...row, next: kept.length, head: kept.at(-1)?.hash ?? EMPTY_LOG.head });
    }
  }

  open(hello: Hello): void {
    for (const log of hello.logs) {
      const known = this.rows.get(log.logId);
      this.rows.set(log.logId, {
        ...(known ?? { logId: log.logId, collectorId: COLLECTOR, status: "new", deviceKey: null, ...EMPTY_LOG }),
        session: hello.session,
      });
    }
  }

  merge(append: Append): MergeAnswer {
    if (this.isAway()) return { kind: "busy", retryAfterMs: 2_000 };
    const row = this.rows.get(append.logId)!;
    const verdict = judgeAppend(row, append, true, zstd);
    if (verdict.kind === "fenced") return { kind: "fenced" };
    if (verdict.kind === "rewind") {
      const records = this.records.get(append.logId) ?? [];
      const pairs = forkSeqs(row.next).flatMap((seq) => (records[seq] === undefined ? [] : [[seq, records[seq].hash] as const]));
      return { kind: "rewind", why: verdict.why, next: row.next, head: row.head, pairs };
    }
    if (verdict.kind === "merge") {
      this.rows.set(append.logId, { ...row, ...verdict.after, status: "active", deviceKey: verdict.genesis?.deviceKey ?? row.deviceKey });
      this.records.set(append.logId, [...(this.records.get(append.logId) ?? []), ...verdict.records]);
      const left = verdict.genesis?.previous == null ? undefined : this.rows.get(verdict.genesis.previous.logId);
      if (left !== undefined) this.rows.set(left.logId, { ...left, status: "closed" });
    }
    const now = this.rows.get(append.logId)!;
    return { kind: "at", next: now.next, head: now.head, durable: 0, credit: this.credit(now), notes: [] };
  }

  credit(row: LogRow) {
    return { nextAccepted: row.next + this.creditRecords, bytesOutstanding: 262_144 };
  }
}

export type Fate = "deliver" | "drop" | "twice";

/** One connection, message by message; every frame crosses as bytes. Ends when both directions are empty or the fate function cuts. */
export class Connection {
  readonly edge = newEdgeSession();
  readonly central = newCentralSession();
  readonly up: Uint8Array[] = [];
  readonly down: Uint8Array[] = [];
  readonly edgeEffects: EdgeEffect[] = [];
  frames = 0;
  appendsInFlightMost = 0;
  /** What a frame looks like on the line: as this release writes it, or as a later one would. */
  written: (frame: Frame) => Uint8Array = encodeFrame;
  private readonly source: EdgeSource;
  private readonly store: EdgeDisk;
  private readonly disk: CentralDisk;
  private readonly fate: (frame: Frame) => Fate;

  /** `line`: "fast" is one that was measured as such, so that batches are as large as they may be. */
  constructor(disk: EdgeDisk, central: CentralDisk, fate: (frame: Frame) => Fate, line: "fast" | "new" = "fast") {
    if (line === "fast") openWindow(this.edge);
    this.store = disk;
    this.source = sourceOf(disk);
    this.disk = central;
    this.fate = fate;
  }

  atEdge(event: EdgeEvent, nowMs: number): void {
    for (const effect of stepEdge(this.edge, event, nowMs, this.source)) {
      this.edgeEffects.push(effect);
      for (const flow of this.edge.flows.values()) this.appendsInFlightMost = Math.max(this.appendsInFlightMost, flow.underWay.length);
      if (effect.type === "send") this.cross(effect.frame, this.up);
      if (effect.type !== "begin-again") continue;
      this.store.beginAgain(effect.logId, effect.agreed);
      this.atEdge({ type: "logs" }, nowMs);
    }
  }

  private atCentral(event: CentralEvent): void {
    for (const effect of stepCentral(this.central, event)) this.carryOut(effect);
  }

  private carryOut(effect: CentralEffect): void {
    if (effect.type === "send") this.cross(effect.frame, this.down);
    if (effect.type === "merge") this.atCentral({ type: "merged", logId: effect.append.logId, answer: this.disk.merge(effect.append) });
    if (effect.type !== "open") return;
    this.disk.open(effect.hello);
    const logs = effect.hello.logs.map(({ logId }) => {
      const row = this.disk.rows.get(logId)!;
      return { logId, next: row.next, head: row.head, durable: 0, status: row.status, credit: this.disk.credit(row) };
    });
    this.atCentral({
      type: "opened",
      welcome: {
        type: "welcome",
        protocol: 1,
        centralKeys: [new Uint8Array(32), new Uint8Array(32)],
        incarnation: "30".repeat(16) as Incarnation,
        treeHead: null,
        logs,
        clock: [0, 0, 0],
        heartbeatMs: 60_000,
        feeds: [],
        wantedConfigRevision: 0,
      },
    });
  }

  private cross(frame: Frame, way: Uint8Array[]): void {
    const fate = this.fate(frame);
    if (fate !== "drop") way.push(this.written(frame));
    if (fate === "twice") way.push(this.written(frame));
  }

  /** Delivers until nothing is under way; fails when that does not end. */
  settle(nowMs: number): void {
    while (this.up.length + this.down.length > 0) {
      assert.ok(++this.frames < 5_000, "frames multiply without end");
      const up = this.up.shift();
      if (up !== undefined) this.atCentral({ type: "frame", frame: read(up) as UpFrame });
      const down = this.down.shift();
      if (down !== undefined) this.atEdge({ type: "frame", frame: read(down) as DownFrame }, nowMs);
    }
  }
}

function read(bytes: Uint8Array): Frame {
  const decoded = decodeFrame(bytes);
  if (decoded.kind !== "frame") throw new Error(`a frame of our own is ${decoded.kind}`);
  return decoded.frame;
}

/** As on a line that carries 10 MB a second. */
export function openWindow(edge: EdgeSessionState): void {
  edge.bulk.window.samples.push(10_000_000);
}

export const sessionOf = (session: number): SessionId => session.toString(16).padStart(32, "0") as SessionId;

export function connect(disk: EdgeDisk, central: CentralDisk, session: number, fate: (frame: Frame) => Fate = () => "deliver"): Connection {
  const connection = new Connection(disk, central, fate);
  connection.atEdge({ type: "connected", session: sessionOf(session) }, session * 100_000);
  connection.settle(session * 100_000);
  return connection;
}

export function assertSame(disk: EdgeDisk, central: CentralDisk): void {
  for (const [logId, log] of disk.logs) {
    const merged = central.records.get(logId) ?? [];
    assert.is(merged.length, log.records.length, "each record exactly once");
    for (const [seq, record] of log.records.entries()) assert.equal(merged[seq]!.hash, record.hash, `record ${seq}`);
  }
}

/** Every record of every log of this edge, left or not, is at central under its rid: in its own log, or carried by another. */
export function assertNothingLost(disk: EdgeDisk, central: CentralDisk): void {
  const known = new Set<Rid>();
  for (const record of [...central.records.values()].flat()) {
    known.add(record.tail.rid);
    const carried = record.payload === null ? undefined : decodeRehome(record.payload.subarray(SALT_BYTES));
    if (carried !== undefined) known.add(carried.record.tail.rid);
  }
  for (const [logId, records] of [...disk.left, ...[...disk.logs].map(([id, log]) => [id, log.records] as const)]) {
    for (const { tail } of records.slice(1)) assert.ok(known.has(tail.rid), `record ${tail.seq} of ${logId}`);
  }
}

export function world(detections: number) {
  const disk = new EdgeDisk();
  const urgent = disk.begin("urgent");
  const log = disk.begin("detections");
  disk.grow(log, detections);
  return { disk, urgent, log, central: new CentralDisk() };
}
