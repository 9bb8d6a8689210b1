import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { HttpContext } from "./http-context.ts";
import { SESSION_SECONDS } from "./session-token.ts";

/** By https the name has the __Host- prefix: no other host or path can plant one. */
export function sessionCookieName(secure: boolean): string {
  return secure ? "__Host-chaverim_session" : "chaverim_session";
}

export function setSessionCookie(c: HttpContext, secure: boolean, token: string): void {
  setCookie(c, sessionCookieName(secure), token, { httpOnly: true, sameSite: "Strict", path: "/", secure, maxAge: SESSION_SECONDS });
}

export function clearSessionCookie(c: HttpContext, secure: boolean): void {
  deleteCookie(c, sessionCookieName(secure), { path: "/", secure });
}

export function readSessionCookie(c: HttpContext, secure: boolean): string | null {
  return getCookie(c, sessionCookieName(secure)) ?? null;
}

/** As above, from a raw Cookie header (an upgrade request has no context). */
export function sessionCookieOf(header: string | undefined, secure: boolean): string | null {
  const name = `${sessionCookieName(secure)}=`;
  const pair = (header ?? "").split(/;\s*/).find((part) => part.startsWith(name));
  return pair === undefined ? null : pair.slice(name.length);
}
