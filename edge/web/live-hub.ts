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

export interface Listening {
  /** Null: a program with the local token. */
  readonly person: string | null;
  readonly session: string | null;
  /** Asked again at each ping. */
  readonly isStillIn: () => boolean;
}

export interface LiveHub {
  /** False when the site has too many sockets already. */
  readonly add: (socket: LiveSocket, who: Listening, hello: SiteLiveMessage) => boolean;
  readonly say: (message: SiteLiveMessage) => void;
  /** For what differs from person to person. */
  readonly sayEach: (messageFor: (person: string | null) => SiteLiveMessage) => void;
  readonly closeSession: (session: string) => void;
  readonly size: () => number;
  readonly stop: () => void;
}

interface Listener extends Listening {
  readonly socket: LiveSocket;
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
    add(socket, who, hello) {
      if (listeners.size >= SOCKETS_MAX) return false;
      const one: Listener = { ...who, socket, answered: true };
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
    sayEach(messageFor) {
      for (const one of listeners) tell(one, JSON.stringify(messageFor(one.person)));
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
