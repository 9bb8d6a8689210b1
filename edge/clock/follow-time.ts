/**
 * Notices when this machine comes to know the time better, and has it written down: a `clock-fix` ties one monotonic moment of this boot
 * to UTC, and every record of the boot is dated by it, whatever its own wall time says. Capture never waits for any of this.
 */
import { CLOCK_QUALITY_NAMES, TRUSTED_QUALITY } from "../../shared/clock/clock.ts";
import { type ClockFix, isBetterFix, wallUncertaintyMs } from "../../shared/clock/clock-quality.ts";
import type { Moment } from "../../shared/log/chain.ts";
import type { EdgeClock } from "./edge-clock.ts";

export interface FollowTimeDeps {
  readonly clock: EdgeClock;
  /** Fixes that are in the log already, of whatever boot. */
  readonly known: Iterable<ClockFix>;
  readonly append: (utcMs: number, uncertaintyMs: number, source: string, moment: Moment) => Promise<void>;
  /** What people should know of central's clock; null: it is well. */
  readonly doubt: (words: string | null) => void;
  readonly warn: (words: string) => void;
}

export interface TimeFollower {
  /** Central's time, as a heartbeat told it. */
  readonly noteCentral: (offsetMs: number, uncertaintyMs: number) => void;
  /** Looks whether a time service or a clock chip has told the time since: they say nothing by themselves. */
  readonly look: () => void;
}

export function followTime({ clock, known, append, doubt, warn }: FollowTimeDeps): TimeFollower {
  let best: ClockFix | null = null;
  for (const fix of known) if (fix.boot === clock.boot && isBetterFix(best, fix)) best = fix;

  const keep = (fix: ClockFix, moment: Moment): void => {
    if (!isBetterFix(best, fix)) return;
    const before = best;
    best = fix;
    append(fix.utcMs, fix.uncertaintyMs, CLOCK_QUALITY_NAMES[fix.source], moment).catch((error: Error) => {
      // The next look tries again.
      if (best === fix) best = before;
      warn(`clock fix not stored: ${error.message}`);
    });
  };

  return {
    noteCentral(offsetMs, uncertaintyMs) {
      const before = clock.moment();
      const said = clock.noteCentralTime(offsetMs, uncertaintyMs);
      doubt(doubtWords(said, offsetMs));
      if (said !== "taken" || before.clockQuality > TRUSTED_QUALITY) return;
      const utcMs = Math.round(before.wallMs + offsetMs);
      keep({ boot: before.boot, monoMs: before.monoMs, utcMs, uncertaintyMs: Math.ceil(uncertaintyMs), source: TRUSTED_QUALITY }, before);
    },
    look() {
      const moment = clock.moment();
      const source = clock.quality();
      const uncertaintyMs = wallUncertaintyMs(source);
      if (source <= TRUSTED_QUALITY || uncertaintyMs === null) return;
      keep({ boot: moment.boot, monoMs: moment.monoMs, utcMs: moment.wallMs, uncertaintyMs, source }, moment);
    },
  };
}

function doubtWords(said: ReturnType<EdgeClock["noteCentralTime"]>, offsetMs: number): string | null {
  if (said === "absurd") return "Central's clock is wrong by years, so this site does not follow it. Set the clock of central's machine.";
  if (said !== "contradicts") return null;
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  return `Central's clock is ${minutes} min ${offsetMs > 0 ? "ahead of" : "behind"} the time that this site trusts. Check both clocks.`;
}
