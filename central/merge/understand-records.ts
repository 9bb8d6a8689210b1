/**
 * What verified records say. Bytes are stored whether or not they are understood; this is only the reading of them, pure and never
 * throwing: a payload that cannot be read is a value with a reason, and the log goes on.
 */

import { UNCERTAINTY_MAX_MS } from "../../shared/clock/clock-quality.ts";
import { HLC_MS_MAX } from "../../shared/clock/hlc.ts";
import { decodeAlertOp } from "../../shared/log/payloads/alert-op-payload.ts";
import { type AlertPayload, decodeAlert } from "../../shared/log/payloads/alert-payload.ts";
import { type CommandResult, decodeCommandResult } from "../../shared/log/payloads/command-result-payload.ts";
import { decodeDetection, decodeRevision } from "../../shared/log/payloads/detection-payload.ts";
import { decodeEntryOp } from "../../shared/log/payloads/entry-op-payload.ts";
import { decodeRehome } from "../../shared/log/payloads/rehome-payload.ts";
import { decodeReturnedDelta } from "../../shared/log/payloads/returned-delta-payload.ts";
import {
  type CameraStatus,
  type ClockFix,
  decodeCameraStatus,
  decodeClockFix,
  decodeGenesis,
  decodeImageDropped,
  decodeMissingRange,
  type Genesis,
  type ImageDropped,
  type MissingRange,
} from "../../shared/log/payloads/site-payloads.ts";
import { decodeTail, kindOfNumber, type LogRecord, payloadDigest, RECORD_KINDS, SALT_BYTES, type Tail } from "../../shared/log/record.ts";
import type { AlertOp } from "../../shared/model/alert.ts";
import type { Detection, Revision } from "../../shared/model/detection.ts";
import type { EntryOp } from "../../shared/model/watchlist.ts";
import { decodeFrame } from "../../shared/protocol/decode.ts";
import type { Delta } from "../../shared/protocol/frames.ts";

export type Meaning =
  | { readonly kind: "detection"; readonly detection: Detection }
  | { readonly kind: "revision"; readonly revision: Revision }
  | { readonly kind: "alert"; readonly alert: AlertPayload; readonly carried: Carried }
  | { readonly kind: "alert-op"; readonly op: AlertOp }
  | { readonly kind: "entry-op"; readonly op: EntryOp }
  | { readonly kind: "clock-fix"; readonly fix: ClockFix }
  | { readonly kind: "camera-status"; readonly status: CameraStatus }
  | { readonly kind: "image-dropped"; readonly dropped: ImageDropped }
  | { readonly kind: "genesis"; readonly genesis: Genesis }
  | { readonly kind: "command-result"; readonly result: CommandResult }
  /** What this central published before it was restored, if the signature is its own. */
  | { readonly kind: "returned-delta"; readonly delta: Delta }
  | { readonly kind: "close" }
  /** Records of another log that are not there any more: lost (`gap`), or removed by rule (`pruned`). */
  | { readonly kind: "missing"; readonly range: MissingRange; readonly isLost: boolean }
  /** Needs no projection: an erased payload, what only carries another record. */
  | { readonly kind: "nothing" }
  | { readonly kind: "not-understood"; readonly why: string };

/** The detection (or revision) that an alert carries, so that it can be shown before the other log has caught up. */
export interface Carried {
  readonly tail: Tail;
  readonly digest: Uint8Array;
  readonly reading:
    | { readonly kind: "detection"; readonly detection: Detection }
    | { readonly kind: "revision"; readonly revision: Revision };
}

/** Which record of the log that is being merged vouches for it: itself, or the one that carries it from a log that was left. */
export interface Place {
  readonly seq: number;
  readonly via: "log" | "rehome";
}

export interface UnderstoodRecord {
  readonly record: LogRecord;
  readonly meaning: Meaning;
  readonly place: Place;
}

/** Why a record waits in `projection_errors` for a release that knows its kind. */
export const UNKNOWN_KIND = "this release does not know the kind";
const NOT_READABLE = "the payload cannot be read";
const NO_TIME = "a clock-fix to a time that no clock shows";

/**
 * Adding and deleting an entry in turn, once a second, takes 34 years to get there. One step from the end of what has a byte form nobody
 * could delete the entry any more; central's own log may go on up to there (`OWN_CAUSAL_LENGTH_MAX`), so that its people still can.
 */
const CAUSAL_LENGTH_MAX = 2 ** 30;
export const OWN_CAUSAL_LENGTH_MAX = 2 ** 32 - 1;

