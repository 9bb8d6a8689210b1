import { createCaptureQueue } from "../capture-queue.ts";
import { isJpeg } from "../jpeg-size.ts";
import { reconnectDelayMs } from "../reconnect-delay.ts";
import { lookAtClock } from "./camera-clock.ts";
import type { HikvisionDeps } from "./hikvision-deps.ts";
import { parseResponseStatus } from "./isapi-answers.ts";
import { loginSentence, statusWords } from "./login-sentence.ts";
import { comparePicNames, type PlateRow, parsePlateList, plateListRequest } from "./plate-list.ts";

/** Asks for everything that the camera has in its buffer. */
const FIRST_CURSOR = "0";
/** Rows that are older than this when first seen came out of the camera's buffer. */
const LIVE_MS = 60_000;
/** A cursor further than this ahead of the camera's clock was made by a clock that has been set back since. */
const CURSOR_AHEAD_MAX_MS = 2 * 60_000;

type PollEnd =
  | { readonly kind: "rows"; readonly rows: readonly PlateRow[] }
  | { readonly kind: "trouble"; readonly state: "unreachable" | "refused"; readonly sentence: string; readonly waitMs: number | null };

/** Asks for the plate list every few seconds until the signal aborts. The cursor moves only over what is durable. */
export async function pollPlates(deps: HikvisionDeps, signal: AbortSignal): Promise<void> {
  const { times, health, world, port } = deps;
  const queue = createCaptureQueue(deps, signal);
  let form: "with-namespace" | "bare" = "with-namespace";
  let failures = 0;
  let clockLookedMs = Number.NEGATIVE_INFINITY;
  let afterGap = true;
  while (!signal.aborted) {
    const cursor = port.loadCursor() ?? FIRST_CURSOR;
    const end = await ask(deps, cursor, form, signal);
    if (signal.aborted) break;
    if (end === "other-form") {
      form = form === "bare" ? "with-namespace" : "bare";
      failures += 1;
      if (failures > 1)
        health.become("refused", "The camera does not answer questions for its plate list. Set this camera to stream or push.");
    } else if (end.kind === "trouble") {
      failures += 1;
      afterGap = true;
      health.become(end.state, end.sentence);
      const delay = reconnectDelayMs(failures, { minMs: times.reconnectMinMs, maxMs: times.reconnectMaxMs }, world.random);
      await world.sleep(end.waitMs ?? delay, signal);
      continue;
    } else {
      failures = 0;
      health.message();
      health.become("watching", "");
      await storeRows(deps, queue, end.rows, cursor, afterGap, signal);
      afterGap = false;
      if (world.monotonicMs() - clockLookedMs >= times.clockCheckMs) {
        clockLookedMs = world.monotonicMs();
        await repairCursor(deps, signal);
      }
    }
    await world.sleep(times.pollMs, signal);
  }
  await queue.drained();
}

async function ask(
  deps: HikvisionDeps,
  cursor: string,
  form: "with-namespace" | "bare",
  signal: AbortSignal,
): Promise<PollEnd | "other-form"> {
  const trouble = (state: "unreachable" | "refused", sentence: string, waitMs: number | null = null): PollEnd => ({
    kind: "trouble",
    state,
    sentence,
    waitMs,
  });
  const answer = await deps.client.request({
    method: "POST",
    path: `/ISAPI/Traffic/channels/${deps.config.channel}/vehicleDetect/plates`,
    body: plateListRequest(cursor, form),
    signal,
    timeoutMs: deps.times.requestMs,
  });
  switch (answer.kind) {
    case "refused": {
      const backOffMs = deps.login.refusedForMs() + 1;
      return trouble("refused", loginSentence(answer.refusal, deps.config.username, backOffMs), backOffMs);
    }
    case "unreachable":
      return trouble("unreachable", `The camera cannot be reached: ${answer.message}. Check its power, cable and address.`);
    case "too-large":
      return trouble("unreachable", "The camera's plate list is too long to be read.");
    case "answer":
  }
  const status = parseResponseStatus(answer.body);
  if (answer.status === 400 || status?.statusCode === 6) return "other-form";
  if (answer.status === 404 || answer.status === 405 || answer.status === 501 || status?.notSupported) {
    return trouble("refused", "The camera has no plate list to ask for. Set this camera to stream or push.", deps.times.forbiddenBackOffMs);
  }
  if (answer.status === 403) {
    return trouble("refused", `The camera's user "${deps.config.username}" may not read its plate list.`, deps.times.forbiddenBackOffMs);
  }
  if (answer.status !== 200) return trouble("unreachable", `The camera cannot be read: ${statusWords(answer.status)}.`);
  const list = parsePlateList(answer.body, deps.context);
  if (list.kind === "not-understood") {
    deps.counts.notUnderstood += 1;
    deps.port.keepUnknown(answer.body.subarray(0, 64 * 1024), list.why);
    return trouble("unreachable", "The camera's plate list cannot be read; the answer was kept for support.");
  }
  return { kind: "rows", rows: list.rows };
}

async function storeRows(
  deps: HikvisionDeps,
  queue: ReturnType<typeof createCaptureQueue>,
  rows: readonly PlateRow[],
  cursor: string,
  afterGap: boolean,
  signal: AbortSignal,
): Promise<void> {
  for (const { picName, capture } of rows) {
    // Some firmware includes the row that the cursor names, again and again.
    if (comparePicNames(picName, cursor) <= 0 && cursor !== FIRST_CURSOR) continue;
    if (signal.aborted) return;
    const bytes = await fetchPlatePicture(deps, picName, signal);
    const late = capture.cameraTimeMs === null || deps.port.now() - capture.cameraTimeMs > LIVE_MS;
    queue.add({ ...capture, historical: afterGap && late, pictures: bytes === null ? [] : [{ role: "crop", bytes }] });
    deps.counts.detections += 1;
    await queue.drained();
    // Aborted while the log refused: the row is asked for again after the start.
    if (signal.aborted) return;
    deps.port.saveCursor(picName);
  }
}

async function fetchPlatePicture(deps: HikvisionDeps, picName: string, signal: AbortSignal): Promise<Uint8Array | null> {
  const path = `/doc/ui/images/plate/${picName}.jpg`;
  const answer = await deps.sideClient.request({ method: "GET", path, signal, timeoutMs: deps.times.pollPictureMs });
  return answer.kind === "answer" && answer.status === 200 && isJpeg(answer.body) ? answer.body : null;
}

/**
 * A camera whose clock was years ahead and has been set right would be asked for rows after 2036 for ever. The cursor then goes back to
 * before the last look at the clock; rows that come again are known by their names.
 */
async function repairCursor(deps: HikvisionDeps, signal: AbortSignal): Promise<void> {
  const clock = await lookAtClock(deps, signal);
  const cursor = deps.port.loadCursor();
  const time = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(cursor ?? "");
  if (clock.kind !== "read" || time === null) return;
  const [year, month, day, hour, minute, second] = time.slice(1).map(Number) as [number, number, number, number, number, number];
  const wallMs = clock.cameraMs + (clock.offsetMinutes ?? 0) * 60_000;
  if (Date.UTC(year, month - 1, day, hour, minute, second) - wallMs <= CURSOR_AHEAD_MAX_MS) {
    deps.health.remark("cursor", null);
    return;
  }
  const back = new Date(wallMs - deps.times.clockCheckMs - CURSOR_AHEAD_MAX_MS).toISOString();
  deps.port.saveCursor(back.replace(/[-:TZ]|\.\d+/g, ""));
  deps.health.remark("cursor", "The camera's clock was set back; its plate list is read again from then on.");
}
