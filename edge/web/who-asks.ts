import { createHash, timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { getCookie } from "hono/cookie";
import { refuse } from "./refusal.ts";
import type { SignIn } from "./sign-in.ts";
import type { Asker, SiteEnv } from "./site-env.ts";

export const SESSION_COOKIE = "chaverim_site";

export interface WhoAsksDeps {
  readonly signIn: Pick<SignIn, "personOf">;
  readonly localToken: string;
  /** May somebody open it who has no session? Only what a signed-out browser needs, and cameras, which bring their own secret. */
  readonly isOpen: (method: string, path: string) => boolean;
}

/** Everything asks for a session or the local token, except what `isOpen` names. New routes are closed without a thought. */
export function whoAsks(deps: WhoAsksDeps): MiddlewareHandler<SiteEnv> {
  return async (c, next) => {
    const asker = askerOf(c, deps);
    if (asker !== null) c.set("asker", asker);
    else if (!deps.isOpen(c.req.method, c.req.path)) return refuse(c, "not_signed_in", "Sign in first.");
    if (asker?.kind === "local-token" && c.req.method !== "GET" && !deps.isOpen(c.req.method, c.req.path)) {
      return refuse(c, "not_allowed", "The local token reads. To change something a person of this site signs in.");
    }
    return next();
  };
}

function askerOf(c: Context<SiteEnv>, deps: WhoAsksDeps): Asker | null {
  const session = getCookie(c, SESSION_COOKIE);
  if (session !== undefined) {
    const name = deps.signIn.personOf(session);
    if (name !== null) return { kind: "person", name, session };
  }
  const bearer = /^Bearer (.+)$/.exec(c.req.header("authorization") ?? "")?.[1];
  return bearer !== undefined && isLoopback(addressOf(c)) && isSameSecret(bearer, deps.localToken) ? { kind: "local-token" } : null;
}

/** The other end's address as the socket has it; headers that claim another are not believed. */
export function addressOf(c: Context<SiteEnv>): string {
  return (c.env.incoming.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
}

export function isLoopback(address: string): boolean {
  return address === "::1" || /^127\./.test(address);
}

/** Compares in a time that says nothing about where two secrets differ. */
export function isSameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return b !== "" && timingSafeEqual(digest(a), digest(b));
}
