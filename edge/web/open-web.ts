import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { serve, type WebSocketServerLike } from "@hono/node-server";
import type { Hono } from "hono";
import { WebSocketServer } from "ws";
import { type BodyLimits, cutSlowBodies } from "./cut-slow-bodies.ts";
import type { SiteEnv } from "./site-env.ts";

export interface WebOptions {
  readonly app: Hono<SiteEnv>;
  readonly host: string;
  readonly port: number;
  /** Null: plain HTTP. */
  readonly tls: SiteTls | null;
  /** How long a body may take; by default a minute, or a minute without progress for central's file. */
  readonly bodyLimits?: BodyLimits;
}

export interface SiteTls {
  readonly cert: string;
  readonly key: string;
}

/** Where the site's page stands. */
export interface Listening {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

export interface OpenWeb {
  readonly host: string;
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** A page sends nothing over its socket but a close. */
const SOCKET_BYTES_MAX = 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const CONNECTIONS_MAX = 512;

/** Listens; rejects with one sentence that names the setting when it cannot. */
export async function openWeb({ app, host, port, tls, bodyLimits }: WebOptions): Promise<OpenWeb> {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: SOCKET_BYTES_MAX, perMessageDeflate: false });
  const listening = Promise.withResolvers<void>();
  const server = serve(
    {
      fetch: app.fetch,
      hostname: host,
      port,
      // ws types its own sockets more narrowly than the adapter asks for.
      websocket: { server: sockets as unknown as WebSocketServerLike },
      ...(tls === null ? { createServer: createHttpServer } : { createServer: createHttpsServer, serverOptions: tls }),
    },
    () => listening.resolve(),
  ) as Server;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  // Over the whole body it would cut central's file, however well that comes on.
  server.requestTimeout = 0;
  cutSlowBodies(server, bodyLimits);
  server.maxConnections = CONNECTIONS_MAX;
  server.once("error", (error) => listening.reject(new Error(listenWords(error, host, port))));
  await listening.promise;
  return {
    host,
    port: (server.address() as AddressInfo).port,
    async close() {
      sockets.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Of PEM files, both empty for plain HTTP; throws one sentence that names the setting. */
export function readTls(tlsCert: string, tlsKey: string): SiteTls | null {
  return tlsCert === "" ? null : { cert: readPem(tlsCert, "web.tls_cert"), key: readPem(tlsKey, "web.tls_key") };
}

function readPem(path: string, key: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new Error(`${key}: ${path === "" ? "is missing beside the other one" : `${path} cannot be read`}.`);
  }
}

function listenWords(error: Error, host: string, port: number): string {
  const code = (error as { code?: unknown }).code;
  const where = `${host}:${port}`;
  if (code === "EADDRINUSE") return `web.listen: ${where} is in use by another program. Choose another port.`;
  if (code === "EACCES") return `web.listen: this user may not listen on ${where}. Choose a port above 1023.`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return `web.listen: this machine has no address ${host}.`;
  return `web.listen: ${where} cannot be listened on (${String(code)}).`;
}
