/**
 * By which way central is tried next. What blocks WebSockets may say so with an HTTP answer; it may as well reset the connection, answer
 * 502, or open it and pass nothing on. From outside that looks as if central were away, so after some of those POST is tried once.
 */

/** How a connection ended, as far as the way goes. */
export interface WayEnd {
  /** How long central was there, ms; 0: it never was. */
  readonly openMs: number;
  /** Central is there but will not have us: people must act. */
  readonly refused: string | null;
  /** The time to come back that central named. */
  readonly retryAfterMs: number | null;
  /** Wait and come back; or at once by the other way: HTTP answers where the WebSocket does not, or it is time to try that again. */
  readonly next: "wait" | "exchange" | "socket";
}

export interface Ways {
  /** For how long the next connection goes by POST, ms; 0: by WebSocket. */
  readonly exchangeForMs: (nowMs: number) => number;
  /** Answers whether the next is tried at once. */
  readonly ended: (end: WayEnd, nowMs: number) => boolean;
}

/** So many WebSockets in a row from which central was not heard. */
const SILENT_MAX = 2;
/** Central may only have been away: then the WebSocket is back soon. */
export const DOUBT_MS = 60_000;

/** `socketRetryMs`: for how long POST is used where WebSockets are known to be blocked, before one is tried again. */
export function chooseWays(socketRetryMs: number): Ways {
  let exchangeUntilMs = Number.NEGATIVE_INFINITY;
  let byExchange = false;
  let silent = 0;
  /** POST worked when the WebSocket did not: it is blocked, not away. */
  let isBlocked = false;
  const exchangeFor = (ms: number, nowMs: number) => {
    exchangeUntilMs = nowMs + ms;
  };
  return {
    exchangeForMs(nowMs) {
      const ms = Math.max(0, exchangeUntilMs - nowMs);
      byExchange = ms > 0;
      return ms;
    },
    ended(end, nowMs) {
      if (end.next === "exchange") exchangeFor(socketRetryMs, nowMs);
      if (end.next === "socket") [isBlocked, silent] = [true, SILENT_MAX - 1];
      if (end.next !== "wait") return true;
      const isSilent = end.openMs === 0 && end.refused === null && end.retryAfterMs === null;
      if (byExchange && !isSilent) return false;
      if (byExchange) exchangeUntilMs = Number.NEGATIVE_INFINITY;
      if (byExchange || !isSilent) {
        [isBlocked, silent] = [false, 0];
        return false;
      }
      silent += 1;
      if (silent < SILENT_MAX) return false;
      exchangeFor(isBlocked ? socketRetryMs : Math.min(DOUBT_MS, socketRetryMs), nowMs);
      return isBlocked;
    },
  };
}
