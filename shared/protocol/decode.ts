import type { Credit } from "../flow/credits.ts";
import { FieldReader } from "../log/payloads/fields.ts";
import { decodePositional } from "../log/positional.ts";
import type { LogClass } from "../log/record.ts";
import { LARGE_PAYLOAD_BYTES_MAX } from "../log/record.ts";
import {
  type BootId,
  bytesToHex,
  bytesToUuid,
  type CameraId,
  type CollectorId,
  type CommandId,
  hexId,
  type Incarnation,
  type ListId,
  type LogId,
  type Rid,
  type SessionId,
  type Sha256,
} from "../model/ids.ts";
import {
  type BeatLog,
  type CameraReport,
  type ClockReading,
  type CollectorPolicy,
  type Compression,
  type FeedCursor,
  type FeedHead,
  FRAME_TYPES,
  type Frame,
  type LogStatus,
  type RewindWhy,
  type Spool,
  UNCONFIRMED,
} from "./frames.ts";
import {
  ALARMS_MAX,
  APPEND_RECORDS_MAX,
  CAMERAS_MAX,
  CHECKPOINT_FIELD_BYTES_MAX,
  COMMAND_ARGS_BYTES_MAX,
  DECLARED_BYTES_MAX,
  FEEDS_MAX,
  FORK_PAIRS_MAX,
  FRAME_BYTES_MAX,
  IMAGES_PER_OFFER_MAX,
  LOGS_PER_HELLO_MAX,
  NEIGHBOURS_MAX,
  OPS_PER_DELTA_MAX,
  PROOF_HASHES_MAX,
  TEXT_MAX,
} from "./limits.ts";
import { readTreeHead } from "./tree-head.ts";

export type DecodedFrame =
  | { readonly kind: "frame"; readonly frame: Frame }
  /** A type of a later release: answered with ERROR unsupported, the connection goes on. */
  | { readonly kind: "unsupported"; readonly number: number }
  | { readonly kind: "malformed"; readonly why: string };

const STATUSES: readonly LogStatus[] = ["new", "active", "unconfirmed", "closed", "abandoned"];
const COMPRESSIONS: readonly Compression[] = ["none", "zstd"];
const CLASSES: readonly (LogClass | null)[] = [null, "detections", "urgent"];
const REASONS: readonly RewindWhy[] = ["gap", "bad-prev", "fork", "bad-signature", "closed", "unknown-key"];

/** One frame from its bytes. Refuses what is larger than a frame, deeper than 16, not an array, or not of the type's form. */
export function decodeFrame(bytes: Uint8Array): DecodedFrame {
  if (bytes.length > FRAME_BYTES_MAX) return { kind: "malformed", why: `larger than ${FRAME_BYTES_MAX} bytes` };
  const decoded = decodePositional(bytes);
  if (decoded.kind === "malformed") return decoded;
  if (!Array.isArray(decoded.value) || typeof decoded.value[0] !== "number")
    return { kind: "malformed", why: "not an array that starts with a type" };
  const number = decoded.value[0];
  const read = READERS.get(number);
  if (read === undefined) return { kind: "unsupported", number };
  const reader = new FieldReader(decoded.value.slice(1));
  const frame = read(reader);
  return reader.ok() ? { kind: "frame", frame } : { kind: "malformed", why: `fields of a ${frame.type} frame` };
}

