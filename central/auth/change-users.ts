import type { Role, UserView } from "../../shared/api/central-api.ts";
import { type AuditWho, insertAudit } from "../db/audit-rows.ts";
import type { Db } from "../db/open-db.ts";
import type { Refusal } from "../http/refusal.ts";
import type { Passwords } from "./passwords.ts";
import { endSessionsOf } from "./session-rows.ts";
import { countActiveAdministrators, insertUser, listUsers, replaceUserSites, sitesExist, updateUser } from "./user-rows.ts";

export interface ChangeUsersDeps {
  readonly db: Db;
  readonly passwords: Passwords;
  readonly newId: () => string;
  readonly nowMs: () => number;
}

export interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly password: string;
  /** Empty: all sites. */
  readonly sites: readonly string[];
}

export type UserAnswer = { readonly kind: "done"; readonly user: UserView } | Refusal;

const BUSY: Refusal = { kind: "busy", message: "Try again in a moment.", retryAfterSeconds: 2 };
const NO_SITE: Refusal = { kind: "invalid", message: "One of the sites does not exist." };

export async function addUser(deps: ChangeUsersDeps, person: NewUser, who: AuditWho): Promise<UserAnswer> {
  const hashed = await deps.passwords.hash(person.password);
  if (hashed.kind === "busy") return BUSY;
  const atMs = deps.nowMs();
  return deps.db.transaction().execute(async (tx): Promise<UserAnswer> => {
    if (!(await sitesExist(tx, person.sites))) return NO_SITE;
    const id = deps.newId();
    const row = {
      id,
      email: person.email.toLowerCase(),
      name: person.name,
      role: person.role,
      passwordHash: hashed.hash,
      sites: person.sites,
      atMs,
    };
    if (!(await insertUser(tx, row))) return { kind: "already_there", message: "Someone has this e-mail address already." };
    await insertAudit(
      tx,
      who,
      { action: "user.add", subject: id, outcome: "ok", details: { role: person.role, sites: person.sites } },
      atMs,
    );
    return { kind: "done", user: (await listUsers(tx, id))[0]! };
  });
}

export interface ChangedUser {
  readonly name?: string | undefined;
  readonly role?: Role | undefined;
  readonly sites?: readonly string[] | undefined;
  readonly disabled?: boolean | undefined;
  readonly password?: string | undefined;
}

/** What a person may do takes effect at once: any change but of the name ends their sessions, and with them their sockets. */
export async function changeUser(deps: ChangeUsersDeps, id: string, change: ChangedUser, who: AuditWho): Promise<UserAnswer> {
  const hashed = change.password === undefined ? undefined : await deps.passwords.hash(change.password);
  if (hashed?.kind === "busy") return BUSY;
  const atMs = deps.nowMs();
  return deps.db.transaction().execute(async (tx): Promise<UserAnswer> => {
    const before = (await listUsers(tx, id))[0];
    if (before === undefined) return { kind: "not_found", message: "There is no such person." };
    if (change.sites !== undefined && !(await sitesExist(tx, change.sites))) return NO_SITE;
    const staysAdmin = (change.role ?? before.role) === "admin" && !(change.disabled ?? before.disabled);
    if (before.role === "admin" && !before.disabled && !staysAdmin && (await countActiveAdministrators(tx)) < 2) {
      return { kind: "last_administrator", message: "This is the last administrator: make another one first." };
    }
    await updateUser(tx, id, { name: change.name, role: change.role, disabled: change.disabled, passwordHash: hashed?.hash });
    if (change.sites !== undefined) await replaceUserSites(tx, id, change.sites);
    const { name: _name, ...rights } = change;
    if (Object.values(rights).some((value) => value !== undefined)) await endSessionsOf(tx, id, atMs);
    const { password, ...shown } = change;
    await insertAudit(
      tx,
      who,
      { action: "user.change", subject: id, outcome: "ok", details: { ...shown, password: password !== undefined } },
      atMs,
    );
    return { kind: "done", user: (await listUsers(tx, id))[0]! };
  });
}
