/**
 * The way to central where WebSockets are blocked: POST /sync/v1/exchange with length-prefixed frames (uint32, big end first, then the
 * frame) in and out. Every exchange stands alone: it begins with HELLO of the same session, and central remembers nothing between two.
 */
import { FRAME_TYPES } from "../../shared/protocol/frames.ts";
import { FRAME_BYTES_MAX } from "../../shared/protocol/limits.ts";
import type { Link, LinkEvents } from "./link.ts";

const EXCHANGE_TIMEOUT_MS = 30_000;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
/** Frames queued within this are posted together. */
const GATHER_MS = 20;

/** A link whose frames travel by POST. The first frame must be HELLO; it is repeated at the head of every exchange. */
export function openExchange(centralUrl: string, apiKey: string, events: LinkEvents, signal: AbortSignal): Link {
  let hello: Uint8Array | null = null;
  let queue: Uint8Array[] = [];
  let timer: NodeJS.Timeout | null = null;
  let busy = false;
  let ended = false;

  const end = (why: string) => {
    if (ended) return;
    ended = true;
    if (timer !== null) clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    events.onEnd(why);
  };
  const abort = () => end("stopped");
  signal.addEventListener("abort", abort, { once: true });

  const post = async () => {
    timer = null;
    if (busy || ended || hello === null) return;
    busy = true;
    const frames = queue;
    queue = [];
    const answers = await exchange(centralUrl, apiKey, [hello, ...frames], signal);
    busy = false;
    if (ended) return;
    if (typeof answers === "string") end(answers);
    else for (const answer of answers) events.onFrame(answer);
    if (queue.length > 0) schedule();
  };
  const schedule = () => {
    timer ??= setTimeout(() => void post(), GATHER_MS);
  };
  return {
    send: (frame) => {
      if (isHello(frame)) hello = frame;
      else queue.push(frame);
      schedule();
    },
    close: () => end("closed"),
  };
}

/** The type is the second byte of a frame: [type, ...] with fewer than 16 fields. */
const isHello = (frame: Uint8Array): boolean => frame[1] === FRAME_TYPES.hello;

async function exchange(
  centralUrl: string,
  apiKey: string,
  frames: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<Uint8Array[] | string> {
  try {
    const response = await fetch(`${centralUrl}/sync/v1/exchange`, {
      method: "POST",
      body: joinFrames(frames),
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/octet-stream" },
      signal: AbortSignal.any([signal, AbortSignal.timeout(EXCHANGE_TIMEOUT_MS)]),
    });
    const body = new Uint8Array(await response.arrayBuffer());
    return response.ok ? splitFrames(body) : `central answered ${response.status}`;
  } catch (error) {
    return error instanceof Error ? error.message : "unreachable";
  }
}

/** Frames behind one another, each after its length as uint32. */
export function joinFrames(frames: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(frames.reduce((sum, frame) => sum + 4 + frame.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const frame of frames) {
    view.setUint32(at, frame.length);
    bytes.set(frame, at + 4);
    at += 4 + frame.length;
  }
  return bytes;
}

/** The frames of an answer, or one sentence when it is not one. */
export function splitFrames(bytes: Uint8Array): Uint8Array[] | string {
  if (bytes.length > ANSWER_BYTES_MAX) return "central's answer is too large";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) return "central's answer is cut short";
    const size = view.getUint32(at);
    if (size > FRAME_BYTES_MAX || at + 4 + size > bytes.length) return "central's answer is cut short";
    frames.push(bytes.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return frames;
}
