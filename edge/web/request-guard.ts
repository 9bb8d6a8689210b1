/**
 * What every request must pass before any route sees it. The page lies on a local network that is not trusted, and is opened by
 * browsers that visit other sites too: DNS rebinding is answered 421 by the Host, foreign pages are refused by Origin and by asking
 * for JSON on every change (a form cannot send it without a preflight, which nothing here answers).
 */
import { randomUUID } from "node:crypto";
import { isIP } from "node:net";
import type { MiddlewareHandler } from "hono";
import { refuse } from "./refusal.ts";
import type { SiteEnv } from "./site-env.ts";

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
};

export function securityHeaders(): MiddlewareHandler<SiteEnv> {
  return async (c, next) => {
    c.set("requestId", randomUUID());
    await next();
    for (const [name, value] of Object.entries(HEADERS)) if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    if (c.req.path.startsWith("/api/") && !c.res.headers.has("cache-control")) c.res.headers.set("cache-control", "no-store");
  };
}

/** Addresses, this machine's names and the configured ones. A rebinding attack comes under a name of the attacker's. */
export function knownHost(names: readonly string[]): MiddlewareHandler<SiteEnv> {
  const known = new Set(["localhost", ...names.flatMap((name) => [name.toLowerCase(), `${name.toLowerCase()}.local`])]);
  return async (c, next) => {
    const host = hostName(c.req.header("host"));
    if (host === null || (isIP(host) === 0 && !known.has(host))) {
      return refuse(c, "wrong_host", "This name is not one of this site's. Open the page by its address, or add the name under web.hosts.");
    }
    return next();
  };
}

/** Host without its port, lower case, brackets off; null when there is none. */
function hostName(header: string | undefined): string | null {
  const found = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(:\d+)?$/.exec(header ?? "");
  return found === null ? null : found[1]!.replace(/^\[|\]$/g, "").toLowerCase();
}

/** Takes a file as it is: it is read as it comes, and may be hundreds of megabytes. */
const FILES_PATH = "/api/bundle/down";
export const isCentralsFile = (method: string | undefined, url: string | undefined): boolean =>
  method === "POST" && url?.split("?", 1)[0] === FILES_PATH;

const READS = new Set(["GET", "HEAD", "OPTIONS"]);

/** Changes only from our own page or a program, and only as JSON. Cameras push to /push, which has its own secret; neighbours sign what they bring. */
export function ownOrigin(): MiddlewareHandler<SiteEnv> {
  return async (c, next) => {
    if (READS.has(c.req.method) || c.req.path.startsWith("/push/") || c.req.path.startsWith("/neighbour/")) return next();
    if (!isOwnOrigin(c.req.header("origin"), c.req.header("host"), c.req.header("sec-fetch-site"))) {
      return refuse(c, "foreign_origin", "Another web page tried to change something here. It was not done.");
    }
    const type = (c.req.header("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
    // Neither can a form of another page send.
    const isFile = c.req.path === FILES_PATH && type === "application/octet-stream";
    if (type !== "application/json" && !isFile) return refuse(c, "not_json", "Send JSON (content-type: application/json).");
    return next();
  };
}

/** True for our own page and for programs (which send neither header). */
export function isOwnOrigin(origin: string | undefined, host: string | undefined, fetchSite: string | undefined): boolean {
  if (fetchSite !== undefined && fetchSite !== "same-origin" && fetchSite !== "none") return false;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === (host ?? "").toLowerCase();
}
