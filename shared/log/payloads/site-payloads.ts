/**
 * The small kinds, version 1:
 *   genesis        0 device public key (32)  1 collector (16)  2 class (1 detections, 2 urgent)  3 nonce (16)
 *                  4 [previous logId (16), next, hash (32)] or nil  5 reason
 *   camera-status  0 camera (16)  1 state  2 detail  3 since, ms UTC (capture stopped or resumed then)
 *   image-dropped  0 detection (16)  1 SHA-256 (32)  2 why
 *   clock-fix      0 boot (8)  1 mono ms  2 utc ms  3 uncertainty ms  4 source
 *   gap, pruned    0 logId (16)  1 from  2 to (exclusive)  3 why
 *   close          0 why
 */
import { CAMERA_STATES, type CameraState } from "../../model/camera.ts";
import {
  type BootId,
  bytesToHex,
  bytesToUuid,
  type CameraId,
  type CollectorId,
  hexId,
  hexToBytes,
  type LogId,
  type Rid,
  type Sha256,
  uuidToBytes,
} from "../../model/ids.ts";
import { decodePositional, encodePositional, ms } from "../positional.ts";
import { LOG_CLASS_NUMBERS, type LogClass } from "../record.ts";
import { FieldReader } from "./fields.ts";

export const SMALL_VERSION = 1;
const WORDS_MAX = 500;

export interface Genesis {
  readonly deviceKey: Uint8Array;
  readonly collector: CollectorId;
  readonly class: LogClass;
  readonly nonce: Uint8Array;
  readonly previous: { readonly logId: LogId; readonly next: number; readonly hash: Uint8Array } | null;
  readonly reason: string;
}

export function encodeGenesis(genesis: Genesis): Uint8Array {
  const { previous } = genesis;
  return encodePositional([
    genesis.deviceKey,
    uuidToBytes(genesis.collector),
    LOG_CLASS_NUMBERS[genesis.class],
    genesis.nonce,
    previous === null ? null : [hexToBytes(previous.logId), previous.next, previous.hash],
    genesis.reason,
  ]);
}

export function decodeGenesis(fields: Uint8Array): Genesis | undefined {
  const reader = open(fields);
  const deviceKey = reader.bytes(32);
  const collector = bytesToUuid<CollectorId>(reader.bytes(16));
  const number = reader.count();
  const logClass = reader.must<LogClass>(number === 1 ? "detections" : number === 2 ? "urgent" : undefined, "urgent");
  const nonce = reader.bytes(16);
  const previous = reader.nestedOrNull((one) => ({ logId: hexId<LogId>(one.bytes(16)), next: one.count(), hash: one.bytes(32) }));
  return reader.done({ deviceKey, collector, class: logClass, nonce, previous, reason: reader.text(WORDS_MAX) });
}

export interface CameraStatus {
  readonly camera: CameraId;
  readonly state: CameraState;
  readonly detail: string;
  readonly sinceMs: number;
}

export function encodeCameraStatus(status: CameraStatus): Uint8Array {
  return encodePositional([uuidToBytes(status.camera), status.state, status.detail.slice(0, WORDS_MAX), ms(status.sinceMs)]);
}

export function decodeCameraStatus(fields: Uint8Array): CameraStatus | undefined {
  const reader = open(fields);
  const camera = bytesToUuid<CameraId>(reader.bytes(16));
  const word = reader.text(WORDS_MAX);
  const state = reader.must(
    CAMERA_STATES.find((one) => one === word),
    "stopped",
  );
  return reader.done({ camera, state, detail: reader.text(WORDS_MAX), sinceMs: reader.count() });
}

export interface ImageDropped {
  readonly detection: Rid;
  readonly sha256: Sha256;
  readonly why: string;
}

export function encodeImageDropped(dropped: ImageDropped): Uint8Array {
  return encodePositional([uuidToBytes(dropped.detection), hexToBytes(dropped.sha256), dropped.why]);
}

export function decodeImageDropped(fields: Uint8Array): ImageDropped | undefined {
  const reader = open(fields);
  return reader.done({
    detection: bytesToUuid<Rid>(reader.bytes(16)),
    sha256: bytesToHex(reader.bytes(32)) as Sha256,
    why: reader.text(WORDS_MAX),
  });
}

export interface ClockFix {
  readonly boot: BootId;
  readonly monoMs: number;
  readonly utcMs: number;
  readonly uncertaintyMs: number;
  readonly source: string;
}

export function encodeClockFix(fix: ClockFix): Uint8Array {
  return encodePositional([hexToBytes(fix.boot), ms(fix.monoMs), ms(fix.utcMs), ms(fix.uncertaintyMs), fix.source]);
}

export function decodeClockFix(fields: Uint8Array): ClockFix | undefined {
  const reader = open(fields);
  const boot = bytesToHex(reader.bytes(8)) as BootId;
  return reader.done({
    boot,
    monoMs: reader.count(),
    utcMs: reader.count(),
    uncertaintyMs: reader.count(),
    source: reader.text(WORDS_MAX),
  });
}

/** A range of a log that is not there any more: `gap` when it was lost, `pruned` when it was removed by rule. */
export interface MissingRange {
  readonly logId: LogId;
  readonly from: number;
  readonly to: number;
  readonly why: string;
}

export function encodeMissingRange(range: MissingRange): Uint8Array {
  return encodePositional([hexToBytes(range.logId), range.from, range.to, range.why]);
}

export function decodeMissingRange(fields: Uint8Array): MissingRange | undefined {
  const reader = open(fields);
  return reader.done({ logId: hexId<LogId>(reader.bytes(16)), from: reader.count(), to: reader.count(), why: reader.text(WORDS_MAX) });
}

function open(fields: Uint8Array): FieldReader {
  const decoded = decodePositional(fields);
  return new FieldReader(decoded.kind === "ok" ? decoded.value : undefined);
}
