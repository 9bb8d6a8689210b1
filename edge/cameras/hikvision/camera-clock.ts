import type { HikvisionDeps } from "./hikvision-deps.ts";
import { parseDeviceTime } from "./isapi-answers.ts";

/** A camera clock that is off by more is worth a sentence. */
export const CLOCK_SKEW_MAX_MS = 60_000;

export type ClockLook =
  | { readonly kind: "read"; readonly cameraMs: number; readonly offsetMinutes: number | null; readonly aheadMs: number }
  | { readonly kind: "not-read" };

/** Asks the camera for its time, compares it with this edge's and leaves or takes back the remark about it. */
export async function lookAtClock(deps: HikvisionDeps, signal: AbortSignal): Promise<ClockLook> {
  const before = deps.port.now();
  const answer = await deps.sideClient.request({ method: "GET", path: "/ISAPI/System/time", signal, timeoutMs: deps.times.requestMs });
  if (answer.kind !== "answer" || answer.status !== 200) return { kind: "not-read" };
  const time = parseDeviceTime(answer.body, deps.port.timeZone);
  if (time === null) return { kind: "not-read" };
  const here = (before + deps.port.now()) / 2;
  const aheadMs = Math.round(time.utcMs - here);
  deps.health.remark("clock", Math.abs(aheadMs) > CLOCK_SKEW_MAX_MS ? clockSentence(aheadMs) : null);
  return { kind: "read", cameraMs: time.utcMs, offsetMinutes: time.offsetMinutes, aheadMs };
}

export function clockSentence(aheadMs: number): string {
  const way = aheadMs > 0 ? "ahead of" : "behind";
  return `The camera's clock is ${duration(Math.abs(aheadMs))} ${way} this edge's. Set a time server and the time zone in the camera.`;
}

function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return minutes === 1 ? "1 minute" : `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
