import type { Backoff } from "./backoff.ts";

/**
 * Events wake, loops work: a loop does its work when nudged or when the interval has passed, one turn at a time, until its signal
 * aborts. A turn that fails is reported and followed by a backoff wait which no nudge cuts short, or a broken database would be
 * hammered by every event.
 */

/** Resolves after `ms`, or early when the signal aborts; never rejects for the abort. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** `more`: there is more to do now. `idle`: wait for a nudge or the interval. */
export type TurnOutcome = "more" | "idle";

export interface LoopOptions {
  readonly signal: AbortSignal;
  /** Longest wait between two turns: a lost nudge costs at most this. */
  readonly intervalMs: number;
  readonly sleep: Sleep;
  readonly backoff: Backoff;
  /** One bounded piece of work. Its signal is the loop's. */
  readonly turn: (signal: AbortSignal) => TurnOutcome | Promise<TurnOutcome>;
  /** Told of each failed turn and of the wait that follows. */
  readonly onError: (error: unknown, waitMs: number) => void;
}

export interface Loop {
  /** There is something: wakes the loop early, now or after the turn under way. Any number of nudges is one. */
  readonly nudge: () => void;
  /** Resolves when the loop has ended; rejects only when `sleep` or `onError` does, which is a bug. */
  readonly done: Promise<void>;
}

export function runLoop(options: LoopOptions): Loop {
  let nudged = false;
  let wake: (() => void) | null = null;

  const waitForWork = async (): Promise<void> => {
    if (nudged || options.signal.aborted) return;
    const asleep = new AbortController();
    wake = () => asleep.abort();
    const end = (): void => asleep.abort();
    options.signal.addEventListener("abort", end, { once: true });
    await options.sleep(options.intervalMs, asleep.signal);
    options.signal.removeEventListener("abort", end);
    wake = null;
  };

  const live = async (): Promise<void> => {
    while (!options.signal.aborted) {
      // Cleared before the turn: what arrives during it may have been missed by it.
      nudged = false;
      try {
        const outcome = await options.turn(options.signal);
        options.backoff.reset();
        if (outcome === "idle") await waitForWork();
        // A turn without a promise of its own would otherwise keep sockets and timers from ever being served.
        else await options.sleep(0, options.signal);
      } catch (error) {
        if (options.signal.aborted) return;
        const waitMs = options.backoff.afterFailure(0);
        options.onError(error, waitMs);
        await options.sleep(waitMs, options.signal);
      }
    }
  };

  return {
    nudge: () => {
      nudged = true;
      wake?.();
    },
    // Begins in a later microtask: the caller holds the loop before its first turn runs.
    done: Promise.resolve().then(live),
  };
}
