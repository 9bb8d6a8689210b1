/**
 * A body may take as long as it needs while it comes on: a bundle of 4 GB over a thin line takes a day. What is bounded is standing still, which
 * is what somebody does who only wants to hold a connection: each window must bring some bytes. A window in which this program itself
 * did not read (the database is slow) is not held against the sender.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";

export interface BodyLimits {
  readonly windowMs: number;
  /** A window that brings fewer ends the request; 64 KiB in two minutes is a line of 4 kbit/s. */
  readonly bytesMin: number;
}

const LIMITS: BodyLimits = { windowMs: 120_000, bytesMin: 64 * 1024 };
const LOOKS_PER_WINDOW = 12;
const TOO_SLOW = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

interface Watched {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  sinceMs: number;
  /** What the socket had brought when the window began. */
  bytes: number;
}

/** Watches every request with a body until it is whole; ends with the server. */
export function cutSlowBodies(server: Server, limits: BodyLimits = LIMITS): void {
  const watched = new Set<Watched>();
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (!hasBody(request)) return;
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

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

function look(one: Watched, { windowMs, bytesMin }: BodyLimits): void {
  const { request, response } = one;
  const nowMs = performance.now();
  // Bytes lie here unread: the sender waits for us.
  const isOurs = request.readableLength > 0 && !response.writableEnded;
  if (isOurs || request.socket.bytesRead - one.bytes >= bytesMin) {
    one.sinceMs = nowMs;
    one.bytes = request.socket.bytesRead;
  } else if (nowMs - one.sinceMs >= windowMs) {
    if (!response.headersSent) request.socket.write(TOO_SLOW);
    request.socket.destroySoon();
  }
}
