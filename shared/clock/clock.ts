/** Time comes in by hand: programs pass one of these (or a moment read from it once per command) to whatever needs time. */
export interface Clock {
  /** ms UTC as this machine believes it; may jump, may be 1970. */
  readonly wallMs: () => number;
  /** ms since some fixed moment of this boot; never goes back, ties allowed. */
  readonly monoMs: () => number;
}

/** How far the wall clock can be trusted: 0 unknown, 1 floor (newest record or build time), 2 from a heartbeat, 3 NTP, 4 RTC. */
export type ClockQuality = 0 | 1 | 2 | 3 | 4;

export const CLOCK_QUALITY_NAMES = ["unknown", "floor", "heartbeat", "ntp", "rtc"] as const;

/** From here on the wall clock counts as trusted. */
export const TRUSTED_QUALITY: ClockQuality = 2;

/** The wire's number to a quality; null for anything else. */
export function parseClockQuality(value: unknown): ClockQuality | null {
  return value === 0 || value === 1 || value === 2 || value === 3 || value === 4 ? value : null;
}
