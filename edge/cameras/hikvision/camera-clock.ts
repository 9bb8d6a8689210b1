import type { Capture } from "../camera.ts";
import type { CameraClock, HikvisionDeps } from "./hikvision-deps.ts";
import { parseDeviceTime } from "./isapi-answers.ts";

/** A camera clock that is off by more is worth a sentence. */
export const CLOCK_SKEW_MAX_MS = 60_000;

/**
 * What a message's own time must be off by to say the same of a camera whose clock cannot be asked: less may be a message that the
 * camera had kept.
 */
const MESSAGE_SKEW_MAX_MS = 24 * 3_600_000;

/** A message older than this when it comes was kept by the camera: after a reconnect some replay their last ones unmarked. */
export const LIVE_MESSAGE_MAX_MS = 2 * 60_000;

/**
 * Whether a message of this camera time, arriving at `nowMs`, is an old one. Judged by the camera's own clock, and only if the message
 * and the clock state the same offset: otherwise one of them is hours wrong, and nothing can be said.
 */
export function isOldMessage(clock: CameraClock, message: Pick<Capture, "cameraTimeMs" | "cameraOffsetMinutes">, nowMs: number): boolean {
  const { known } = clock;
  if (known === null || message.cameraTimeMs === null) return false;
  if (known.offsetMinutes === null || known.offsetMinutes !== message.cameraOffsetMinutes) return false;
  return nowMs + known.aheadMs - message.cameraTimeMs > LIVE_MESSAGE_MAX_MS;
}

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
  deps.clock.known = { aheadMs, offsetMinutes: time.offsetMinutes };
  deps.health.remark("clock", Math.abs(aheadMs) > CLOCK_SKEW_MAX_MS ? clockSentence(aheadMs, deps.port.isTimeKnown()) : null);
  return { kind: "read", cameraMs: time.utcMs, offsetMinutes: time.offsetMinutes, aheadMs };
}

/** A message shows the clock of a camera that does not tell its time when asked. */
export function noteMessageTime(deps: HikvisionDeps, { cameraTimeMs, historical }: Pick<Capture, "cameraTimeMs" | "historical">): void {
  if (deps.clock.known !== null || cameraTimeMs === null || historical) return;
  const aheadMs = cameraTimeMs - deps.port.now();
  deps.health.remark("clock", Math.abs(aheadMs) > MESSAGE_SKEW_MAX_MS ? clockSentence(aheadMs, deps.port.isTimeKnown()) : null);
}

/** `isTimeKnown`: whether this edge itself knows the time; without that nobody can say which of the two is wrong. */
export function clockSentence(aheadMs: number, isTimeKnown: boolean): string {
  if (!isTimeKnown) return `The camera's clock and this edge's differ by ${duration(Math.abs(aheadMs))}. Set the time of both.`;
  const way = aheadMs > 0 ? "ahead of" : "behind";
  return `The camera's clock is ${duration(Math.abs(aheadMs))} ${way} this edge's. Set a time server and the time zone in the camera.`;
}

function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return minutes === 1 ? "1 minute" : `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
