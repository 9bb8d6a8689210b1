/** One frame of every type of protocol 1 with fixed content: what golden/frames-v1.json holds. Never change one; add. */
import { encodeFeedOp } from "../feed-op.ts";
import { type BootId, type CameraId, type CentralId, type CollectorId, type CommandId, type EntryId, hexToBytes, type Hlc, type Incarnation, type ListId, type LogId, type Rid, type SessionId, type Sha256 } from "../../model/ids.ts";
import type { Frame } from "../frames.ts";

const bytes = (fill: number, count: number) => new Uint8Array(count).fill(fill);
const LOG = "10".repeat(16) as LogId;
const SESSION = "20".repeat(16) as SessionId;
const INCARNATION = "30".repeat(16) as Incarnation;
const LIST = "01999999-0000-7000-8000-000000000115" as ListId;
const AT_MS = 1_795_305_600_000;
const CREDIT = { nextAccepted: 562, bytesOutstanding: 262_144 };
const FEED = { list: LIST, generation: INCARNATION, cursor: 7, checksum: bytes(0x41, 32) };
const TREE = { centralId: "40".repeat(16) as CentralId, incarnation: INCARNATION, size: 99, root: bytes(0x42, 32), signature: bytes(0x43, 64) };
const CLOCK = { wallMs: AT_MS, monoMs: 5_000, quality: 3 };
const SPOOL = { bytes: 5_000_000_000, oldestMs: AT_MS, freeBytes: 20_000_000_000, imagesWaiting: 34 };

export const SAMPLE_FRAMES: readonly Frame[] = [
  {
    type: "hello", protocolMin: 1, protocolMax: 1, collectorId: "01999999-0000-7000-8000-0000000000c1" as CollectorId, deviceKey: bytes(0x44, 32),
    session: SESSION, logs: [{ logId: LOG, class: "urgent", first: 0, next: 12, head: bytes(0x45, 32) }], boot: "b007b007b007b007" as BootId, clock: CLOCK,
    seen: TREE, feeds: [FEED], spool: SPOOL, configRevision: 3, version: "0.1.0", signature: bytes(0x46, 64),
  },
  {
    type: "welcome", protocol: 1, centralKeys: [bytes(0x47, 32), bytes(0x48, 32)], incarnation: INCARNATION, treeHead: null,
    logs: [{ logId: LOG, next: 10, head: bytes(0x49, 32), durable: 4, status: "active", credit: CREDIT }], clock: [AT_MS, AT_MS + 5, AT_MS + 6],
    heartbeatMs: 60_000, feeds: [{ list: LIST, generation: INCARNATION, head: 9 }], wantedConfigRevision: 3,
  },
  { type: "later", retryAfterMs: 12_000 },
  {
    type: "append", session: SESSION, logId: LOG, fromSeq: 10, count: 2, compression: "none", declaredBytes: 3, bytes: hexToBytes("92c0c0"),
    checkpoint: { bytes: bytes(0x4a, 120), signature: bytes(0x4b, 64) },
  },
  { type: "ack", logId: LOG, next: 12, head: bytes(0x4c, 32), durable: 4, credit: CREDIT, notes: [[11, "projection"]], signature: null },
  { type: "rewind", logId: LOG, next: 8, head: bytes(0x4d, 32), why: "fork", pairs: [[7, bytes(0x4e, 32)], [6, bytes(0x4f, 32)]] },
  {
    type: "heartbeat", clock: CLOCK, feeds: [FEED], spool: SPOOL, health: { rssBytes: 150_000_000, uptimeSeconds: 3_600, waitingRecords: 34, version: "0.1.0" },
    cameras: [{
      id: "01999999-0000-7000-8000-0000000000ca" as CameraId, name: "North gate", adapter: "hikvision", mode: "stream", state: "watching", detail: "",
      lastMessageMs: AT_MS, lastDetectionMs: null, latitude: 41.11, longitude: -74.04,
    }],
    configRevision: 3, site: { name: "Main & Maple", timeZone: "America/New_York", latitude: 41.11, longitude: -74.04 }, alarms: [],
  },
  {
    type: "beat", clock: [AT_MS, AT_MS + 1, AT_MS + 2], feeds: [{ list: LIST, generation: INCARNATION, head: 9 }],
    logs: [{ logId: LOG, durable: 4, credit: CREDIT }], wantedConfigRevision: 3, treeHead: null,
  },
  {
    type: "delta", list: LIST, generation: INCARNATION, from: 7, to: 8, runningHash: bytes(0x50, 32), checksum: bytes(0x51, 32), signature: bytes(0x52, 64),
    ops: [encodeFeedOp({
      rid: "01999999-0000-7000-8000-00000000f00d" as Rid, list: LIST, entry: "01999999-0000-7000-8000-00000000e001" as EntryId, causalLength: 1,
      set: [["pattern", "ABC123"], ["expiresMs", AT_MS + 604_800_000], ["reason", "seen at two break-ins"]], hlc: "0001a20114c80000" as Hlc,
      reason: "added", author: "Miriam", effectiveHlc: "0001a20114c80000" as Hlc,
    })],
  },
  { type: "snapshot", list: LIST, generation: INCARNATION, at: 9, bytes: 1_234, sha256: "53".repeat(32) as Sha256, signature: null },
  {
    type: "command", id: "01999999-0000-7000-8000-00000000c0de" as CommandId, kind: "report-now", args: bytes(0x54, 3), notBeforeMs: AT_MS,
    expiresMs: AT_MS + 60_000, signature: bytes(0x55, 64),
  },
  { type: "offer", images: [{ sha256: "56".repeat(32) as Sha256, bytes: 14_336, role: 2, rid: "01999999-0000-7000-8000-00000000d001" as Rid, priority: 0 }] },
  { type: "want", images: [{ sha256: "56".repeat(32) as Sha256, offset: 4_096 }] },
  { type: "proof?", from: 60, to: 99 },
  { type: "proof", from: 60, to: 99, hashes: [bytes(0x57, 32), bytes(0x58, 32)] },
  { type: "bye", code: "restart" },
  { type: "error", code: "fenced", scope: "frame", reference: LOG, retryable: true, retryAfterMs: 0, text: "say HELLO again" },
];

