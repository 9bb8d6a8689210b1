/** The loops that follow what was committed; each in bounded turns, woken by nudges. */
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { createBackoff } from "../shared/flow/backoff.ts";
import { type Loop, runLoop, type Sleep, type TurnOutcome } from "../shared/flow/run-loop.ts";

/** Resolves after `ms` or when the signal aborts. */
export const sleep: Sleep = async (ms, signal) => {
  await delay(ms, undefined, { signal }).catch(() => undefined);
};

/** A named loop: a failed turn is reported and tried again after a pause. */
export function startLoop(
  name: string,
  intervalMs: number,
  turn: (signal: AbortSignal) => Promise<TurnOutcome>,
  signal: AbortSignal,
  log: Logger,
): Loop {
  return runLoop({
    signal,
    intervalMs,
    sleep,
    backoff: createBackoff(Math.random),
    turn,
    onError: (error, waitMs) =>
      log.error({ loop: name, error: (error as Error).message, stack: (error as Error).stack, waitMs }, "a turn failed"),
  });
}
