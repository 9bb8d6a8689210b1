import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

/** Time passing and chance, as adapters get them: by hand, so that a test can shorten or fix both. */
export interface CameraWorld {
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** 0 inclusive to 1 exclusive; spreads reconnects. */
  readonly random: () => number;
  /** Milliseconds that never jump, from any start: an edge without a battery clock changes its wall clock by years. */
  readonly monotonicMs: () => number;
  /** A client nonce for digest: 16 hex digits nobody can guess. */
  readonly clientNonce: () => string;
}

/** The world of the running program. */
export const realWorld: CameraWorld = {
  sleep: async (ms, signal) => {
    if (signal?.aborted) return;
    // An aborted sleep is an early end, not an error: every loop looks at its signal next.
    await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
  },
  random: Math.random,
  monotonicMs: () => performance.now(),
  clientNonce: () => randomBytes(8).toString("hex"),
};
