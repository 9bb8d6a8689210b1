/**
 * Both session cores against each other with real bytes on every hop and central's real decision (`judgeAppend`), over links that drop,
 * cut and repeat: the first, small form of the simulator. No socket, no clock, no store.
 */
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeSigner, signingKeysFromSeed } from "../crypto/device-keys.ts";
import { loadSodium } from "../crypto/load-sodium.ts";
import { appendRecord, beginLog, EMPTY_LOG, type LogHead, type RecordDraft } from "../log/chain.ts";
import { signCheckpoint } from "../log/checkpoint.ts";
import { encodeGenesis, encodeImageDropped, SMALL_VERSION } from "../log/payloads/site-payloads.ts";
import type { LogClass, LogRecord } from "../log/record.ts";
import type { BootId, CollectorId, Incarnation, LogId, Rid, SessionId, Sha256 } from "../model/ids.ts";
import type { Zstd } from "./append-body.ts";
import { type CentralEffect, type CentralEvent, type MergeAnswer, newCentralSession, stepCentral } from "./central-session.ts";
import { decodeFrame } from "./decode.ts";
import type { EdgeSource } from "./edge-flow.ts";
import { type EdgeEffect, type EdgeEvent, newEdgeSession, stepEdge, waitingRecords } from "./edge-session.ts";
import { encodeFrame } from "./encode.ts";
import type { Append, DownFrame, Frame, Hello, UpFrame } from "./frames.ts";
import { judgeAppend, type LogRow } from "./merge-append.ts";

await loadSodium();
const COLLECTOR = "01999999-0000-7000-8000-0000000000c1" as CollectorId;
const BOOT = "b007b007b007b007" as BootId;
const keys = signingKeysFromSeed(new Uint8Array(32).fill(9));
const sign = makeSigner(keys);
const zstd: Zstd = {
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

class EdgeDisk {
  readonly logs = new Map<LogId, { class: LogClass; records: LogRecord[]; head: LogHead }>();

  begin(logClass: LogClass): LogId {
    const fields = encodeGenesis({
      deviceKey: keys.publicKey,
      collector: COLLECTOR,
      class: logClass,
      nonce: new Uint8Array(16).fill(ridCounter),
      previous: null,
      reason: "first start",
    });
    const { logId, record, head } = beginLog(draft("genesis", fields));
    this.logs.set(logId, { class: logClass, records: [record], head });
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

function sourceOf(disk: EdgeDisk): EdgeSource {
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
    }),
    hashAt: (logId, seq) => disk.logs.get(logId)?.records[seq]?.hash ?? null,
    items: (logId, from, most) =>
      disk.logs
        .get(logId)!
        .records.slice(from, from + most)
        .map((one) => ({ tail: one.tailBytes, payload: one.payload })),
    checkpoint: (logId, next) =>
      signCheckpoint(
        { logId, next, headHash: disk.logs.get(logId)!.records[next - 1]!.hash, wallMs: 0, clockQuality: 3, boot: BOOT },
        sign,
      ),
  };
}

/** Central's durable state; `creditRecords` small makes credit matter. */
class CentralDisk {
  readonly rows = new Map<LogId, LogRow>();
  readonly records = new Map<LogId, LogRecord[]>();
  creditRecords = 512;

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
    const row = this.rows.get(append.logId)!;
    const verdict = judgeAppend(row, append, true, zstd);
    if (verdict.kind === "fenced") return { kind: "fenced" };
    if (verdict.kind === "rewind") return { kind: "rewind", why: verdict.why, next: row.next, head: row.head, pairs: [] };
    if (verdict.kind === "merge") {
      this.rows.set(append.logId, { ...row, ...verdict.after, status: "active", deviceKey: verdict.genesis?.deviceKey ?? row.deviceKey });
      this.records.set(append.logId, [...(this.records.get(append.logId) ?? []), ...verdict.records]);
    }
    const now = this.rows.get(append.logId)!;
    return { kind: "at", next: now.next, head: now.head, durable: 0, credit: this.credit(now), notes: [] };
  }

  credit(row: LogRow) {
    return { nextAccepted: row.next + this.creditRecords, bytesOutstanding: 262_144 };
  }
}

type Fate = "deliver" | "drop" | "twice";

/** One connection, message by message; every frame crosses as bytes. Ends when both directions are empty or the fate function cuts. */
class Connection {
  readonly edge = newEdgeSession();
  readonly central = newCentralSession();
  readonly up: Uint8Array[] = [];
  readonly down: Uint8Array[] = [];
  readonly edgeEffects: EdgeEffect[] = [];
  frames = 0;
  private readonly source: EdgeSource;
  private readonly disk: CentralDisk;
  private readonly fate: (frame: Frame) => Fate;

  constructor(disk: EdgeDisk, central: CentralDisk, fate: (frame: Frame) => Fate) {
    this.source = sourceOf(disk);
    this.disk = central;
    this.fate = fate;
  }