const READERS = new Map<number, (reader: FieldReader) => Frame>([
  [
    FRAME_TYPES.hello,
    (r) => ({
      type: "hello",
      protocolMin: r.count(),
      protocolMax: r.count(),
      collectorId: bytesToUuid<CollectorId>(r.bytes(16)),
      deviceKey: r.bytes(32),
      session: hexId<SessionId>(r.bytes(16)),
      logs: r.list(LOGS_PER_HELLO_MAX, readHelloLog),
      boot: bytesToHex(r.bytes(8)) as BootId,
      clock: r.nested(readClock),
      seen: r.nestedOrNull(readTreeHead),
      feeds: r.list(FEEDS_MAX, readFeedCursor),
      spool: r.nested(readSpool),
      configRevision: r.count(),
      version: r.text(TEXT_MAX),
      signature: r.bytes(64),
    }),
  ],
  [
    FRAME_TYPES.welcome,
    (r) => ({
      type: "welcome",
      protocol: r.count(),
      centralKeys: readKeys(r),
      incarnation: hexId<Incarnation>(r.bytes(16)),
      treeHead: r.nestedOrNull(readTreeHead),
      logs: r.list(LOGS_PER_HELLO_MAX, (one) => ({
        logId: hexId<LogId>(one.bytes(16)),
        next: one.count(),
        head: one.bytes(32),
        durable: one.count(),
        status: oneOf(one, STATUSES),
        credit: one.nested(readCredit),
      })),
      clock: r.nested(readTimes),
      heartbeatMs: r.count(),
      feeds: r.list(FEEDS_MAX, readFeedHead),
      wantedConfigRevision: r.count(),
      ...policyOf(r.nestedOrNull(readPolicy)),
    }),
  ],
  [FRAME_TYPES.later, (r) => ({ type: "later", retryAfterMs: r.count() })],
  [
    FRAME_TYPES.append,
    (r) => ({
      type: "append",
      session: hexId<SessionId>(r.bytes(16)),
      logId: hexId<LogId>(r.bytes(16)),
      fromSeq: r.count(),
      count: bounded(r, APPEND_RECORDS_MAX),
      compression: numbered(r, COMPRESSIONS),
      declaredBytes: bounded(r, DECLARED_BYTES_MAX),
      bytes: r.blob(FRAME_BYTES_MAX),
      checkpoint: r.nested((one) => ({ bytes: one.blob(CHECKPOINT_FIELD_BYTES_MAX), signature: one.bytes(64) })),
    }),
  ],
  [
    FRAME_TYPES.ack,
    (r) => ({
      type: "ack",
      logId: hexId<LogId>(r.bytes(16)),
      next: r.count(),
      head: r.bytes(32),
      durable: r.count(),
      credit: r.nested(readCredit),
      notes: r.list(APPEND_RECORDS_MAX, (one) => [one.count(), one.text(TEXT_MAX)] as const),
      signature: r.bytesOrNull(64),
    }),
  ],
  [
    FRAME_TYPES.rewind,
    (r) => ({
      type: "rewind",
      logId: hexId<LogId>(r.bytes(16)),
      next: r.count(),
      head: r.bytes(32),
      why: oneOf(r, REASONS),
      pairs: r.list(FORK_PAIRS_MAX, (one) => [one.count(), one.bytes(32)] as const),
    }),
  ],
  [
    FRAME_TYPES.heartbeat,
    (r) => ({
      type: "heartbeat",
      clock: r.nested(readClock),
      feeds: r.list(FEEDS_MAX, readFeedCursor),
      spool: r.nested(readSpool),
      health: r.nested((one) => ({
        rssBytes: one.count(),
        uptimeSeconds: one.count(),
        waitingRecords: one.count(),
        version: one.text(TEXT_MAX),
      })),
      cameras: r.list(CAMERAS_MAX, readCamera),
      configRevision: r.count(),
      site: r.nested((one) => ({
        name: one.text(TEXT_MAX),
        timeZone: one.text(TEXT_MAX),
        latitude: one.numberOrNull(),
        longitude: one.numberOrNull(),
      })),
      alarms: r.listOrNone(ALARMS_MAX, (one) => ({ code: one.text(TEXT_MAX), words: one.text(TEXT_MAX), sinceMs: one.count() })),
    }),
  ],
  [
    FRAME_TYPES.beat,
    (r) => ({
      type: "beat",
      clock: r.nested(readTimes),
      feeds: r.list(FEEDS_MAX, readFeedHead),
      logs: r.list(LOGS_PER_HELLO_MAX, readBeatLog),
      wantedConfigRevision: r.count(),
      treeHead: r.nestedOrNull(readTreeHead),
      ...policyOf(r.nestedOrNull(readPolicy)),
    }),
  ],
  [
    FRAME_TYPES.delta,
    (r) => ({
      type: "delta",
      list: bytesToUuid<ListId>(r.bytes(16)),
      generation: hexId<Incarnation>(r.bytes(16)),
      from: r.count(),
      to: r.count(),
      ops: r.blobs(OPS_PER_DELTA_MAX, LARGE_PAYLOAD_BYTES_MAX),
      runningHash: r.bytes(32),
      checksum: r.bytes(32),
      signature: r.bytes(64),
    }),
  ],
  [
    FRAME_TYPES.snapshot,
    (r) => ({
      type: "snapshot",
      list: bytesToUuid<ListId>(r.bytes(16)),
      generation: hexId<Incarnation>(r.bytes(16)),
      at: r.count(),
      bytes: r.count(),
      sha256: bytesToHex(r.bytes(32)) as Sha256,
      signature: r.bytesOrNull(64),
    }),
  ],
  [
    FRAME_TYPES.command,
    (r) => ({
      type: "command",
      id: bytesToUuid<CommandId>(r.bytes(16)),
      kind: r.text(TEXT_MAX),
      args: r.blob(COMMAND_ARGS_BYTES_MAX),
      notBeforeMs: r.count(),
      expiresMs: r.count(),
      signature: r.bytes(64),
    }),
  ],
  [
    FRAME_TYPES.offer,
    (r) => ({
      type: "offer",
      images: r.list(IMAGES_PER_OFFER_MAX, (one) => ({
        sha256: bytesToHex(one.bytes(32)) as Sha256,
        bytes: one.count(),
        role: one.count(),
        rid: bytesToUuid<Rid>(one.bytes(16)),
        priority: one.count(),
      })),
    }),
  ],
  [
    FRAME_TYPES.want,
    (r) => ({
      type: "want",
      images: r.list(IMAGES_PER_OFFER_MAX, (one) => ({ sha256: bytesToHex(one.bytes(32)) as Sha256, offset: one.count() })),
    }),
  ],
  [FRAME_TYPES["proof?"], (r) => ({ type: "proof?", from: r.count(), to: r.count() })],
  [FRAME_TYPES.proof, (r) => ({ type: "proof", from: r.count(), to: r.count(), hashes: r.hashes(PROOF_HASHES_MAX) })],
  [FRAME_TYPES.bye, (r) => ({ type: "bye", code: r.text(TEXT_MAX) })],
  [
    FRAME_TYPES.error,
    (r) => ({
      type: "error",
      code: r.text(TEXT_MAX),
      scope: r.text(TEXT_MAX),
      reference: r.text(TEXT_MAX),
      retryable: r.flag(),
      retryAfterMs: r.count(),
      text: r.text(TEXT_MAX),
    }),
  ],
]);