/** Frames with fields that were appended after the first release, by the name under which their bytes are kept. */
export const GROWN_FRAMES: Readonly<Record<string, Frame>> = {
  "snapshot, signed": {
    type: "snapshot", list: LIST, generation: INCARNATION, at: 9, bytes: 1_234, sha256: "53".repeat(32) as Sha256, signature: bytes(0x57, 64),
  },
  "beat, with horizons": {
    type: "beat", clock: [AT_MS, AT_MS + 1, AT_MS + 2], feeds: [{ list: LIST, generation: INCARNATION, head: 9, horizon: 5, durable: 3 }],
    logs: [{ logId: LOG, durable: 4, credit: CREDIT }], wantedConfigRevision: 3, treeHead: null,
  },
  "welcome, tree head": { ...sample("welcome"), treeHead: TREE },
  "welcome, neighbours": {
    ...sample("welcome"),
    policy: { neighbours: [{ collectorId: "01999999-0000-7000-8000-00000000000b" as CollectorId, deviceKey: bytes(0x59, 32), name: "Oak & Elm" }] },
  },
  "welcome, no neighbours": { ...sample("welcome"), policy: { neighbours: [] } },
  "beat, tree head": { ...sample("beat"), treeHead: TREE },
  "beat, unconfirmed key": { ...sample("beat"), logs: [{ logId: LOG, durable: 4, credit: CREDIT, isUnconfirmed: true }] },
  "beat, neighbours": {
    ...sample("beat"),
    policy: { neighbours: [{ collectorId: "01999999-0000-7000-8000-00000000000b" as CollectorId, deviceKey: bytes(0x59, 32), name: "Oak & Elm" }] },
  },
  "heartbeat, alarms": { ...sample("heartbeat"), alarms: [{ code: "LOG_FORK", words: "Central shows another history.", sinceMs: AT_MS }] },
};

function sample<Type extends Frame["type"]>(type: Type): Extract<Frame, { type: Type }> {
  return SAMPLE_FRAMES.find((frame) => frame.type === type) as Extract<Frame, { type: Type }>;
}
