import { setTimeout as delay } from "node:timers/promises";

/** Asks until the answer is not undefined; throws with `what` when `timeoutMs` has passed. A refusal while asking counts as "not yet". */
export async function waitFor<Value>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<Value | undefined> | Value | undefined,
  everyMs = 100,
): Promise<Value> {
  const until = performance.now() + timeoutMs;
  let last = "";
  while (performance.now() < until) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error instanceof Error ? `: ${error.message}` : "";
    }
    await delay(everyMs);
  }
  throw new Error(`waited ${Math.round(timeoutMs / 1000)} s for ${what}${last}`);
}
