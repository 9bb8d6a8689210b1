/** HTTP listening mode: the camera posts each message to a host and repeats it, same UUID, until the host answers 200. */
import { request } from "node:http";
import type { PushRequest } from "./multipart-writer.ts";

export const PUSH_BACKLOG_MAX = 300;
/** A host that never takes a junk message must not block the good ones behind it. */
const JUNK_TRIES_MAX = 3;

export interface PushItem {
  body(again: boolean): PushRequest;
  readonly junk: boolean;
  onSent(): void;
  /** Status of an answer, or 0 when there was none. */
  onAnswer(status: number): void;
  onDropped(): void;
}

export interface PushSenderOptions {
  readonly backoffMs: { readonly first: number; readonly most: number };
  readonly answerTimeoutMs: number;
}

export interface PushSender {
  setTarget(url: URL | null): void;
  deliver(item: PushItem): void;
  waiting(): number;
  close(): void;
}

/** Opens a sender without a target; messages wait until there is one. */
export function openPushSender(options: PushSenderOptions): PushSender {
  const queue: { item: PushItem; tries: number }[] = [];
  const stop = new AbortController();
  let target: URL | null = null;
  let busy = false;
  let backoffMs = options.backoffMs.first;
  let timer: NodeJS.Timeout | null = null;

  const run = async (): Promise<void> => {
    if (busy || timer !== null || target === null || stop.signal.aborted) return;
    const head = queue[0];
    if (head === undefined) return;
    busy = true;
    head.tries++;
    head.item.onSent();
    const status = await post(target, head.item.body(head.tries > 1), options.answerTimeoutMs, stop.signal);
    busy = false;
    if (stop.signal.aborted) return;
    head.item.onAnswer(status);
    const done = status === 200 || (head.item.junk && head.tries >= JUNK_TRIES_MAX);
    if (done && queue[0] === head) queue.shift();
    if (status === 200) backoffMs = options.backoffMs.first;
    if (done) {
      void run();
      return;
    }
    timer = setTimeout(() => {
      timer = null;
      void run();
    }, backoffMs);
    backoffMs = Math.min(options.backoffMs.most, backoffMs * 2);
  };

  return {
    setTarget(url) {
      target = url;
      backoffMs = options.backoffMs.first;
      if (timer !== null) clearTimeout(timer);
      timer = null;
      void run();
    },
    deliver(item) {
      queue.push({ item, tries: 0 });
      if (queue.length > PUSH_BACKLOG_MAX) {
        // The head may be on its way: the oldest one behind it goes.
        const [oldest] = queue.splice(busy ? 1 : 0, 1);
        oldest?.item.onDropped();
      }
      void run();
    },
    waiting: () => queue.length,
    close() {
      stop.abort();
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** One post on a connection of its own, as these cameras do; 0 when nobody answered. */
function post(target: URL, { contentType, body }: PushRequest, timeoutMs: number, signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    const headers = { "Content-Type": contentType, Host: target.host, Connection: "close", "Content-Length": body.length };
    const sent = request(target, { method: "POST", headers, agent: false, timeout: timeoutMs, signal }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
      response.on("error", () => resolve(0));
      response.on("close", () => resolve(0));
    });
    sent.on("timeout", () => sent.destroy());
    sent.on("error", () => resolve(0));
    sent.end(body);
  });
}
