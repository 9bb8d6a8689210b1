/**
 * Who only wants to hold a connection sends a little now and then. A body has a minute to arrive; central's file for this site has that for each
 * next part of it, as long as it comes on: over weak Wi-Fi it takes many minutes, and it waits while this program takes a large list over.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { isCentralsFile } from "./request-guard.ts";

export interface BodyLimits {
  readonly windowMs: number;
  /** A window that brings fewer of central's file ends it; 32 KiB in a minute is a line of 4 kbit/s. */
  readonly bytesMin: number;
}

const LIMITS: BodyLimits = { windowMs: 60_000, bytesMin: 32 * 1024 };
const LOOKS_PER_WINDOW = 12;
const TOO_SLOW = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

interface Watched {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  sinceMs: number;
  /** What the socket had brought when the window began. */
  bytes: number;
}

/** Watches every request until its body is whole; ends with the server. Headers are bounded by the server itself. */
export function cutSlowBodies(server: Server, limits: BodyLimits = LIMITS): void {
  const watched = new Set<Watched>();
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const one: Watched = { request, response, sinceMs: performance.now(), bytes: request.socket.bytesRead };
    watched.add(one);
    request.once("close", () => watched.delete(one));
  });
  const timer = setInterval(() => {
    for (const one of watched) {
      if (one.request.complete || one.request.destroyed) watched.delete(one);
      else look(one, limits);
    }
  }, limits.windowMs / LOOKS_PER_WINDOW);
  timer.unref();
  server.once("close", () => clearInterval(timer));
}

function look(one: Watched, { windowMs, bytesMin }: BodyLimits): void {
  const { request, response } = one;
  const nowMs = performance.now();
  if (mayGoOn(one, bytesMin)) {
    one.sinceMs = nowMs;
    one.bytes = request.socket.bytesRead;
  } else if (nowMs - one.sinceMs >= windowMs) {
    if (!response.headersSent) request.socket.write(TOO_SLOW);
    request.socket.destroySoon();
  }
}

/** Not once it has its answer: a stranger's is refused before anything of it is read. */
function mayGoOn({ request, response, bytes }: Watched, bytesMin: number): boolean {
  if (!isCentralsFile(request.method, request.url) || response.writableEnded) return false;
  // Bytes lie here unread: the sender waits for us.
  return request.readableLength > 0 || request.socket.bytesRead - bytes >= bytesMin;
}
