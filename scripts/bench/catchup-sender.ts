/**
 * The edge of the catchup bench, in a process of its own: a backlog of real signed records, pictures on disk, a fresh alert each second,
 * and the real session core over a real WebSocket.
 */
import { createHash, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { uuidv7 } from "uuidv7";
import { momentOf, newRid, type TestCollector, testCollector } from "../../central/ingest/test-collector.ts";
import { sendImages } from "../../edge/sync/send-images.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { ALERT_VERSION, encodeAlert } from "../../shared/log/payloads/alert-payload.ts";
import { DETECTION_VERSION, encodeDetection } from "../../shared/log/payloads/detection-payload.ts";
import { alertId } from "../../shared/match/alert-id.ts";
import type { DetectionImage } from "../../shared/model/detection.ts";
import { type CameraId, type CollectorId, type EntryId, type ListId, type Plate, type Sha256, uuid } from "../../shared/model/ids.ts";
import { pictureWay } from "../../shared/protocol/picture-way.ts";
import { type LightEdge, type LightImages, openLightEdge } from "./light-edge.ts";
import { type PackedLog, packedLog } from "./packed-log.ts";
import { variedDetection } from "./varied-detections.ts";

export type CatchupCommand =
  | {
      readonly do: "prepare";
      readonly collectorId: string;
      readonly apiKey: string;
      readonly rows: number;
      /** How many of the first detections have scenes on disk, in this folder. */
      readonly pictures: number;
      readonly folder: string;
    }
  | {
      readonly do: "drain";
      readonly url: string;
      /** Of the pictures: by another port of the same line. */
      readonly apiKey: string;
      /** Ends then, drained or not. */
      readonly maxMs: number;
      /** `birth`: a sender without priorities. An alert goes when all that was recorded before it is acknowledged. */
      readonly order: "priorities" | "birth";
    }
  | { readonly do: "end" };
export type CatchupReport =
  | { readonly did: "prepared"; readonly bytes: number }
  | {
      readonly did: "drained";
      readonly ms: number;
      /** Detections acknowledged within. */
      readonly acknowledged: number;
      readonly isDrained: boolean;
      readonly urgentLog: string;
      readonly raised: readonly RaisedAlert[];
      readonly picturesSent: number;
      readonly connections: number;
    }
  | { readonly did: "failed"; readonly why: string };

/** A fresh alert at the edge: its place in the urgent log, and when (ms UTC) it was recorded, sent and acknowledged; null: not yet. */
export interface RaisedAlert {
  readonly alert: string;
  readonly seq: number;
  readonly atMs: number;
  sentMs: number | null;
  acknowledgedMs: number | null;
}

const ALERT_EVERY_MS = 1_000;
const SCENE_BYTES = 60_000;
/** Room for alerts and their detections beside the backlog. */
const ALERTS_MAX = 10_000;

interface Prepared {
  readonly owner: TestCollector;
  readonly urgent: PackedLog;
  readonly detections: PackedLog;
  readonly camera: CameraId;
  /** Scenes by the seq of the detection that names them. */
  readonly scenes: ReadonlyMap<number, DetectionImage>;
  readonly folder: string;
}

let prepared: Prepared | null = null;

async function handle(command: CatchupCommand): Promise<CatchupReport | null> {
  switch (command.do) {
    case "prepare": {
      await loadSodium();
      prepared = prepare(command);
      return { did: "prepared", bytes: process.memoryUsage().rss };
    }
    case "drain":
      return drain(prepared!, command);
    case "end":
      process.disconnect();
      return null;
  }
}

function prepare({ collectorId, rows, pictures, folder }: Extract<CatchupCommand, { do: "prepare" }>): Prepared {
  const owner = testCollector(uuid<CollectorId>(collectorId));
  const urgent = packedLog(owner, "urgent", ALERTS_MAX);
  const detections = packedLog(owner, "detections", rows + ALERTS_MAX);
  const camera = uuid<CameraId>(uuidv7());
  const scenes = new Map<number, DetectionImage>();
  // Waiting since the link went: none is of today, as after an outage.
  const fromMs = Date.now() - 3_600_000;
  for (let at = 0; at < rows; at++) {
    const rid = newRid();
    const wallMs = fromMs + at;
    const scene = at < pictures ? makeScene(folder) : null;
    if (scene !== null) scenes.set(detections.head().next, scene);
    const varied = variedDetection(rid, camera, wallMs);
    const fields = encodeDetection(scene === null ? varied : { ...varied, images: [scene] });
    detections.append("detection", DETECTION_VERSION, rid, fields, momentOf(owner, wallMs));
  }
  return { owner, urgent, detections, camera, scenes, folder };
}

function makeScene(folder: string): DetectionImage {
  const bytes = randomBytes(SCENE_BYTES);
  const sha256 = createHash("sha256").update(bytes).digest("hex") as Sha256;
  writeFileSync(join(folder, sha256), bytes);
  return { role: "full", sha256, bytes: bytes.length };
}

async function drain(made: Prepared, { url, apiKey, maxMs, order }: Extract<CatchupCommand, { do: "drain" }>): Promise<CatchupReport> {
  const { urgent, detections, owner } = made;
  const raised: RaisedAlert[] = [];
  const backlog = detections.head().next;
  const held: { after: number }[] = [];
  let acknowledged = 0;
  let connections = 0;
  let drained: () => void = () => undefined;
  const end = new Promise<void>((resolve) => {
    drained = resolve;
  });
  const pictures = picturesOf(made, url, apiKey, () => acknowledged);
  const letGo = (): void => {
    while (held[0] !== undefined && held[0].after <= acknowledged) {
      held.shift();
      edge.grown(urgent);
    }
  };
  const fromMs = performance.now();
  const edge: LightEdge = openLightEdge({
    url,
    apiKey,
    owner,
    logs: [urgent, detections],
    recordsMax: 50,
    images: pictures.images,
    onWelcome: () => {
      connections += 1;
    },
    onSent: (logId, next) => {
      if (logId === urgent.logId) stamp(raised, next, "sentMs");
    },
    onAcknowledged: (logId, next) => {
      if (logId === urgent.logId) stamp(raised, next, "acknowledgedMs");
      if (logId !== detections.logId) return;
      acknowledged = next;
      if (order === "birth") letGo();
      if (next >= backlog) drained();
    },
  });
  const alerts = setInterval(() => {
    const seq = urgent.head().next;
    raised.push({ alert: raiseAlert(made), seq, atMs: Date.now(), sentMs: null, acknowledgedMs: null });
    edge.grown(detections);
    if (order === "priorities") edge.grown(urgent);
    else held.push({ after: detections.head().next });
  }, ALERT_EVERY_MS);
  const timer = setTimeout(drained, maxMs);
  await end;
  clearInterval(alerts);
  clearTimeout(timer);
  const ms = performance.now() - fromMs;
  const isDrained = acknowledged >= backlog;
  // The last alert has its second, too.
  await new Promise((resolve) => setTimeout(resolve, isDrained ? ALERT_EVERY_MS : 0));
  await edge.stop();
  return {
    did: "drained",
    ms,
    acknowledged: Math.min(acknowledged, backlog),
    isDrained,
    urgentLog: urgent.logId,
    raised,
    picturesSent: pictures.sent(),
    connections,
  };
}

/** The first time only: what was sent again after a broken connection has waited since it was sent first. */
function stamp(raised: readonly RaisedAlert[], next: number, what: "sentMs" | "acknowledgedMs"): void {
  const nowMs = Date.now();
  for (let at = raised.length - 1; at >= 0; at--) {
    const one = raised[at]!;
    if (one[what] !== null) return;
    if (one.seq < next) one[what] = nowMs;
  }
}

/** As an edge does it: the detection into its log, then the alert with the detection's signed bytes into the urgent one. */
function raiseAlert({ owner, urgent, detections, camera }: Prepared): string {
  const wallMs = Date.now();
  const rid = newRid();
  const plate = `FRESH${urgent.head().next}` as Plate;
  const fresh = { ...variedDetection(rid, camera, wallMs), plate, plateRead: plate };
  const record = detections.append("detection", DETECTION_VERSION, rid, encodeDetection(fresh), momentOf(owner, wallMs));
  const entry = uuid<EntryId>(uuidv7());
  const alert = alertId(rid, entry);
  const finding = {
    alert,
    pass: rid,
    entry,
    list: uuid<ListId>(uuidv7()),
    detection: rid,
    explanation: { kind: "exact" as const, plate, pattern: plate, differences: [] },
    listVersion: { generation: "0".repeat(32), cursor: 1, overlay: 0 },
    listName: "Break-ins",
    listOwner: "Main & Maple",
    critical: false,
    reason: "bench",
    expiresMs: wallMs + 86_400_000,
  };
  const carried = { logId: detections.logId, prevHash: record.header.subarray(0, 32), tail: record.tailBytes, payload: record.payload! };
  urgent.append("alert", ALERT_VERSION, newRid(), encodeAlert({ finding, detection: carried }), momentOf(owner, wallMs));
  return alert;
}

function picturesOf(made: Prepared, url: string, apiKey: string, acknowledged: () => number) {
  const stored = new Set<Sha256>();
  const waiting = () => [...made.scenes].filter(([seq, scene]) => seq < acknowledged() && !stored.has(scene.sha256));
  const log = { info: () => undefined, warn: () => undefined };
  const reader = {
    waitingNamed: (digests: readonly Sha256[]) =>
      waiting()
        .filter(([, scene]) => digests.includes(scene.sha256))
        .map(([seq, { sha256, bytes }]) => {
          return { sha256, bytes, role: "full", rid: newRid(), priority: 3, path: sha256, logId: made.detections.logId, seq };
        }),
  };
  const writer = { noteImageSent: async (sha256: Sha256) => void stored.add(sha256) };
  const deps = { centralUrl: url, apiKey, reader, writer, imagePath: (path: string) => join(made.folder, path), log };
  const images: LightImages = {
    toOffer: (without) =>
      waiting()
        .filter(([, scene]) => !without.has(scene.sha256))
        .slice(0, 64)
        .map(([, { sha256, bytes }]) => ({ sha256, bytes, role: 1, rid: newRid(), priority: 3 })),
    put: (want, state, signal) =>
      sendImages(
        deps as never,
        want,
        signal,
        pictureWay(state, () => performance.now()),
      ),
  };
  return { images, sent: () => stored.size };
}

process.on("message", (command: CatchupCommand) => {
  handle(command).then(
    (report) => report !== null && process.send?.(report),
    (error: Error) => process.send?.({ did: "failed", why: error.stack ?? error.message } satisfies CatchupReport),
  );
});
