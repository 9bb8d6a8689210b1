import { Hono } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import { readJson, textField } from "./read-json.ts";
import { refuse } from "./refusal.ts";
import { SESSION_MS, type SignIn } from "./sign-in.ts";
import type { SiteEnv } from "./site-env.ts";
import { addressOf, SESSION_COOKIE } from "./who-asks.ts";

export interface SignInRoutesDeps {
  readonly signIn: SignIn;
  readonly people: () => readonly string[];
  /** HTTPS: then the cookie never travels without it. */
  readonly isSecure: boolean;
  /** The session ended: its sockets close. */
  readonly onSignedOut: (session: string) => void;
}

export function signInRoutes(deps: SignInRoutesDeps): Hono<SiteEnv> {
  return new Hono<SiteEnv>()
    .post("/sign-in", async (c) => {
      const body = await readJson(c);
      const person = body === undefined ? "" : textField(body, "person", 100);
      const pin = body === undefined ? "" : textField(body, "pin", 100);
      if (person === "" || pin === "") return refuse(c, "invalid", "Name and PIN are needed.");
      const outcome = await deps.signIn.signIn(person, pin, addressOf(c));
      switch (outcome.kind) {
        case "signed-in":
          setCookie(c, SESSION_COOKIE, outcome.token, {
            httpOnly: true,
            sameSite: "Strict",
            secure: deps.isSecure,
            path: "/",
            maxAge: SESSION_MS / 1000,
          });
          return c.json({ person: outcome.person, expires_at: new Date(outcome.expiresMs).toISOString() });
        case "wrong":
          return refuse(c, "wrong_pin", "Name and PIN do not belong together.", { tries_left: outcome.triesLeft });
        case "locked":
          return refuse(c, "locked", "Too many wrong PINs. Try again in 15 minutes.");
        case "busy":
          return refuse(c, "busy", "Too many people sign in at once. Try again in a moment.");
      }
    })
    .post("/sign-out", async (c) => {
      const asker = c.get("asker");
      if (asker?.kind === "person") {
        await deps.signIn.signOut(asker.session);
        deps.onSignedOut(asker.session);
      }
      deleteCookie(c, SESSION_COOKIE, { path: "/" });
      return c.json({ ok: true });
    })
    .get("/people", (c) => c.json({ people: deps.people() }));
}
