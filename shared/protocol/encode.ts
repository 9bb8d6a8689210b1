import type { Credit } from "../flow/credits.ts";
import { encodePositional, ms, msOrNull, type Positional } from "../log/positional.ts";
import { LOG_CLASS_NUMBERS } from "../log/record.ts";
import { hexToBytes, uuidToBytes } from "../model/ids.ts";
import {
  type CameraReport,
  type ClockReading,
  type CollectorPolicy,
  type FeedCursor,
  type FeedHead,
  FRAME_TYPES,
  type Frame,
  type HelloLog,
  type Spool,
  UNCONFIRMED,
} from "./frames.ts";
import { treeHeadFields } from "./tree-head.ts";

/** The bytes of one frame. Positions are for ever; README.md lists them. */
export function encodeFrame(frame: Frame): Uint8Array {
  return encodePositional([FRAME_TYPES[frame.type], ...fieldsOf(frame)]);
}

function fieldsOf(frame: Frame): Positional[] {
  switch (frame.type) {
    case "hello":
      return [
        frame.protocolMin,
        frame.protocolMax,
        uuidToBytes(frame.collectorId),
        frame.deviceKey,
        hexToBytes(frame.session),
        frame.logs.map(helloLog),
        hexToBytes(frame.boot),
        clock(frame.clock),
        frame.seen === null ? null : treeHeadFields(frame.seen),
        frame.feeds.map(feedCursor),
        spool(frame.spool),
        frame.configRevision,
        frame.version,
        frame.signature,
      ];
    case "welcome":
      return [
        frame.protocol,
        [...frame.centralKeys],
        hexToBytes(frame.incarnation),
        frame.treeHead === null ? null : treeHeadFields(frame.treeHead),
        frame.logs.map((log) => [hexToBytes(log.logId), log.next, log.head, log.durable, log.status, credit(log.credit)]),
        frame.clock.map(ms),
        frame.heartbeatMs,
        frame.feeds.map(feedHead),
        frame.wantedConfigRevision,
        ...appended(frame.policy === undefined ? null : policyFields(frame.policy)),
      ];
    case "later":
      return [frame.retryAfterMs];
    case "append":
      return [
        hexToBytes(frame.session),
        hexToBytes(frame.logId),
        frame.fromSeq,
        frame.count,
        frame.compression === "zstd" ? 1 : 0,
        frame.declaredBytes,
        frame.bytes,
        [frame.checkpoint.bytes, frame.checkpoint.signature],
      ];
    case "ack":
      return [
        hexToBytes(frame.logId),
        frame.next,
        frame.head,
        frame.durable,
        credit(frame.credit),
        frame.notes.map((note) => [...note]),
        frame.signature,
      ];
    case "rewind":
      return [hexToBytes(frame.logId), frame.next, frame.head, frame.why, frame.pairs.map((pair) => [...pair])];
    case "heartbeat":
      return [
        clock(frame.clock),
        frame.feeds.map(feedCursor),
        spool(frame.spool),
        [ms(frame.health.rssBytes), frame.health.uptimeSeconds, frame.health.waitingRecords, frame.health.version],
        frame.cameras.map(camera),
        frame.configRevision,
        [frame.site.name, frame.site.timeZone, frame.site.latitude, frame.site.longitude],
        ...appended(frame.alarms.length === 0 ? null : frame.alarms.map((one) => [one.code, one.words, ms(one.sinceMs)])),
      ];
    case "beat":
      return [
        frame.clock.map(ms),
        frame.feeds.map(feedHead),
        frame.logs.map((log) => [
          hexToBytes(log.logId),
          log.durable,
          credit(log.credit),
          ...(log.isUnconfirmed === true ? [UNCONFIRMED] : []),
        ]),
        frame.wantedConfigRevision,
        ...appended(
          frame.treeHead === null ? null : treeHeadFields(frame.treeHead),
          frame.policy === undefined ? null : policyFields(frame.policy),
        ),
      ];
    case "delta":
      return [
        uuidToBytes(frame.list),
        hexToBytes(frame.generation),
        frame.from,
        frame.to,
        [...frame.ops],
        frame.runningHash,
        frame.checksum,
        frame.signature,
      ];
    case "snapshot":
      return [
        uuidToBytes(frame.list),
        hexToBytes(frame.generation),
        frame.at,
        frame.bytes,
        hexToBytes(frame.sha256),
        ...signatureIfAny(frame.signature),
      ];
    case "command":
      return [uuidToBytes(frame.id), frame.kind, frame.args, ms(frame.notBeforeMs), ms(frame.expiresMs), frame.signature];
    case "offer":
      return [frame.images.map((one) => [hexToBytes(one.sha256), one.bytes, one.role, uuidToBytes(one.rid), one.priority])];
    case "want":
      return [frame.images.map((one) => [hexToBytes(one.sha256), one.offset])];
    case "proof?":
      return [frame.from, frame.to];
    case "proof":
      return [frame.from, frame.to, [...frame.hashes]];
    case "bye":
      return [frame.code];
    case "error":
      return [frame.code, frame.scope, frame.reference, frame.retryable, frame.retryAfterMs, frame.text];
  }
}

/** Fields that came after a frame's first release: what is not said is left out at the end, so that the first form keeps its bytes. */
function appended(...fields: Positional[]): Positional[] {
  return fields.slice(0, fields.findLastIndex((field) => field !== null) + 1);
}

/** An array of its own, so that a later release may say more in it. */
const policyFields = ({ neighbours }: CollectorPolicy): Positional => [
  neighbours.map((one) => [uuidToBytes(one.collectorId), one.deviceKey, one.name]),
];
const credit = (one: Credit): Positional => [ms(one.nextAccepted), one.bytesOutstanding];
const clock = (one: ClockReading): Positional => [ms(one.wallMs), ms(one.monoMs), one.quality];
const helloLog = (one: HelloLog): Positional => [hexToBytes(one.logId), LOG_CLASS_NUMBERS[one.class], one.first, one.next, one.head];
const feedCursor = (one: FeedCursor): Positional => [uuidToBytes(one.list), hexToBytes(one.generation), one.cursor, one.checksum];
/** Appended to the released form, and left out where there is nothing to say. */
const feedHead = (one: FeedHead): Positional => {
  const { horizon = 0, durable = 0 } = one;
  return [uuidToBytes(one.list), hexToBytes(one.generation), one.head, ...(horizon + durable === 0 ? [] : [horizon, durable])];
};
const signatureIfAny = (signature: Uint8Array | null): Positional[] => (signature === null ? [] : [signature]);
const spool = (one: Spool): Positional => [ms(one.bytes), msOrNull(one.oldestMs), msOrNull(one.freeBytes), one.imagesWaiting];
const camera = (one: CameraReport): Positional => [
  uuidToBytes(one.id),
  one.name,
  one.adapter,
  one.mode,
  one.state,
  one.detail,
  msOrNull(one.lastMessageMs),
  msOrNull(one.lastDetectionMs),
  one.latitude,
  one.longitude,
];
