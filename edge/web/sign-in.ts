import { createHash } from "node:crypto";
import type { SiteWriter } from "../log/open-writer.ts";
import type { SiteRows } from "../log/site-rows.ts";

/** Five wrong PINs within 15 minutes lock that name from that address; they are counted in the store, so a restart forgets none. */
export const WRONG_MAX = 5;
export const WRONG_WINDOW_MS = 15 * 60_000;
/** A phone stays signed in for a week. */
export const SESSION_MS = 7 * 86_400_000;
/** PINs checked at once: each takes 19 MiB and tens of milliseconds of a core. More are told to try again. */
const CHECKS_MAX = 4;

export interface SignInDeps {
  readonly rows: SiteRows;
  readonly writer: Pick<SiteWriter, "putSession" | "noteSignInFailure" | "clearSignInFailures" | "dropSession">;
  /** The person's own spelling of the name, or null. */
  readonly checkPin: (name: string, pin: string) => Promise<string | null>;
  readonly nowMs: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
}

export type SignInOutcome =
  | { readonly kind: "signed-in"; readonly person: string; readonly token: string; readonly expiresMs: number }
  | { readonly kind: "wrong"; readonly triesLeft: number }
  | { readonly kind: "locked" }
  | { readonly kind: "busy" };

export interface SignIn {
  readonly signIn: (name: string, pin: string, address: string) => Promise<SignInOutcome>;
  /** Who holds this token; null when nobody does any more. */
  readonly personOf: (token: string) => string | null;
  readonly signOut: (token: string) => Promise<void>;
}

export function makeSignIn(deps: SignInDeps): SignIn {
  /** Checks under way per name and address: a hundred guesses sent at once are a hundred tries, not one. */
  const underWay = new Map<string, number>();
  let checks = 0;

  const attempt = async (name: string, pin: string, address: string): Promise<SignInOutcome> => {
    const who = name.trim().toLowerCase().slice(0, 100);
    const wrong = deps.rows.failuresSince(who, address, deps.nowMs() - WRONG_WINDOW_MS);
    const key = `${address} ${who}`;
    const pending = underWay.get(key) ?? 0;
    if (wrong + pending >= WRONG_MAX) return { kind: "locked" };
    if (checks >= CHECKS_MAX) return { kind: "busy" };
    underWay.set(key, pending + 1);
    checks += 1;
    try {
      const person = await deps.checkPin(name, pin);
      if (person === null) {
        await deps.writer.noteSignInFailure(who, address, deps.nowMs());
        return { kind: "wrong", triesLeft: Math.max(0, WRONG_MAX - wrong - pending - 1) };
      }
      await deps.writer.clearSignInFailures(who, address);
      return await begin(person);
    } finally {
      checks -= 1;
      const left = (underWay.get(key) ?? 1) - 1;
      if (left === 0) underWay.delete(key);
      else underWay.set(key, left);
    }
  };

  const begin = async (person: string): Promise<SignInOutcome> => {
    const token = Buffer.from(deps.randomBytes(32)).toString("base64url");
    const madeMs = deps.nowMs();
    const expiresMs = madeMs + SESSION_MS;
    await deps.writer.putSession({ token: hashOf(token), person, madeMs, expiresMs });
    return { kind: "signed-in", person, token, expiresMs };
  };

  return {
    signIn: attempt,
    personOf(token) {
      const session = deps.rows.session(hashOf(token));
      return session === undefined || session.expiresMs <= deps.nowMs() ? null : session.person;
    },
    signOut: (token) => deps.writer.dropSession(hashOf(token)),
  };
}

const hashOf = (token: string): string => createHash("sha256").update(token).digest("hex");
