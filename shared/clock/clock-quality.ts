import type { BootId } from "../model/ids.ts";
import type { ClockQuality } from "./clock.ts";

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

/** UTC of a monotonic moment of a boot, by the fix that leaves the least uncertainty there; null when that boot has none. */
export function correctTime(fixes: Iterable<ClockFix>, boot: BootId, monoMs: number): CorrectedTime | null {
  let best: CorrectedTime | null = null;
  for (const fix of fixes) {
    if (fix.boot !== boot) continue;
    const uncertaintyMs = Math.ceil(fix.uncertaintyMs + Math.abs(monoMs - fix.monoMs) * DRIFT);
    if (best === null || uncertaintyMs < best.uncertaintyMs) {
      best = { utcMs: Math.round(fix.utcMs + (monoMs - fix.monoMs)), uncertaintyMs };
    }
  }
  return best;
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

/** Worth a clock-fix record: none of this boot yet, a better source, or a figure at least twice as sharp. */
export function isBetterFix(known: ClockFix | null, candidate: ClockFix): boolean {
  if (known === null || known.boot !== candidate.boot) return true;
  if (candidate.source !== known.source) return candidate.source > known.source;
  return candidate.uncertaintyMs * 2 <= known.uncertaintyMs;
}
