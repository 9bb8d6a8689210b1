import type { Actor } from "../http/http-context.ts";

/** What one browser may not read in time is dropped with its connection: it comes back and resumes. */
export const SEND_BUFFER_BYTES_MAX = 1024 * 1024;
export const CLIENTS_MAX = 1_000;

/** One connected browser. */
export interface LiveClient {
  readonly actor: Actor;
  /** Cursor to resume from; null for a page that was just opened. */
  readonly after: number | null;
  readonly send: (text: string) => void;
  readonly bufferedBytes: () => number;
  readonly close: (code: number, reason: string) => void;
}

/** A message and where it belongs: only those who may see the site get it. */
export interface LivePost {
  readonly siteId: string;
  /** Null: the same for everybody. */
  readonly role: "admin" | "others" | null;
  readonly text: string;
}

/** The open connections: who is joining, who gets what. Knows nothing of sockets or the database. */
export interface LiveClients {
  readonly join: (client: LiveClient) => void;
  readonly leave: (client: LiveClient) => void;
  /** Those that are not admitted yet: they are served what they missed first. */
  readonly joining: () => readonly LiveClient[];
  readonly admit: (client: LiveClient) => void;
  readonly all: () => readonly LiveClient[];
  readonly isFull: () => boolean;
  readonly post: (posts: readonly LivePost[]) => void;
}

export function liveClients(): LiveClients {
  const joining = new Set<LiveClient>();
  const admitted = new Set<LiveClient>();
  return {
    join: (client) => joining.add(client),
    leave: (client) => {
      joining.delete(client);
      admitted.delete(client);
    },
    joining: () => [...joining],
    admit: (client) => {
      // One that left while it was served is not brought back.
      if (joining.delete(client)) admitted.add(client);
    },
    all: () => [...joining, ...admitted],
    isFull: () => joining.size + admitted.size >= CLIENTS_MAX,
    post: (posts) => {
      for (const client of admitted) sendTo(client, posts);
    },
  };
}

/** Sends what this client may see; one that does not read is cut off. */
export function sendTo(client: LiveClient, posts: readonly LivePost[]): void {
  const { sites, role } = client.actor;
  for (const post of posts) {
    if (sites.length > 0 && !sites.includes(post.siteId)) continue;
    if (post.role !== null && (post.role === "admin") !== (role === "admin")) continue;
    if (client.bufferedBytes() > SEND_BUFFER_BYTES_MAX) return client.close(1013, "too slow");
    client.send(post.text);
  }
}
