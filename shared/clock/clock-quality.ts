import type { BootId } from "../model/ids.ts";
import { type ClockQuality, TRUSTED_QUALITY } from "./clock.ts";
import { HLC_MS_MAX } from "./hlc.ts";

/**
 * A Pi has no clock: capture stamps (boot, mono) and whatever wall time there is; when better time comes, a clock-fix record ties one
 * monotonic moment of that boot to UTC. Views compute corrected times from these; the chain is never rewritten.
 */
export interface ClockFix {
  readonly boot: BootId;
  readonly monoMs: number;
  readonly utcMs: number;
  readonly uncertaintyMs: number;
  readonly source: ClockQuality;
}

export interface CorrectedTime {
  readonly utcMs: number;
  /** The true time lies within +- this many ms. */
  readonly uncertaintyMs: number;
}

/** A Pi's crystal, with margin for heat: 100 millionths, 8.6 s a day. */
const DRIFT = 100e-6;

/** How wrong a wall time of each clock quality may be, ms; null: nobody can say. A clock chip without a time service drifts by seconds a month. */
const UNCERTAINTY_MS: Readonly<Record<ClockQuality, number | null>> = { 0: null, 1: null, 2: 1_000, 3: 100, 4: 5_000 };

/** More says nothing any more: ten years. */
export const UNCERTAINTY_MAX_MS = 10 * 366 * 86_400_000;

export function wallUncertaintyMs(quality: ClockQuality): number | null {
  return UNCERTAINTY_MS[quality];
}

/**
 * UTC of a monotonic moment of a boot, by the fix that leaves the least uncertainty there; null when that boot has none. Where fixes
 * contradict each other (central's clock was wrong for a while), the machine's own source is believed, then the newest. Always a time
 * between 1970 and 2100 and ten years' uncertainty at most: a fix says whatever its device likes, and views make dates of this.
 */
export function correctTime(fixes: Iterable<ClockFix>, boot: BootId, monoMs: number): CorrectedTime | null {
  let best: CorrectedTime | null = null;
  for (const fix of believable(fixes, boot)) {
    const uncertaintyMs = Math.min(Math.ceil(fix.uncertaintyMs + Math.abs(monoMs - fix.monoMs) * DRIFT), UNCERTAINTY_MAX_MS);
    if (best === null || uncertaintyMs < best.uncertaintyMs) {
      best = { utcMs: Math.min(Math.max(0, Math.round(fix.utcMs + (monoMs - fix.monoMs))), HLC_MS_MAX), uncertaintyMs };
    }
  }
  return best;
}

function believable(fixes: Iterable<ClockFix>, boot: BootId): ClockFix[] {
  const ofBoot = [...fixes].filter((fix) => fix.boot === boot);
  const isOwn = (fix: ClockFix): number => Number(fix.source > TRUSTED_QUALITY);
  const kept: ClockFix[] = [];
  for (const fix of ofBoot.sort((a, b) => isOwn(b) - isOwn(a) || b.monoMs - a.monoMs)) {
    if (!kept.some((one) => contradicts(one, fix))) kept.push(fix);
  }
  return kept;
}

/** What two honest fixes may differ by beside their own uncertainties: rounding, and a link that was slower one way. */
const SLACK_MS = 1_000;

function contradicts(a: ClockFix, b: ClockFix): boolean {
  const monoMs = a.monoMs - b.monoMs;
  return Math.abs(a.utcMs - b.utcMs - monoMs) > a.uncertaintyMs + b.uncertaintyMs + Math.abs(monoMs) * DRIFT + SLACK_MS;
}

export interface OffsetEstimate {
  /** Add to our wall clock to get the other's. */
  readonly offsetMs: number;
  readonly roundTripMs: number;
  /** Half the round trip: all of it may have been spent on one way. */
  readonly uncertaintyMs: number;
}

/** As in NTP: t1 we sent, t2 they received, t3 they sent, t4 we received. Null when the four cannot be one exchange. */
export function estimateOffset(t1: number, t2: number, t3: number, t4: number): OffsetEstimate | null {
  const roundTripMs = t4 - t1 - (t3 - t2);
  if (![t1, t2, t3, t4].every(Number.isFinite) || t4 < t1 || t3 < t2 || roundTripMs < 0) return null;
  return { offsetMs: (t2 - t1 + (t3 - t4)) / 2, roundTripMs, uncertaintyMs: roundTripMs / 2 };
}

/** Worth a clock-fix record: none of this boot yet, a better source, one that contradicts it, or a figure at least twice as sharp. */
export function isBetterFix(known: ClockFix | null, candidate: ClockFix): boolean {
  if (known === null || known.boot !== candidate.boot) return true;
  if (candidate.source !== known.source) return candidate.source > known.source;
  if (contradicts(known, candidate)) return true;
  return candidate.uncertaintyMs * 2 <= known.uncertaintyMs;
}
