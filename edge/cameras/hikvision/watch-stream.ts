import { limitTime, SourceTooSlow } from "../byte-source.ts";
import type { LoginRefusal } from "../camera-login.ts";
import { createCaptureQueue } from "../capture-queue.ts";
import { readMultipart, STREAM_LIMITS } from "../multipart-reader.ts";
import { boundaryOf } from "../part-headers.ts";
import { reconnectDelayMs } from "../reconnect-delay.ts";
import { assemblerFor } from "./assembler-for.ts";
import { lookAtClock } from "./camera-clock.ts";
import type { HikvisionDeps } from "./hikvision-deps.ts";
import { parseResponseStatus } from "./isapi-answers.ts";
import { keepUnread } from "./keep-unread.ts";
import { loginSentence, statusWords } from "./login-sentence.ts";

/** The two ways in which a camera streams its messages; units exist where only one of them speaks. */
const WAYS = [
  { name: "alertStream", method: "GET", path: "/ISAPI/Event/notification/alertStream", body: "" },
  {
    name: "subscribeEvent",
    method: "POST",
    path: "/ISAPI/Event/notification/subscribeEvent",
    body: `<?xml version="1.0" encoding="UTF-8"?>
<SubscribeEvent version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema"><heartbeat>30</heartbeat><eventMode>list</eventMode><EventList><Event><type>ANPR</type><pictureURLType>binary</pictureURLType></Event></EventList></SubscribeEvent>`,
  },
] as const;
const NOT_SUPPORTED_STATUS = new Set([404, 405, 501]);

type StreamEnd =
  | { readonly kind: "refused"; readonly refusal: LoginRefusal }
  | { readonly kind: "not-supported" }
  | { readonly kind: "forbidden" }
  | { readonly kind: "unreachable"; readonly why: string }
  /** Something answers, but not with events. */
  | { readonly kind: "no-events"; readonly why: string }
  /** The answer was a stream; `parts` says whether it ever spoke. */
  | { readonly kind: "silent" | "ended" | "unreadable"; readonly parts: number };

/** Follows the camera's stream until the signal aborts: reconnects, changes the way when one stays silent, and says how it stands. */
export async function watchStream(deps: HikvisionDeps, signal: AbortSignal): Promise<void> {
  const { times, health, world } = deps;
  const queue = createCaptureQueue(deps, signal);
  let way = 0;
  let failures = 0;
  let unsupported = 0;
  let clockWatched = false;
  const watchClock = (): void => {
    // Only after a login has worked: a clock check must not be the second wrong one.
    if (clockWatched) return;
    clockWatched = true;
    void repeatClockLook(deps, signal);
  };
  while (!signal.aborted) {
    const end = await follow(deps, WAYS[way]!, queue, watchClock, signal);
    if (signal.aborted) break;
    const spoke = "parts" in end && end.parts > 0;
    failures = spoke ? 1 : failures + 1;
    let waitMs = reconnectDelayMs(failures, { minMs: times.reconnectMinMs, maxMs: times.reconnectMaxMs }, world.random);
    switch (end.kind) {
      case "refused":
        waitMs = deps.login.refusedForMs() + 1;
        health.become("refused", loginSentence(end.refusal, deps.config.username, waitMs));
        break;
      case "forbidden":
        health.become(
          "refused",
          `The camera's user "${deps.config.username}" may not listen to events. Give it the right "Notify Surveillance Center".`,
        );
        waitMs = times.forbiddenBackOffMs;
        break;
      case "not-supported":
        unsupported += 1;
        way = (way + 1) % WAYS.length;
        // The other way is tried at once; when neither is known, people have to choose another mode.
        if (unsupported % WAYS.length !== 0) waitMs = 0;
        else health.become("refused", "The camera knows none of the event streams. Set this camera to push or poll.");
        break;
      case "unreachable":
        health.become("unreachable", `The camera cannot be reached: ${end.why}. Check its power, cable and address.`);
        break;
      case "no-events":
        health.become("unreachable", `No events come from this address: ${end.why}. Check that it is the camera's own.`);
        break;
      case "silent":
        health.become("silent", silentSentence(times.silentMs, end.parts));
        if (!spoke) way = (way + 1) % WAYS.length;
        break;
      case "ended":
        // An empty answer is as good as silence.
        if (!spoke) way = (way + 1) % WAYS.length;
        health.become("unreachable", "The camera closed the connection. It is being opened again.");
        break;
      case "unreadable":
        if (!spoke) way = (way + 1) % WAYS.length;
        health.become("unreachable", "The camera's stream cannot be read. Check that the address is the camera's own.");
        break;
    }
    if (end.kind !== "not-supported") unsupported = 0;
    await world.sleep(waitMs, signal);
  }
  await queue.drained();
}

function silentSentence(silentMs: number, parts: number): string {
  const hint =
    parts > 0 ? "The connection is being opened again." : 'Enable "Notify Surveillance Center" for vehicle detection in the camera.';
  return `The camera has sent nothing for ${Math.round(silentMs / 1000)} seconds. ${hint}`;
}

async function follow(
  deps: HikvisionDeps,
  way: (typeof WAYS)[number],
  queue: ReturnType<typeof createCaptureQueue>,
  opened: () => void,
  signal: AbortSignal,
): Promise<StreamEnd> {
  const { times, world, health } = deps;
  const stream = await deps.client.open({ method: way.method, path: way.path, body: way.body, signal, timeoutMs: times.requestMs });
  if (stream.kind === "refused") return { kind: "refused", refusal: stream.refusal };
  if (stream.kind === "unreachable") return { kind: "unreachable", why: stream.message };
  if (stream.kind === "too-large") return { kind: "no-events", why: "its answer is too long" };
  if (stream.kind === "answer") {
    const status = parseResponseStatus(stream.body);
    if (NOT_SUPPORTED_STATUS.has(stream.status) || status?.notSupported) return { kind: "not-supported" };
    // A subscription in a form that this firmware does not read is as good as none.
    if (way.name === "subscribeEvent" && (stream.status === 400 || status?.statusCode === 6)) return { kind: "not-supported" };
    return stream.status === 403 ? { kind: "forbidden" } : { kind: "no-events", why: statusWords(stream.status) };
  }
  opened();
  let parts = 0;
  let outcome: "silent" | "ended" | "unreadable" = "ended";
  const done = new AbortController();
  const assembler = assemblerFor(deps, queue.add, { early: null, late: "late pictures" }, AbortSignal.any([signal, done.signal]));
  const bytes = limitTime(stream.bytes, { ms: times.silentMs, counts: "between chunks" }, world, health.message);
  try {
    for await (const item of readMultipart(bytes, { boundary: boundaryOf(stream.contentType), limits: STREAM_LIMITS, world })) {
      if (item.kind === "part") {
        parts += 1;
        health.become("watching", "");
        assembler.part(item);
        await queue.room();
      } else if (item.kind === "refused") {
        keepUnread(deps, new Uint8Array(), `The stream broke a limit: ${item.reason}.`);
        outcome = "unreadable";
        break;
      } else if (item.error instanceof SourceTooSlow) outcome = "silent";
      if (signal.aborted) break;
    }
  } finally {
    // The rest of an event whose connection broke will not come.
    assembler.end("complete");
    done.abort();
    stream.close();
  }
  // A web page is no camera that hung up.
  if (parts === 0 && outcome === "ended" && /^text\/html/i.test(stream.contentType)) outcome = "unreadable";
  return { kind: outcome, parts };
}

async function repeatClockLook(deps: HikvisionDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await lookAtClock(deps, signal);
    await deps.world.sleep(deps.times.clockCheckMs, signal);
  }
}
