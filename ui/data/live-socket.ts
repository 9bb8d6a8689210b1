/** A WebSocket that comes back by itself: it resumes after the last message it had, and waits longer, with jitter, after each failure. */
export type LinkState = "connecting" | "open" | "waiting";

export interface LiveDeps<Message> {
  /** Address to connect to, given the cursor of the last message (undefined before the first). */
  readonly address: (after: string | undefined) => string;
  readonly onMessages: (messages: Message[]) => void;
  readonly onState: (state: LinkState) => void;
  readonly open: (address: string) => WebSocket;
  /** 0 to 1. */
  readonly random: () => number;
}

const FIRST_DELAY_MS = 500;
const DELAY_MAX_MS = 20_000;
/** Messages are handed over together once a frame: a backlog of hundreds must not render hundreds of times. */
const HAND_OVER_MS = 60;
/** A hidden page hands over late; beyond this many the oldest go, because the list keeps no more anyway. */
const HELD_MESSAGES_MAX = 10_000;

/** Wait before try number `attempt` (from 0), ms: doubled each time, capped, half of it random so that many pages do not return at once. */
export function reconnectDelayMs(attempt: number, random: number): number {
  const full = Math.min(DELAY_MAX_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10));
  return Math.round(full / 2 + (full / 2) * random);
}

/** Opens the socket and keeps it open; the returned function closes it for good. */
export function openLive<Message extends object>(deps: LiveDeps<Message>): () => void {
  let socket: WebSocket | undefined;
  let after: string | undefined;
  let attempt = 0;
  let closed = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let handOver: ReturnType<typeof setTimeout> | undefined;
  let held: Message[] = [];

  const flush = () => {
    handOver = undefined;
    const messages = held;
    held = [];
    if (!closed && messages.length > 0) deps.onMessages(messages);
  };
  const connect = () => {
    retry = undefined;
    deps.onState("connecting");
    const mine = deps.open(deps.address(after));
    socket = mine;
    mine.onopen = () => {
      attempt = 0;
      deps.onState("open");
    };
    mine.onmessage = (event) => {
      const message = JSON.parse(String(event.data)) as Message & { after?: string };
      if (typeof message.after === "string") after = message.after;
      held.push(message);
      if (held.length > HELD_MESSAGES_MAX) held.shift();
      handOver ??= setTimeout(flush, HAND_OVER_MS);
    };
    mine.onclose = () => {
      if (closed || socket !== mine) return;
      deps.onState("waiting");
      retry = setTimeout(connect, reconnectDelayMs(attempt++, deps.random()));
    };
  };
  const comeBack = () => {
    // The phone woke up or the network returned: do not sit out a long wait.
    if (retry === undefined || document.visibilityState === "hidden") return;
    clearTimeout(retry);
    attempt = 0;
    connect();
  };
  addEventListener("online", comeBack);
  document.addEventListener("visibilitychange", comeBack);
  connect();
  return () => {
    closed = true;
    clearTimeout(retry);
    clearTimeout(handOver);
    removeEventListener("online", comeBack);
    document.removeEventListener("visibilitychange", comeBack);
    socket?.close();
  };
}

/** ws: or wss: address of a path on this page's own origin. */
export function socketAddress(path: string): string {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${path}`;
}