/** Each record, and behind one that carries another (`rehome`) the carried one, in its own words and under its own rid. */
export function understandRecords(records: readonly LogRecord[], causalLengthMax = CAUSAL_LENGTH_MAX): UnderstoodRecord[] {
  return records.flatMap((record) => {
    const { seq, kind } = record.tail;
    const itself: Place = { seq, via: "log" };
    if (kind !== RECORD_KINDS.rehome || record.payload === null)
      return [{ record, meaning: meaningOf(record, causalLengthMax), place: itself }];
    const carried = record.payload.length < SALT_BYTES ? undefined : decodeRehome(record.payload.subarray(SALT_BYTES));
    if (carried === undefined) return [{ record, meaning: unreadable(NOT_READABLE), place: itself }];
    const inner: UnderstoodRecord = {
      record: carried.record,
      meaning: meaningOf(carried.record, causalLengthMax),
      place: { seq, via: "rehome" },
    };
    return [{ record, meaning: { kind: "nothing" }, place: itself }, inner];
  });
}

function meaningOf({ tail, payload }: LogRecord, causalLengthMax: number): Meaning {
  if (payload === null) return { kind: "nothing" };
  if (payload.length < SALT_BYTES) return unreadable(NOT_READABLE);
  const fields = payload.subarray(SALT_BYTES);
  const kind = kindOfNumber(tail.kind);
  switch (kind) {
    case "detection": {
      const detection = decodeDetection(tail.rid, fields);
      return detection === undefined ? unreadable(NOT_READABLE) : { kind, detection };
    }
    case "revision": {
      const revision = decodeRevision(tail.rid, fields);
      return revision === undefined ? unreadable(NOT_READABLE) : { kind, revision };
    }
    case "alert":
      return alertMeaning(decodeAlert(fields));
    case "alert-op": {
      const op = decodeAlertOp(tail.rid, fields);
      return op === undefined ? unreadable(NOT_READABLE) : { kind, op };
    }
    case "entry-op": {
      const op = decodeEntryOp(tail.rid, fields);
      if (op === undefined) return unreadable(NOT_READABLE);
      return op.causalLength > causalLengthMax ? unreadable("a causal length that no edits come to") : { kind, op };
    }
    case "clock-fix": {
      const fix = decodeClockFix(fields);
      if (fix === undefined) return unreadable(NOT_READABLE);
      return fix.utcMs > HLC_MS_MAX || fix.uncertaintyMs > UNCERTAINTY_MAX_MS ? unreadable(NO_TIME) : { kind, fix };
    }
    case "camera-status": {
      const status = decodeCameraStatus(fields);
      return status === undefined ? unreadable(NOT_READABLE) : { kind, status };
    }
    case "image-dropped": {
      const dropped = decodeImageDropped(fields);
      return dropped === undefined ? unreadable(NOT_READABLE) : { kind, dropped };
    }
    case "genesis": {
      const genesis = decodeGenesis(fields);
      return genesis === undefined ? unreadable(NOT_READABLE) : { kind, genesis };
    }
    case "command-result": {
      const result = decodeCommandResult(fields);
      return result === undefined ? unreadable(NOT_READABLE) : { kind, result };
    }
    case "returned-delta": {
      const frame = decodeReturnedDelta(fields);
      const decoded = frame === undefined ? undefined : decodeFrame(frame);
      const isDelta = decoded?.kind === "frame" && decoded.frame.type === "delta";
      return isDelta ? { kind, delta: decoded.frame as Delta } : unreadable(NOT_READABLE);
    }
    case "close":
      return { kind };
    case "gap":
    case "pruned": {
      const range = decodeMissingRange(fields);
      return range === undefined ? unreadable(NOT_READABLE) : { kind: "missing", range, isLost: kind === "gap" };
    }
    default:
      return unreadable(UNKNOWN_KIND);
  }
}

function alertMeaning(alert: AlertPayload | undefined): Meaning {
  if (alert === undefined) return unreadable(NOT_READABLE);
  const { tail: tailBytes, payload } = alert.detection;
  const tail = decodeTail(tailBytes);
  if (tail === undefined || tail.rid !== alert.finding.detection || payload.length < SALT_BYTES) return unreadable("the carried detection");
  const fields = payload.subarray(SALT_BYTES);
  const digest = payloadDigest(payload);
  if (kindOfNumber(tail.kind) === "detection") {
    const detection = decodeDetection(tail.rid, fields);
    if (detection !== undefined) return { kind: "alert", alert, carried: { tail, digest, reading: { kind: "detection", detection } } };
  } else if (kindOfNumber(tail.kind) === "revision") {
    const revision = decodeRevision(tail.rid, fields);
    if (revision !== undefined) return { kind: "alert", alert, carried: { tail, digest, reading: { kind: "revision", revision } } };
  }
  return unreadable("the carried detection");
}

const unreadable = (why: string): Meaning => ({ kind: "not-understood", why });
