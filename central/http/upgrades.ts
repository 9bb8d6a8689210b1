import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "pino";

/** A WebSocket address. `accept` answers the upgrade itself: it authenticates first, then hands over to its own WebSocketServer. */
export interface UpgradeRoute {
  /** Paths without query, e.g. ["/live", "/api/v1/live"]. */
  readonly paths: readonly string[];
  readonly accept: (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;
  /** Ends all sockets. */
  readonly close: () => void;
}

/** Routes upgrades by path; anything else is refused with a plain HTTP answer. */
export function serveUpgrades(server: Server, routes: readonly UpgradeRoute[], log: Logger): void {
  const byPath = new Map(routes.flatMap((route) => route.paths.map((path) => [path, route] as const)));
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const path = (request.url ?? "").split("?")[0] ?? "";
    const route = byPath.get(path);
    if (route === undefined) return refuseUpgrade(socket, 404, "not_found");
    route.accept(request, socket, head).catch((error: Error) => {
      log.error({ route: path, error: error.message, stack: error.stack }, "upgrade failed");
      refuseUpgrade(socket, 500, "internal");
    });
  });
}

/** Answers an upgrade with an HTTP error in the usual form and ends the connection. */
export function refuseUpgrade(socket: Duplex, status: number, code: string): void {
  if (socket.destroyed) return;
  const body = JSON.stringify({ error: { code, message: "", details: null, request_id: "" } });
  const head = `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  socket.end(head + body);
}
