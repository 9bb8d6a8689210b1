import { createHash } from "node:crypto";
import { type AuditWho, insertAudit } from "../db/audit-rows.ts";
import type { Db } from "../db/open-db.ts";
import type { Refusal } from "../http/refusal.ts";
import { PASSWORD_CHARACTERS_MIN, type Passwords } from "./passwords.ts";
import { replaceSetupToken, useSetupToken } from "./setup-token-rows.ts";
import { countUsers, insertUser } from "./user-rows.ts";

export const SETUP_LINK_MS = 30 * 60_000;

export interface FirstAdministratorDeps {
  readonly db: Db;
  readonly passwords: Passwords;
  readonly newId: () => string;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly nowMs: () => number;
}

export type FirstAdministrator =
  | { readonly kind: "there-already" }
  | { readonly kind: "made"; readonly email: string }
  | { readonly kind: "link"; readonly token: string };

/**
 * At start: someone must be able to sign in, and nobody by a default password. With e-mail and password in the environment that
 * administrator is made (at the first start only); otherwise the answer is a one-use token for the console's set-up link.
 */
export async function ensureFirstAdministrator(
  deps: FirstAdministratorDeps,
  email: string | null,
  password: string | null,
): Promise<FirstAdministrator> {
  if ((await countUsers(deps.db)) > 0) return { kind: "there-already" };
  if (email !== null || password !== null) {
    if (email === null) throw new Error("CHAVERIM_ADMIN_EMAIL: must be set when CHAVERIM_ADMIN_PASSWORD is");
    if (password === null) throw new Error("CHAVERIM_ADMIN_PASSWORD: must be set when CHAVERIM_ADMIN_EMAIL is");
    if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw new Error("CHAVERIM_ADMIN_EMAIL: is not an e-mail address");
    if (password.length < PASSWORD_CHARACTERS_MIN)
      throw new Error(`CHAVERIM_ADMIN_PASSWORD: needs at least ${PASSWORD_CHARACTERS_MIN} characters`);
    const who = { userId: null, userName: "first start", address: null, requestId: null };
    await makeAdministrator(deps, { email: email.toLowerCase(), name: email.split("@")[0] ?? email, password }, who, null);
    return { kind: "made", email: email.toLowerCase() };
  }
  const token = Buffer.from(deps.randomBytes(32)).toString("base64url");
  await replaceSetupToken(deps.db, tokenHash(token), deps.nowMs() + SETUP_LINK_MS);
  return { kind: "link", token };
}

export interface NewAdministrator {
  readonly email: string;
  readonly name: string;
  readonly password: string;
}

/** The set-up link's form: works once, within its half hour, and only while there is nobody. */
export async function setUpAdministrator(
  deps: FirstAdministratorDeps,
  token: string,
  person: NewAdministrator,
  who: AuditWho,
): Promise<{ readonly kind: "done" } | Refusal> {
  return makeAdministrator(deps, { ...person, email: person.email.toLowerCase() }, who, token);
}

async function makeAdministrator(
  deps: FirstAdministratorDeps,
  person: NewAdministrator,
  who: AuditWho,
  token: string | null,
): Promise<{ readonly kind: "done" } | Refusal> {
  const hashed = await deps.passwords.hash(person.password);
  if (hashed.kind === "busy") return { kind: "busy", message: "Try again in a moment.", retryAfterSeconds: 2 };
  const nowMs = deps.nowMs();
  return deps.db.transaction().execute(async (tx): Promise<{ readonly kind: "done" } | Refusal> => {
    const open = token === null || (await useSetupToken(tx, tokenHash(token), nowMs));
    if (!open || (await countUsers(tx)) > 0) {
      return {
        kind: "setup_link_used",
        message: "This set-up link was used or is older than 30 minutes. Start central again for a new one.",
      };
    }
    const id = deps.newId();
    await insertUser(tx, { id, email: person.email, name: person.name, role: "admin", passwordHash: hashed.hash, sites: [], atMs: nowMs });
    await insertAudit(tx, who, { action: "user.add", subject: id, outcome: "ok", details: { role: "admin", first: true } }, nowMs);
    return { kind: "done" };
  });
}

function tokenHash(token: string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(token).digest());
}
