import { TRUSTED_QUALITY } from "../../shared/clock/clock.ts";
import type { BootId } from "../../shared/model/ids.ts";
import { type Correction, correctedTime } from "../db/time-corrections.ts";

const AHEAD_MAX_MS = 5 * 60_000;
/** Months before receipt that a detection may fall into: beyond, a clock is wrong, whatever its quality claims. */
export const MONTHS_BACK_MAX = 24;

export interface RecordMoment {
  readonly boot: BootId;
  readonly monoMs: number;
  readonly wallMs: number;
  readonly clockQuality: number;
}

/**
 * When the car passed, ms UTC, fixed once at merge: the corrected time if a clock-fix of that boot is known, else the wall time if its
 * quality is 2 or more, else the time of receipt; never later than receipt + 5 minutes, never before the oldest month that may have
 * a partition. (A Pi that boots in 1970 must neither miss a partition nor be purged next night.)
 */
export function capturedAtMs(moment: RecordMoment, corrections: readonly Correction[], receivedMs: number): number {
  const stated = correctedTime(moment, corrections)?.utcMs ?? wallOrReceipt(moment, receivedMs);
  return Math.min(Math.max(stated, oldestMs(receivedMs)), receivedMs + AHEAD_MAX_MS);
}

const wallOrReceipt = (moment: RecordMoment, receivedMs: number): number =>
  moment.clockQuality >= TRUSTED_QUALITY ? moment.wallMs : receivedMs;

function oldestMs(receivedMs: number): number {
  const at = new Date(receivedMs);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - MONTHS_BACK_MAX, 1);
}
