/** Serves a built page with the sample world behind it, in one of four states, under the same security headers as the programs. */
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";
import type { PageName } from "../../ui/vite.config.ts";
import { answerCentral } from "./answer-central.ts";
import { answerSite } from "./answer-site.ts";
import type { ShotState } from "./answerer.ts";
import { sampleStatus } from "./sample-site.ts";
import type { SampleWorld } from "./sample-world.ts";

const DIST = fileURLToPath(new URL("../../dist/ui/", import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
};
/** As the two programs send them. */
const CSP: Readonly<Record<PageName, string>> = {
  central:
    "default-src 'self'; img-src 'self' data: blob: https://tile.openstreetmap.org; style-src 'self' 'unsafe-inline'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  edge: "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
};
const BODY_BYTES_MAX = 65_536;

export interface ShotsServer {
  readonly address: string;
  close(): Promise<void>;
}
export interface ShotsServerDeps {
  readonly page: PageName;
  readonly state: ShotState;
  readonly world: SampleWorld;
  readonly picture: (sha256: string) => Promise<Buffer | undefined>;
  /** Nobody is signed in. */
  readonly signedOut?: boolean;
}

/** Listens on a free loopback port. */
export async function startShotsServer(deps: ShotsServerDeps): Promise<ShotsServer> {
  const answerer = deps.page === "central" ? answerCentral : answerSite;
  const server = createServer((request, response) => {
    void handle(request, response).catch((failure: unknown) => {
      response.writeHead(500).end(String(failure));
    });
  });
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://localhost");
    response.setHeader("content-security-policy", CSP[deps.page]);
    const image = /^\/api\/(?:v1\/)?images\/([0-9a-f]{64})$/.exec(url.pathname);
    if (image !== null) {
      const jpeg = await deps.picture(image[1]!);
      return void (jpeg === undefined
        ? response.writeHead(404).end()
        : response.writeHead(200, { "content-type": "image/jpeg", "cache-control": "max-age=600" }).end(jpeg));
    }
    if (!url.pathname.startsWith("/api/")) return sendFile(deps.page, url.pathname, response);
    const path = url.pathname.replace(/^\/api(\/v1)?/, "");
    const alwaysAnswered = ["/auth/me", "/status"].includes(path);
    if (deps.signedOut) return sendJson(response, 401, error("unauthorized", "Sign in first."));
    if (deps.state === "error" && !alwaysAnswered) return sendJson(response, 503, error("unavailable", "database is down"));
    const answer = answerer(
      { method: request.method ?? "GET", path, query: url.searchParams, body: await readJson(request) },
      deps.world,
      deps.state,
    );
    return answer === undefined ? sendJson(response, 404, error("not_found", "There is no such thing.")) : sendJson(response, 200, answer);
  }
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 });
  server.on("upgrade", (request, socket, head) => {
    if (deps.state === "offline" && deps.page === "central") return void socket.destroy();
    sockets.handleUpgrade(request, socket, head, (open) => {
      open.send(
        JSON.stringify(
          deps.page === "central" ? { type: "hello", after: "1" } : { type: "hello", status: sampleStatus(deps.world, deps.state) },
        ),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        for (const open of sockets.clients) open.terminate();
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function error(code: string, message: string) {
  return { error: { code, message, details: null, request_id: "shot" } };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function sendFile(page: PageName, path: string, response: ServerResponse): Promise<void> {
  const safe = normalize(path).replace(/^(\.\.[/\\])+/, "");
  const file = extname(safe) === "" ? "index.html" : safe;
  const bytes = await readFile(join(DIST, page, file)).catch(() => undefined);
  if (bytes === undefined) return void response.writeHead(404).end();
  response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(bytes);
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const piece of request) {
    if (text.length <= BODY_BYTES_MAX) text += String(piece);
  }
  const isJson = request.headers["content-type"]?.startsWith("application/json") ?? false;
  return text === "" || !isJson ? {} : (JSON.parse(text) as Record<string, unknown>);
}
