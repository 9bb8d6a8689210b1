/**
 * When to try again: full jitter between 1 s and a ceiling that doubles with each failure up to 5 minutes, forgotten after 60 s of
 * health. Full jitter, because a thousand edges lose the same central in the same second.
 */
export const BACKOFF_MIN_MS = 1_000;
export const BACKOFF_MAX_MS = 5 * 60_000;
export const HEALTHY_MS = 60_000;

export interface Backoff {
  /** Failures in a row, for people to read. */
  readonly failures: () => number;
  /** An attempt ended; `healthyMs` is how long it had worked (0: it never did). Returns how long to wait, ms. */
  readonly afterFailure: (healthyMs: number) => number;
  readonly reset: () => void;
}

export interface BackoffBounds {
  readonly minMs: number;
  readonly maxMs: number;
  readonly healthyMs: number;
}

const DEFAULTS: BackoffBounds = { minMs: BACKOFF_MIN_MS, maxMs: BACKOFF_MAX_MS, healthyMs: HEALTHY_MS };

/** `random`: 0 <= n < 1, injected. */
export function createBackoff(random: () => number, bounds: BackoffBounds = DEFAULTS): Backoff {
  let failures = 0;
  return {
    failures: () => failures,
    afterFailure: (healthyMs) => {
      failures = healthyMs >= bounds.healthyMs ? 1 : failures + 1;
      return jitteredMs(random(), ceilingMs(failures, bounds), bounds.minMs);
    },
    reset: () => {
      failures = 0;
    },
  };
}

/** The longest wait after so many failures: twice the least, then doubling, never over the most. */
export function ceilingMs(failures: number, { minMs, maxMs }: BackoffBounds = DEFAULTS): number {
  // 2^31 is beyond any ceiling; more would overflow to Infinity after a month of failures.
  return Math.min(maxMs, minMs * 2 ** Math.min(failures, 31));
}

function jitteredMs(random: number, ceiling: number, minMs: number): number {
  return Math.round(minMs + random * Math.max(0, ceiling - minMs));
}
