import { lookAtClock } from "./camera-clock.ts";
import { cameraUrl, type HikvisionDeps } from "./hikvision-deps.ts";
import { loginSentence } from "./login-sentence.ts";

/**
 * Push mode: the camera calls, so silence may be a quiet road. Whether the camera is there is asked from time to time, and its clock
 * with it; without a user name nothing is asked.
 */
export async function waitForPushes(deps: HikvisionDeps, signal: AbortSignal): Promise<void> {
  const { times, health, world } = deps;
  health.become("starting", "Waiting for the camera's first message.");
  const canAsk = deps.config.username !== "" && cameraUrl(deps.config) !== null;
  let clockLookedMs = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const refusal = deps.login.refusal();
    if (canAsk && refusal === null) {
      const answer = await deps.client.request({
        method: "GET",
        path: "/ISAPI/System/deviceInfo",
        signal,
        timeoutMs: times.requestMs,
      });
      if (signal.aborted) break;
      if (answer.kind === "unreachable") {
        health.become("unreachable", `The camera cannot be reached: ${answer.message}. Check its power, cable and address.`);
      } else {
        if (health.state() === "unreachable") health.become("watching", "");
        // What it pushes is taken all the same, so the state stays.
        const sentence = answer.kind === "refused" ? loginSentence(answer.refusal, deps.config.username, deps.login.refusedForMs()) : null;
        health.remark("login", sentence);
        if (sentence === null && world.monotonicMs() - clockLookedMs >= times.clockCheckMs) {
          clockLookedMs = world.monotonicMs();
          await lookAtClock(deps, signal);
        }
      }
    }
    await world.sleep(times.presenceCheckMs, signal);
  }
}