const readHelloLog = (one: FieldReader) => ({
  logId: hexId<LogId>(one.bytes(16)),
  class: numbered(one, CLASSES),
  first: one.count(),
  next: one.count(),
  head: one.bytes(32),
});
const readClock = (one: FieldReader): ClockReading => ({ wallMs: one.count(), monoMs: one.count(), quality: one.count() });
const readCredit = (one: FieldReader): Credit => ({ nextAccepted: one.count(), bytesOutstanding: one.count() });
const readTimes = (one: FieldReader): [number, number, number] => [one.count(), one.count(), one.count()];
const readKeys = (reader: FieldReader): [Uint8Array, Uint8Array] => reader.nested((one) => [one.bytes(32), one.bytes(32)]);
const readFeedCursor = (one: FieldReader): FeedCursor => ({
  list: bytesToUuid<ListId>(one.bytes(16)),
  generation: hexId<Incarnation>(one.bytes(16)),
  cursor: one.count(),
  checksum: one.bytes(32),
});
const readBeatLog = (one: FieldReader): BeatLog => {
  const log = { logId: hexId<LogId>(one.bytes(16)), durable: one.count(), credit: one.nested(readCredit) };
  return one.countOrNull() === UNCONFIRMED ? { ...log, isUnconfirmed: true } : log;
};
const readFeedHead = (one: FieldReader): FeedHead => {
  const head = { list: bytesToUuid<ListId>(one.bytes(16)), generation: hexId<Incarnation>(one.bytes(16)), head: one.count() };
  const [horizon, durable] = [one.countOrNull() ?? 0, one.countOrNull() ?? 0];
  return { ...head, ...(horizon > 0 ? { horizon } : {}), ...(durable > 0 ? { durable } : {}) };
};
const readPolicy = (one: FieldReader): CollectorPolicy => ({
  neighbours: one.list(NEIGHBOURS_MAX, (each) => ({
    collectorId: bytesToUuid<CollectorId>(each.bytes(16)),
    deviceKey: each.bytes(32),
    name: each.text(TEXT_MAX),
  })),
});
const policyOf = (policy: CollectorPolicy | null) => (policy === null ? {} : { policy });
const readSpool = (one: FieldReader): Spool => ({
  bytes: one.count(),
  oldestMs: one.numberOrNull(),
  freeBytes: one.numberOrNull(),
  imagesWaiting: one.count(),
});
const readCamera = (one: FieldReader): CameraReport => ({
  id: bytesToUuid<CameraId>(one.bytes(16)),
  name: one.text(TEXT_MAX),
  adapter: one.text(TEXT_MAX),
  mode: one.text(TEXT_MAX),
  state: one.text(TEXT_MAX),
  detail: one.text(TEXT_MAX),
  lastMessageMs: one.numberOrNull(),
  lastDetectionMs: one.numberOrNull(),
  latitude: one.numberOrNull(),
  longitude: one.numberOrNull(),
});

function oneOf<Word extends string>(reader: FieldReader, words: readonly Word[]): Word {
  const text = reader.text(TEXT_MAX);
  return reader.must(
    words.find((word) => word === text),
    words[0]!,
  );
}

/** A word by its number on the wire: one that this release does not know is refused, never taken for another. */
function numbered<Word extends string>(reader: FieldReader, words: readonly (Word | null)[]): Word {
  return reader.must(words[reader.count()] ?? undefined, words.find((word) => word !== null)!);
}

function bounded(reader: FieldReader, most: number): number {
  const value = reader.count();
  return reader.must(value <= most ? value : undefined, 0);
}
