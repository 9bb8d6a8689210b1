/**
 * The edge's time. A Pi has no clock chip: it may boot in 1970, and capture never waits. Every record carries (boot, mono, wall,
 * quality), and says by its quality how far the wall time may be believed:
 *
 *   4 RTC: a clock chip set it · 3 NTP keeps it · 2 central's heartbeat told it · 1 floor: the machine's time is impossible (before the
 *   newest record or the build), so that floor is counted on from · 0 unknown: possible, and nobody vouches for it
 */
import { type Clock, type ClockQuality, TRUSTED_QUALITY } from "../../shared/clock/clock.ts";
import type { Moment } from "../../shared/log/chain.ts";
import type { BootId } from "../../shared/model/ids.ts";
import type { MachineTime } from "./machine-time.ts";

export interface EdgeClock extends Clock {
  readonly boot: BootId;
  readonly quality: () => ClockQuality;
  readonly moment: () => Moment;
  /** Central's time against what `wallMs` says now: offset to add, and how far that may be wrong (half the round trip), both ms. */
  readonly noteCentralTime: (offsetMs: number, uncertaintyMs: number) => CentralTime;
  /** How wrong the last heartbeat's time may be, ms; null before the first. */
  readonly centralUncertaintyMs: () => number | null;
}

/**
 * What became of a time that central told. `vaguer`: a slow link's, the sharper one stays. `absurd`: before this release was made or
 * years after, central's own clock is wrong. `contradicts`: far from the time that is trusted here; followed only when it says so again
 * and again, and never against a time service or a clock chip.
 */
export type CentralTime = "taken" | "vaguer" | "absurd" | "contradicts";

/** Central may lie this far before the floor: the release's date has no hour, and clocks differ. */
const BEFORE_FLOOR_MAX_MS = 24 * 3_600_000;
/** No release is in service for longer; a central in 2036 is not followed there. */
const AFTER_FLOOR_MAX_MS = 5 * 365 * 24 * 3_600_000;
/** As far as an edit's stamp may run ahead: beyond, two trusted times are not the same time. */
const CONTRADICTS_FROM_MS = 5 * 60_000;
/** Heartbeats in a row that must agree with each other before central is followed away from what it said itself. */
const AGREEING_MIN = 3;

export interface EdgeClockOptions {
  readonly machine: MachineTime;
  readonly boot: BootId;
  /** ms UTC that the present cannot lie before: the newest record's wall time, the build's time. */
  readonly floorMs: number;
}

export function makeEdgeClock({ machine, boot, floorMs }: EdgeClockOptions): EdgeClock {
  const floorMonoMs = machine.monoMs();
  /** UTC minus mono, as central told it. */
  let told: { readonly baseMs: number; readonly uncertaintyMs: number } | null = null;
  /** What central says against the time that is trusted here, and how often it has said the same. */
  let doubted: Doubted | null = null;

  const reading = (): { wallMs: number; quality: ClockQuality } => {
    const systemMs = machine.wallMs();
    if (machine.isNtpSynchronised()) return { wallMs: systemMs, quality: 3 };
    const isPossible = systemMs >= floorMs;
    if (machine.hasClockChip() && isPossible) return { wallMs: systemMs, quality: 4 };
    if (told !== null) return { wallMs: told.baseMs + machine.monoMs(), quality: 2 };
    if (isPossible) return { wallMs: systemMs, quality: 0 };
    return { wallMs: floorMs + (machine.monoMs() - floorMonoMs), quality: 1 };
  };

  const moment = (): Moment => {
    const { wallMs, quality } = reading();
    return { boot, monoMs: Math.round(machine.monoMs()), wallMs: Math.round(wallMs), clockQuality: quality };
  };

  return {
    boot,
    wallMs: () => reading().wallMs,
    monoMs: machine.monoMs,
    quality: () => reading().quality,
    moment,
    noteCentralTime(offsetMs, uncertaintyMs) {
      const { wallMs, quality } = reading();
      const centralMs = wallMs + offsetMs;
      if (centralMs < floorMs - BEFORE_FLOOR_MAX_MS || centralMs > floorMs + AFTER_FLOOR_MAX_MS) return "absurd";
      const sample = { baseMs: centralMs - machine.monoMs(), uncertaintyMs };
      if (quality >= TRUSTED_QUALITY && Math.abs(offsetMs) > CONTRADICTS_FROM_MS + uncertaintyMs) {
        doubted = agreeing(doubted, sample.baseMs);
        if (quality > TRUSTED_QUALITY || doubted.times < AGREEING_MIN) return "contradicts";
      } else if (told !== null && quality === 2 && uncertaintyMs > told.uncertaintyMs * 2 && Math.abs(offsetMs) <= uncertaintyMs) {
        // A worse sample than the one held (a slow link) must not make the clock jump about.
        return "vaguer";
      }
      doubted = null;
      told = sample;
      return "taken";
    },
    centralUncertaintyMs: () => told?.uncertaintyMs ?? null,
  };
}

interface Doubted {
  readonly baseMs: number;
  readonly times: number;
}

function agreeing(before: Doubted | null, baseMs: number): Doubted {
  const agrees = before !== null && Math.abs(before.baseMs - baseMs) <= CONTRADICTS_FROM_MS;
  return { baseMs, times: agrees ? before.times + 1 : 1 };
}

/** One sentence for the site's page. */
export function clockWords(quality: ClockQuality): string {
  switch (quality) {
    case 4:
      return "The time comes from this machine's own clock.";
    case 3:
      return "The time is kept by a time service.";
    case 2:
      return "The time comes from central.";
    case 1:
      return "This machine does not know the time. Detections are kept in order and dated once it does.";
    case 0:
      return "Nobody has confirmed this machine's time yet.";
  }
}
