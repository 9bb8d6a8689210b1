import { z } from "zod";
import type { Me } from "../../shared/api/central-api.ts";
import { insertAudit } from "../db/audit-rows.ts";
import { auditWho } from "../http/audit-who.ts";
import { type Actor, actorOf } from "../http/http-context.ts";
import { isRefusal } from "../http/refusal.ts";
import { type Route, route } from "../http/route.ts";
import { clearSessionCookie, setSessionCookie } from "../http/session-cookie.ts";
import { makeSessionToken } from "../http/session-token.ts";
import { type FirstAdministratorDeps, setUpAdministrator } from "./first-administrator.ts";
import { PASSWORD_CHARACTERS_MAX, PASSWORD_CHARACTERS_MIN } from "./passwords.ts";
import { readActor } from "./read-actor.ts";
import { endSession } from "./session-rows.ts";
import { type SignInDeps, signIn } from "./sign-in.ts";

export interface AuthRoutesDeps extends SignInDeps, FirstAdministratorDeps {
  readonly secure: boolean;
  /** HMAC key of the token in the cookie. */
  readonly tokenKey: string;
}

export const EMAIL = z
  .string()
  .trim()
  .toLowerCase()
  .max(200)
  .regex(/^[^\s@]+@[^\s@]+$/, "is not an e-mail address");
export const NEW_PASSWORD = z.string().min(PASSWORD_CHARACTERS_MIN).max(PASSWORD_CHARACTERS_MAX);
export const PERSON_NAME = z.string().trim().min(1).max(100);

export function authRoutes(deps: AuthRoutesDeps): Route[] {
  return [
    route({
      method: "POST",
      path: "/api/v1/auth/login",
      access: "public",
      summary: "Sign in; sets the session cookie",
      // Lengths only: a malformed name is a wrong name, and must not be told apart.
      body: z.object({
        email: z.string().trim().toLowerCase().max(200),
        password: z.string().max(PASSWORD_CHARACTERS_MAX),
        totp: z.string().max(16).optional(),
      }),
      handle: async (c, body) => {
        const signed = await signIn(deps, body.email, body.password, auditWho(c));
        if (isRefusal(signed)) return signed;
        const token = await makeSessionToken(deps.tokenKey, signed.sid, signed.atMs);
        setSessionCookie(c, deps.secure, token);
        const actor = await readActor(deps, token);
        return c.json(meOf(actor!));
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/auth/logout",
      access: "viewer",
      summary: "End this session",
      handle: async (c) => {
        const { sid } = actorOf(c);
        const atMs = deps.nowMs();
        await deps.db.transaction().execute(async (tx) => {
          await endSession(tx, sid, atMs);
          await insertAudit(tx, auditWho(c), { action: "sign-out", outcome: "ok" }, atMs);
        });
        clearSessionCookie(c, deps.secure);
        return c.body(null, 204);
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/auth/me",
      access: "viewer",
      summary: "Who is signed in",
      handle: (c) => c.json(meOf(actorOf(c))),
    }),
    route({
      method: "POST",
      path: "/api/v1/auth/setup",
      access: "public",
      summary: "Make the first administrator by the console's one-use link",
      body: z.object({ token: z.string().min(1).max(100), email: EMAIL, name: PERSON_NAME, password: NEW_PASSWORD }),
      handle: async (c, body) => {
        const made = await setUpAdministrator(deps, body.token, body, auditWho(c));
        return isRefusal(made) ? made : c.body(null, 204);
      },
    }),
  ];
}

function meOf(actor: Actor): Me {
  return { id: actor.id, email: actor.email, name: actor.name, role: actor.role, sites: [...actor.sites] };
}
