/**
 * The way to central where WebSockets are blocked: POST /sync/v1/exchange with length-prefixed frames in and out. Every exchange stands
 * alone: it begins with HELLO of the same session, and central remembers nothing between two.
 */
import { joinFrames, splitFrames } from "../../shared/protocol/exchange-body.ts";
import { EXCHANGE_ANSWERS_MAX, EXCHANGE_BYTES_MAX, EXCHANGE_FRAMES_MAX } from "../../shared/protocol/limits.ts";
import type { Link, LinkEvents } from "./link.ts";
import { readAtMost } from "./read-at-most.ts";

const EXCHANGE_TIMEOUT_MS = 30_000;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
/** Frames queued within this are posted together. */
const GATHER_MS = 20;
/** More than the core ever has under way; beyond it the way is taken for dead. */
const QUEUE_FRAMES_MAX = 512;

export interface ExchangeWay {
  readonly centralUrl: string;
  readonly apiKey: string;
  /** HELLO of this session as things stand now: a repeated old one would make central send old lists again. */
  readonly hello: () => Uint8Array;
}

/** A link whose frames travel by POST. The first frame that is sent must be HELLO; each exchange makes its own. */
export function openExchange(way: ExchangeWay, events: LinkEvents, signal: AbortSignal): Link {
  let queue: Uint8Array[] = [];
  let greeted = false;
  let timer: NodeJS.Timeout | null = null;
  let busy = false;
  let ended = false;

  const end = (why: string, status: number | null = null) => {
    if (ended) return;
    ended = true;
    if (timer !== null) clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    events.onEnd(why, status);
  };
  const abort = () => end("stopped");
  signal.addEventListener("abort", abort, { once: true });

  const post = async () => {
    timer = null;
    if (busy || ended) return;
    busy = true;
    const frames = [way.hello(), ...takeFrames(queue)];
    queue = queue.slice(frames.length - 1);
    const answer = await exchange(way, frames, signal);
    busy = false;
    if (ended) return;
    if (answer.kind === "ended") return end(answer.why, answer.status);
    for (const frame of answer.frames) events.onFrame(frame);
    if (queue.length > 0) schedule();
  };
  const schedule = () => {
    if (!ended) timer ??= setTimeout(() => void post(), GATHER_MS);
  };
  return {
    send: (frame) => {
      if (greeted) queue.push(frame);
      greeted = true;
      if (queue.length > QUEUE_FRAMES_MAX) end("central does not take what is sent");
      schedule();
    },
    close: () => end("closed"),
  };
}

/** As many waiting frames as one exchange carries beside its HELLO; at least one. */
function takeFrames(queue: readonly Uint8Array[]): Uint8Array[] {
  let bytes = 0;
  const full = queue.findIndex((frame, at) => {
    bytes += frame.length + 4;
    return at > 0 && (at + 1 >= EXCHANGE_FRAMES_MAX || bytes > EXCHANGE_BYTES_MAX / 2);
  });
  return full < 0 ? [...queue] : queue.slice(0, full);
}

type Answer =
  | { readonly kind: "frames"; readonly frames: readonly Uint8Array[] }
  | { readonly kind: "ended"; readonly why: string; readonly status: number | null };

async function exchange({ centralUrl, apiKey }: ExchangeWay, frames: readonly Uint8Array[], signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(`${centralUrl}/sync/v1/exchange`, {
      method: "POST",
      body: joinFrames(frames),
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/octet-stream" },
      signal: AbortSignal.any([signal, AbortSignal.timeout(EXCHANGE_TIMEOUT_MS)]),
    });
    const body = await readAtMost(response, ANSWER_BYTES_MAX);
    if (!response.ok) return { kind: "ended", why: `central answered ${response.status}`, status: response.status };
    const answers = body === null ? null : splitFrames(body, EXCHANGE_ANSWERS_MAX);
    return answers === null
      ? { kind: "ended", why: "central's answer is cut short or too large", status: null }
      : { kind: "frames", frames: answers };
  } catch (error) {
    return { kind: "ended", why: error instanceof Error ? error.message : "unreachable", status: null };
  }
}
