import type { SiteLiveMessage } from "../../shared/api/site-api.ts";

/** The part of a WebSocket that the hub needs. */
export interface LiveSocket {
  readonly bufferedAmount: number;
  readonly readyState: number;
  send(text: string): void;
  ping(): void;
  close(code: number, reason: string): void;
  terminate(): void;
  on(event: "pong" | "close" | "error", listener: () => void): unknown;
}

/** A site has a handful of phones and one screen on the wall. */
export const SOCKETS_MAX = 64;
/** A page that does not read for so long is closed; it asks for what it missed when it comes back. */
const BUFFERED_BYTES_MAX = 1024 * 1024;
const PING_MS = 25_000;
const OPEN = 1;

export interface LiveHub {
  /** False when the site has too many sockets already. `isStillIn` is asked again at each ping. */
  readonly add: (socket: LiveSocket, session: string | null, isStillIn: () => boolean, hello: SiteLiveMessage) => boolean;
  readonly say: (message: SiteLiveMessage) => void;
  readonly closeSession: (session: string) => void;
  readonly size: () => number;
  readonly stop: () => void;
}

interface Listener {
  readonly socket: LiveSocket;
  readonly session: string | null;
  readonly isStillIn: () => boolean;
  answered: boolean;
}

/** Everybody who has the site's page open. What is said is said after its commit; nothing here keeps anything. */
export function makeLiveHub(): LiveHub {
  const listeners = new Set<Listener>();
  const timer = setInterval(() => {
    for (const one of listeners) {
      if (!one.answered) one.socket.terminate();
      else if (!one.isStillIn()) one.socket.close(4401, "signed out");
      else {
        one.answered = false;
        one.socket.ping();
      }
    }
  }, PING_MS);
  timer.unref();

  const tell = ({ socket }: Listener, text: string): void => {
    if (socket.readyState !== OPEN) return;
    if (socket.bufferedAmount > BUFFERED_BYTES_MAX) socket.terminate();
    else socket.send(text);
  };

  return {
    add(socket, session, isStillIn, hello) {
      if (listeners.size >= SOCKETS_MAX) return false;
      const one: Listener = { socket, session, isStillIn, answered: true };
      listeners.add(one);
      socket.on("pong", () => {
        one.answered = true;
      });
      socket.on("close", () => listeners.delete(one));
      socket.on("error", () => socket.terminate());
      tell(one, JSON.stringify(hello));
      return true;
    },
    say(message) {
      if (listeners.size === 0) return;
      const text = JSON.stringify(message);
      for (const one of listeners) tell(one, text);
    },
    closeSession(session) {
      for (const one of listeners) if (one.session === session) one.socket.close(4401, "signed out");
    },
    size: () => listeners.size,
    stop() {
      clearInterval(timer);
      for (const { socket } of listeners) socket.terminate();
      listeners.clear();
    },
  };
}
