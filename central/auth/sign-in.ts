import { type AuditWho, insertAudit } from "../db/audit-rows.ts";
import type { Db } from "../db/open-db.ts";
import type { Refusal } from "../http/refusal.ts";
import type { Passwords } from "./passwords.ts";
import { insertSession } from "./session-rows.ts";
import { countFailures, deleteFailures, deleteFailuresBefore, insertFailure, lockAttempts } from "./sign-in-failure-rows.ts";
import { findCredentials, noteSignIn } from "./user-rows.ts";

/** Wrong passwords of one account from one address, before it has to wait. */
export const SIGN_IN_FAILURES_MAX = 5;
export const SIGN_IN_WINDOW_MS = 15 * 60_000;
/** How long a sign-in lasts; the token in the cookie says the same. */
export const SESSION_MS = 24 * 3_600_000;

export interface SignInDeps {
  readonly db: Db;
  readonly passwords: Passwords;
  readonly newId: () => string;
  readonly nowMs: () => number;
}

export type SignedIn = { readonly kind: "signed-in"; readonly userId: string; readonly sid: string; readonly atMs: number };

const WRONG: Refusal = { kind: "wrong_credentials", message: "E-mail or password is wrong." };
const BUSY: Refusal = { kind: "busy", message: "Too many people are signing in. Try again in a moment.", retryAfterSeconds: 2 };
const LOCKED: Refusal = {
  kind: "too_many_attempts",
  message: "Too many wrong passwords. Try again in 15 minutes.",
  retryAfterSeconds: SIGN_IN_WINDOW_MS / 1000,
};

/**
 * E-mail and password to a session. An unknown name costs the same time and gets the same text as a wrong password. The attempt is
 * counted *before* the password is looked at: many at once must not each see a count from before the others.
 */
export async function signIn(deps: SignInDeps, email: string, password: string, who: AuditWho): Promise<SignedIn | Refusal> {
  const leave = deps.passwords.enter();
  if (leave === null) return BUSY;
  try {
    return await tryPassword(deps, email, password, who);
  } finally {
    leave();
  }
}

async function tryPassword(deps: SignInDeps, email: string, password: string, who: AuditWho): Promise<SignedIn | Refusal> {
  const address = who.address ?? "";
  const atMs = deps.nowMs();
  if (!(await reserveAttempt(deps.db, email, address, atMs))) return LOCKED;
  const person = await findCredentials(deps.db, email);
  const verdict = await deps.passwords.verify(person?.password_hash ?? null, password);
  if (verdict.kind === "busy") return BUSY;
  if (verdict.kind === "wrong" || person === undefined || person.disabled) {
    await deps.db
      .transaction()
      .execute((tx) => insertAudit(tx, { ...who, userName: "" }, { action: "sign-in", outcome: "wrong_credentials" }, atMs));
    return WRONG;
  }
  const sid = deps.newId();
  await deps.db.transaction().execute(async (tx) => {
    await deleteFailures(tx, email, address);
    await insertSession(tx, { sid, userId: person.id, atMs, expiresMs: atMs + SESSION_MS, address });
    await noteSignIn(tx, person.id, atMs);
    await insertAudit(tx, { ...who, userId: person.id, userName: person.name }, { action: "sign-in", outcome: "ok" }, atMs);
  });
  return { kind: "signed-in", userId: person.id, sid, atMs };
}

async function reserveAttempt(db: Db, email: string, address: string, atMs: number): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    await lockAttempts(tx, email, address);
    await deleteFailuresBefore(tx, atMs - SIGN_IN_WINDOW_MS);
    if ((await countFailures(tx, email, address, atMs - SIGN_IN_WINDOW_MS)) >= SIGN_IN_FAILURES_MAX) return false;
    await insertFailure(tx, email, address, atMs);
    return true;
  });
}