  atEdge(event: EdgeEvent, nowMs: number): void {
    for (const effect of stepEdge(this.edge, event, nowMs, this.source)) {
      this.edgeEffects.push(effect);
      if (effect.type === "send") this.cross(effect.frame, this.up);
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
    if (fate !== "drop") way.push(encodeFrame(frame));
    if (fate === "twice") way.push(encodeFrame(frame));
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

function connect(disk: EdgeDisk, central: CentralDisk, session: number, fate: (frame: Frame) => Fate = () => "deliver"): Connection {
  const connection = new Connection(disk, central, fate);
  connection.atEdge({ type: "connected", session: session.toString(16).padStart(32, "0") as SessionId }, session * 100_000);
  connection.settle(session * 100_000);
  return connection;
}

function assertSame(disk: EdgeDisk, central: CentralDisk): void {
  for (const [logId, log] of disk.logs) {
    const merged = central.records.get(logId) ?? [];
    assert.is(merged.length, log.records.length, "each record exactly once");
    for (const [seq, record] of log.records.entries()) assert.equal(merged[seq]!.hash, record.hash, `record ${seq}`);
  }
}

function world(detections: number) {
  const disk = new EdgeDisk();
  const urgent = disk.begin("urgent");
  const log = disk.begin("detections");
  disk.grow(log, detections);
  return { disk, urgent, log, central: new CentralDisk() };
}

test("a backlog arrives whole, in order, in one connection", () => {
  const { disk, central } = world(1_000);
  const connection = connect(disk, central, 1);
  assertSame(disk, central);
  assert.is(waitingRecords(connection.edge), 0);
});

test("a credit of seven records is never exceeded and still drains the backlog", () => {
  const { disk, central, log } = world(100);
  central.creditRecords = 7;
  const sizes: number[] = [];
  connect(disk, central, 1, (frame) => {
    if (frame.type === "append") sizes.push(frame.fromSeq + frame.count - (central.rows.get(frame.logId)?.next ?? 0));
    return "deliver";
  });
  assertSame(disk, central);
  assert.ok(Math.max(...sizes) <= 7);
  assert.is(central.rows.get(log)!.next, 101);
});

test("duplicated frames change nothing and do not multiply", () => {
  const { disk, central } = world(300);
  const connection = connect(disk, central, 1, (frame) => (frame.type === "hello" ? "deliver" : "twice"));
  assertSame(disk, central);
  assert.ok(connection.frames < 200, `${connection.frames} turns`);
});

test("an APPEND lost on the way is named by REWIND and sent again", () => {
  const { disk, central } = world(300);
  let lost = false;
  connect(disk, central, 1, (frame) => {
    if (frame.type !== "append" || frame.fromSeq !== 50 || lost) return "deliver";
    lost = true;
    return "drop";
  });
  assert.ok(lost);
  assertSame(disk, central);
});

test("an ACK that never comes ends the connection, and the next one sends nothing twice", () => {
  const { disk, central } = world(120);
  const first = connect(disk, central, 1, (frame) => (frame.type === "ack" ? "drop" : "deliver"));
  first.atEdge({ type: "tick" }, 131_000);
  assert.ok(first.edgeEffects.some((effect) => effect.type === "close"));
  const resent: number[] = [];
  connect(disk, central, 2, (frame) => {
    if (frame.type === "append") resent.push(frame.fromSeq);
    return "deliver";
  });
  assertSame(disk, central);
  assert.equal(
    resent.filter((seq) => seq < 120),
    [],
    "what central has is not sent again",
  );
});

test("central restored from an older copy gets the missing records again", () => {
  const { disk, central, log } = world(200);
  connect(disk, central, 1);
  central.rows.set(log, { ...central.rows.get(log)!, next: 80, head: central.records.get(log)![79]!.hash });
  central.records.set(log, central.records.get(log)!.slice(0, 80));
  connect(disk, central, 2);
  assertSame(disk, central);
});

test("central holding another history stops that log only, and says so", () => {
  const { disk, central, log, urgent } = world(20);
  connect(disk, central, 1);
  central.rows.set(log, { ...central.rows.get(log)!, head: new Uint8Array(32).fill(1) });
  disk.grow(log, 5);
  disk.grow(urgent, 5);
  const second = connect(disk, central, 2);
  const trouble = second.edgeEffects.find((effect) => effect.type === "trouble");
  assert.is(trouble?.type === "trouble" && trouble.trouble, "fork");
  assert.is(central.rows.get(urgent)!.next, 6);
});

test("an older session is fenced once a newer one has said HELLO", () => {
  const { disk, central, log } = world(10);
  const old = connect(disk, central, 1);
  connect(disk, central, 2);
  disk.grow(log, 1);
  old.atEdge({ type: "grown", logId: log, next: 12 }, 200_000);
  old.atEdge({ type: "tick" }, 200_300);
  old.settle(200_300);
  const close = old.edgeEffects.find((effect) => effect.type === "close");
  assert.ok(close?.type === "close" && /HELLO/.test(close.why));
});

test("an urgent record goes out at once while detections wait for their flush", () => {
  const { disk, central, log, urgent } = world(0);
  const connection = connect(disk, central, 1);
  disk.grow(log, 1);
  disk.grow(urgent, 1);
  connection.atEdge({ type: "grown", logId: log, next: 2 }, 100_010);
  assert.is(connection.up.length, 0);
  connection.atEdge({ type: "grown", logId: urgent, next: 2 }, 100_010);
  assert.is(connection.up.length, 1);
  connection.settle(100_020);
  connection.atEdge({ type: "tick" }, 100_260);
  connection.settle(100_260);
  assertSame(disk, central);
});

test("a log whose genesis names another collector is refused, and nothing of it is stored", () => {
  const { disk, central } = world(3);
  const stranger = new EdgeDisk();
  for (const [logId, log] of disk.logs) stranger.logs.set(logId, log);
  const connection = new Connection(stranger, central, () => "deliver");
  central.open = (hello) => {
    for (const log of hello.logs) {
      central.rows.set(log.logId, {
        logId: log.logId,
        collectorId: "01999999-0000-7000-8000-0000000000ff" as CollectorId,
        status: "new",
        deviceKey: null,
        session: hello.session,
        ...EMPTY_LOG,
      });
    }
  };
  connection.atEdge({ type: "connected", session: "1".repeat(32) as SessionId }, 0);
  connection.settle(0);
  assert.is(central.records.size, 0);
  assert.ok(connection.edgeEffects.some((effect) => effect.type === "trouble" && effect.trouble === "refused"));
});

test.run();
