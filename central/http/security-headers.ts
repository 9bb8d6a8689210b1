import type { MiddlewareHandler } from "hono";
import type { HttpEnv } from "./http-context.ts";

/** Everything is served from here, but map tiles; styles inline because Leaflet places its panes by style attributes. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "img-src 'self' data: blob: https://tile.openstreetmap.org",
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** The same headers on every answer, errors and 404 included. */
export function securityHeaders(secure: boolean): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    await next();
    const headers = c.res.headers;
    headers.set("Content-Security-Policy", CONTENT_SECURITY_POLICY);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("X-Frame-Options", "DENY");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
    if (secure) headers.set("Strict-Transport-Security", "max-age=31536000");
    if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
  };
}
