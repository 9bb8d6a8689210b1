import type { Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import { cutSlowBodies } from "./cut-slow-bodies.ts";
import type { HttpEnv } from "./http-context.ts";

export interface ListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string } | null;
}

export interface Listening {
  readonly server: Server;
  readonly port: number;
  /** Stops taking connections, ends the idle ones, and after a moment the rest. */
  readonly close: () => Promise<void>;
}

const CLOSE_GRACE_MS = 2_000;
/** Slow senders are cut: headers within 10 s; a body is bounded by standing still (cutSlowBodies), not by its whole time. */
const TIMEOUTS = { headersTimeout: 10_000, requestTimeout: 0, keepAliveTimeout: 65_000, maxHeaderSize: 16_384 } as const;

/** Opens the port; a port in use is a sentence that names the setting. */
export async function listen(app: Hono<HttpEnv>, options: ListenOptions): Promise<Listening> {
  const serverOptions = options.tls === null ? TIMEOUTS : { ...TIMEOUTS, ...options.tls, minVersion: "TLSv1.3" as const };
  const server = createAdaptorServer({
    fetch: app.fetch as never,
    overrideGlobalObjects: false,
    ...(options.tls === null ? { serverOptions } : { createServer: createTlsServer, serverOptions }),
  } as Parameters<typeof createAdaptorServer>[0]) as Server;
  cutSlowBodies(server);
  await new Promise<void>((done, fail) => {
    server.once("error", (error: NodeJS.ErrnoException) => fail(new Error(listenProblem(error, options), { cause: error })));
    server.listen(options.port, options.host, done);
  });
  return { server, port: (server.address() as AddressInfo).port, close: () => closeServer(server) };
}

function listenProblem(error: NodeJS.ErrnoException, { host, port }: ListenOptions): string {
  if (error.code === "EADDRINUSE") return `CHAVERIM_LISTEN: port ${port} is in use on ${host}; choose another one`;
  if (error.code === "EACCES") return `CHAVERIM_LISTEN: port ${port} may not be opened by this user`;
  if (error.code === "EADDRNOTAVAIL") return `CHAVERIM_LISTEN: this machine has no address ${host}`;
  return `CHAVERIM_LISTEN: cannot listen on ${host}:${port} (${error.code ?? error.message})`;
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((done) => server.close(() => done()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(cut);
}
