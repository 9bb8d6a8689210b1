import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { StandingFeed } from "../../shared/protocol/central-session.ts";
import { FRAME_BYTES_MAX, LINK_TIMEOUT_MS } from "../../shared/protocol/limits.ts";
import type { Authenticate, SyncCaller } from "./caller.ts";
import { type RunningSession, runSession } from "./run-session.ts";
import type { SyncDeps } from "./sync-deps.ts";

/** A connection whose peer does not read: beyond this much unsent it is cut, and comes back. */
const UNSENT_BYTES_MAX = 8 * 1024 * 1024;
/** Beyond so many pieces of work under way a connection is not read from until half of them are done. */
const UNDER_WAY_MAX = 32;
const PING_EVERY_MS = 30_000;
/** How long after a revocation a connected edge is cut, at most. */
const KEYS_CHECKED_EVERY_MS = 5_000;
const DRAIN_MS = 2_000;

export interface SyncSocketDeps {
  readonly sync: SyncDeps;
  readonly authenticate: Authenticate;
  /** Of these API keys, those that are revoked or whose collector is retired. */
  readonly revokedAmong: (apiKeyIds: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly markDisconnected: (collectorId: string) => Promise<void>;
}

export interface SyncSocket {
  readonly paths: readonly string[];
  readonly accept: (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;
  readonly close: () => void;
  /** Cuts the connections of an API key at once. */
  readonly closeKey: (apiKeyId: string) => void;
  readonly tellFeeds: (feedsOf: (siteId: string) => readonly StandingFeed[], changed: (siteId: string) => boolean) => void;
  /** A command was made for this collector: it goes down at once when its edge is connected here. */
  readonly tellCommands: (collectorId: string) => void;
  readonly connections: () => number;
  /** Resolves when no connection, open or just closed, has work in the database any more. */
  readonly settled: () => Promise<void>;
}

interface Connection {
  readonly socket: WebSocket;
  readonly caller: SyncCaller;
  readonly session: RunningSession;
  heardMs: number;
}

/** The WebSocket `/sync/v1`. */
export function createSyncSocket(deps: SyncSocketDeps): SyncSocket {
  const server = new WebSocketServer({ noServer: true, maxPayload: FRAME_BYTES_MAX, perMessageDeflate: false, clientTracking: false });
  const connections = new Set<Connection>();
  const working = new Set<Promise<void>>();
  const { nowMs, log } = deps.sync;

  const connect = (socket: WebSocket, caller: SyncCaller): void => {
    const session = runSession(deps.sync, caller, {
      send: (frame) => {
        if (socket.bufferedAmount > UNSENT_BYTES_MAX) socket.terminate();
        else socket.send(frame);
      },
      close: () => closeSoon(socket),
    });
    const connection: Connection = { socket, caller, session, heardMs: nowMs() };
    connections.add(connection);
    log.info({ collector: caller.collectorId, connections: connections.size }, "a collector connected");
    const heard = (): void => {
      connection.heardMs = nowMs();
    };
    socket.on("pong", heard);
    socket.on("ping", heard);
    socket.on("error", () => undefined);
    socket.on("message", (data: Buffer, isBinary) => {
      heard();
      session.receive(isBinary ? data : NOT_BINARY);
      if (session.underWay() > UNDER_WAY_MAX) void waitFor(socket, session);
    });
    socket.on("close", (code) => {
      connections.delete(connection);
      log.info({ collector: caller.collectorId, code, connections: connections.size }, "a collector is gone");
      const last = session.settled().then(() => noteGone(caller.collectorId));
      working.add(last);
      void last.then(() => working.delete(last));
    });
  };

  const noteGone = async (collectorId: string): Promise<void> => {
    if ([...connections].some((other) => other.caller.collectorId === collectorId)) return;
    // The database is away: the time of the last heartbeat says the same a little later.
    await deps.markDisconnected(collectorId).catch(() => undefined);
  };

  const pings = setInterval(() => {
    for (const { socket, heardMs } of connections) {
      if (nowMs() - heardMs > LINK_TIMEOUT_MS) socket.terminate();
      else socket.ping();
    }
  }, PING_EVERY_MS);
  const keys = setInterval(() => void cutRevoked(deps, connections), KEYS_CHECKED_EVERY_MS);

  return {
    paths: ["/sync/v1"],
    accept: async (request, socket, head) => {
      const caller = await authenticated(deps, request);
      if (typeof caller === "string") return refuse(socket, caller);
      server.handleUpgrade(request, socket, head, (upgraded) => connect(upgraded, caller));
    },
    close: () => {
      clearInterval(pings);
      clearInterval(keys);
      for (const { socket } of connections) socket.terminate();
      server.close();
    },
    closeKey: (apiKeyId) => {
      for (const { socket, caller } of connections) if (caller.apiKeyId === apiKeyId) socket.close(CLOSE_UNAUTHORISED, "key revoked");
    },
    tellFeeds: (feedsOf, changed) => {
      for (const { session } of connections) {
        const site = session.siteId();
        if (site !== null && changed(site)) session.feedsChanged(feedsOf(site));
      }
    },
    tellCommands: (collectorId) => {
      for (const { caller, session } of connections) if (caller.collectorId === collectorId) session.commandsMade();
    },
    connections: () => connections.size,
    settled: async () => {
      await Promise.all([...connections].map((one) => once(one.socket, "close")));
      await Promise.all(working);
    },
  };
}

/** A text message is no frame; an empty one is refused as malformed by the one decoder. */
const NOT_BINARY = new Uint8Array(0);
/** WebSocket close code of the private range. */
const CLOSE_UNAUTHORISED = 4_401;

async function authenticated(deps: SyncSocketDeps, request: IncomingMessage): Promise<SyncCaller | keyof typeof REFUSALS> {
  try {
    const caller = await deps.authenticate({ authorization: request.headers.authorization });
    return caller ?? "unauthorised";
  } catch {
    return "unavailable";
  }
}

const REFUSALS = {
  unauthorised: { status: "401 Unauthorized", code: "unknown_api_key", message: "The API key is missing, unknown or revoked." },
  unavailable: { status: "503 Service Unavailable", code: "unavailable", message: "Central's database is not available; try again." },
} as const;

function refuse(socket: Duplex, why: keyof typeof REFUSALS): void {
  const { status, code, message } = REFUSALS[why];
  const body = JSON.stringify({ error: { code, message, details: null, request_id: "" } });
  const head = [`HTTP/1.1 ${status}`, "Connection: close", "Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

async function waitFor(socket: WebSocket, session: RunningSession): Promise<void> {
  if (socket.isPaused) return;
  socket.pause();
  await session.settled();
  socket.resume();
}

async function cutRevoked(deps: SyncSocketDeps, connections: ReadonlySet<Connection>): Promise<void> {
  if (connections.size === 0) return;
  try {
    const revoked = await deps.revokedAmong([...new Set([...connections].map((one) => one.caller.apiKeyId))]);
    for (const { socket, caller } of connections) if (revoked.has(caller.apiKeyId)) socket.close(CLOSE_UNAUTHORISED, "key revoked");
  } catch {
    // The database is away: nobody can be asked, nothing can be stored either.
  }
}

/** A peer that does not answer the close must not stay. */
function closeSoon(socket: WebSocket): void {
  socket.close();
  setTimeout(() => socket.terminate(), DRAIN_MS).unref();
}
