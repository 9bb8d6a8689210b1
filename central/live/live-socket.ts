import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket, WebSocketServer } from "ws";
import type { Actor } from "../http/http-context.ts";
import { isOwnOrigin } from "../http/same-origin.ts";
import { refuseUpgrade, type UpgradeRoute } from "../http/upgrades.ts";
import type { LiveClient, LiveClients } from "./live-clients.ts";

const PAYLOAD_BYTES_MAX = 64 * 1024;
/** Pages say nothing; a few words are let pass, a flood is not. */
const MESSAGES_PER_SECOND_MAX = 20;
const PING_EVERY_MS = 30_000;

export interface LiveSocketDeps {
  readonly clients: LiveClients;
  readonly publicUrl: string | null;
  /** The person of the request's session cookie. */
  readonly readActor: (request: IncomingMessage) => Promise<Actor | null>;
  /** Wakes the loop that serves those who join. */
  readonly onJoin: () => void;
}

/**
 * `/live`: the session cookie says who, and Origin must be our own: a browser sends the cookie along with a socket that another site's
 * page opens, and nothing else would tell the two apart.
 */
export function liveSocket(deps: LiveSocketDeps): UpgradeRoute {
  const server = new WebSocketServer({ noServer: true, maxPayload: PAYLOAD_BYTES_MAX, perMessageDeflate: false });
  const pings = setInterval(() => pingAll(server), PING_EVERY_MS);
  pings.unref();
  return {
    paths: ["/live", "/api/v1/live"],
    close: () => {
      clearInterval(pings);
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
    accept: async (request, socket, head) => {
      const { origin, host } = request.headers;
      if (origin === undefined || !isOwnOrigin(origin, host ?? null, deps.publicUrl)) return refuseUpgrade(socket, 403, "foreign_origin");
      const actor = await deps.readActor(request);
      if (actor === null) return refuseUpgrade(socket, 401, "not_signed_in");
      if (deps.clients.isFull()) return refuseUpgrade(socket, 503, "busy");
      upgrade(server, request, socket, head, (open) => welcome(deps, open, actor, afterOf(request)));
    },
  };
}

function upgrade(server: WebSocketServer, request: IncomingMessage, socket: Duplex, head: Buffer, then: (open: WebSocket) => void): void {
  if (socket.destroyed) return;
  server.handleUpgrade(request, socket, head, then);
}

function welcome(deps: LiveSocketDeps, socket: WebSocket, actor: Actor, after: number | null): void {
  const client: LiveClient = {
    actor,
    after,
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    bufferedBytes: () => socket.bufferedAmount,
    close: (code, reason) => {
      deps.clients.leave(client);
      socket.close(code, reason);
      // One that does not read does not answer a close either.
      if (code === 1013) socket.terminate();
    },
  };
  limitMessages(socket);
  socket.on("pong", () => alive.add(socket));
  socket.on("close", () => deps.clients.leave(client));
  socket.on("error", () => socket.terminate());
  alive.add(socket);
  deps.clients.join(client);
  deps.onJoin();
}

/** Sockets that answered since the last ping. */
const alive = new WeakSet<WebSocket>();

function pingAll(server: WebSocketServer): void {
  for (const socket of server.clients) {
    if (!alive.delete(socket)) socket.terminate();
    else socket.ping();
  }
}

function limitMessages(socket: WebSocket): void {
  let second = 0;
  let count = 0;
  socket.on("message", () => {
    const now = Math.floor(performance.now() / 1000);
    count = now === second ? count + 1 : 1;
    second = now;
    if (count > MESSAGES_PER_SECOND_MAX) socket.close(1008, "too many messages");
  });
}

function afterOf(request: IncomingMessage): number | null {
  const after = new URL(request.url ?? "/", "http://x").searchParams.get("after");
  return after !== null && /^\d{1,15}$/.test(after) ? Number(after) : null;
}
