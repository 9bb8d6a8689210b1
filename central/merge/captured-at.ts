import type { BootId } from "../../shared/model/ids.ts";

/** A clock-fix of this device as central holds it: UTC = mono + this, for every record of that boot. */
export interface Correction {
  readonly boot: BootId;
  readonly utcMinusMonoMs: number;
  readonly uncertaintyMs: number;
}

/** From this clock quality on (heartbeat, NTP, RTC) the edge's own wall time counts. */
const TRUSTED_QUALITY = 2;
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
  const best = sharpest(corrections, moment.boot);
  const stated = best === null ? wallOrReceipt(moment, receivedMs) : moment.monoMs + best.utcMinusMonoMs;
  return Math.min(Math.max(stated, oldestMs(receivedMs)), receivedMs + AHEAD_MAX_MS);
}

function sharpest(corrections: readonly Correction[], boot: BootId): Correction | null {
  let best: Correction | null = null;
  for (const one of corrections) {
    if (one.boot === boot && (best === null || one.uncertaintyMs < best.uncertaintyMs)) best = one;
  }
  return best;
}

const wallOrReceipt = (moment: RecordMoment, receivedMs: number): number =>
  moment.clockQuality >= TRUSTED_QUALITY ? moment.wallMs : receivedMs;

function oldestMs(receivedMs: number): number {
  const at = new Date(receivedMs);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - MONTHS_BACK_MAX, 1);
}
