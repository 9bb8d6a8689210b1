/** The dashboard's one live connection; each page's state listens for the kinds it shows. */
import { signal } from "@preact/signals";
import type { LiveMessage } from "../../shared/api/central-api.ts";
import { queryText } from "../data/api-client.ts";
import { type LinkState, openLive, socketAddress } from "../data/live-socket.ts";

export const link = signal<LinkState>("connecting");
type Listener = (messages: readonly LiveMessage[]) => void;
const listeners = new Set<Listener>();

/** Hears every batch of messages from now on; the returned function stops it. */
export function onLive(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What to do when the connection fails, and when it is back after a gap: central replays a bounded number of messages only. */
export interface LiveEvents {
  readonly onLost: () => void;
  readonly onReturn: () => void;
}

/** Connects while someone is signed in; the returned function disconnects. */
export function startLive(events: LiveEvents): () => void {
  let lost = false;
  return openLive<LiveMessage>({
    address: (after) => socketAddress(`/live${queryText({ after })}`),
    open: (address) => new WebSocket(address),
    random: Math.random,
    onState: (state) => {
      link.value = state;
      if (state === "waiting") events.onLost();
      if (state === "open" && lost) events.onReturn();
      lost = state === "waiting" || (lost && state === "connecting");
    },
    onMessages: (messages) => {
      for (const listener of listeners) listener(messages);
    },
  });
}
