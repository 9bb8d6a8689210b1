import { sql } from "kysely";
import type { Role, UserView } from "../../shared/api/central-api.ts";
import type { Db, Tx } from "../db/open-db.ts";

export interface NewUserRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly passwordHash: string;
  readonly sites: readonly string[];
  readonly atMs: number;
}

export async function countUsers(db: Db | Tx): Promise<number> {
  const row = await db
    .selectFrom("users")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

export async function countActiveAdministrators(tx: Tx): Promise<number> {
  const { n } = await tx
    .selectFrom("users")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("role", "=", "admin")
    .where("disabled", "=", false)
    .executeTakeFirstOrThrow();
  return Number(n);
}

export async function findCredentials(
  db: Db,
  email: string,
): Promise<{ id: string; name: string; password_hash: string; disabled: boolean } | undefined> {
  return db.selectFrom("users").select(["id", "name", "password_hash", "disabled"]).where("email", "=", email).executeTakeFirst();
}

/** False when the e-mail address is taken. */
export async function insertUser(tx: Tx, user: NewUserRow): Promise<boolean> {
  const made = await tx
    .insertInto("users")
    .values({
      id: user.id,
      email: user.email,
      name: user.name,
      role: user.role,
      password_hash: user.passwordHash,
      created_at: new Date(user.atMs),
      last_sign_in_at: null,
    })
    .onConflict((conflict) => conflict.column("email").doNothing())
    .returning("id")
    .executeTakeFirst();
  if (made === undefined) return false;
  await replaceUserSites(tx, user.id, user.sites);
  return true;
}

export async function replaceUserSites(tx: Tx, userId: string, sites: readonly string[]): Promise<void> {
  await tx.deleteFrom("user_sites").where("user_id", "=", userId).execute();
  if (sites.length > 0) {
    await tx
      .insertInto("user_sites")
      .values(sites.map((site) => ({ user_id: userId, site_id: site })))
      .execute();
  }
}

export interface UserChange {
  readonly name?: string | undefined;
  readonly role?: Role | undefined;
  readonly disabled?: boolean | undefined;
  readonly passwordHash?: string | undefined;
}

export async function updateUser(tx: Tx, id: string, change: UserChange): Promise<void> {
  const set = {
    ...(change.name === undefined ? {} : { name: change.name }),
    ...(change.role === undefined ? {} : { role: change.role }),
    ...(change.disabled === undefined ? {} : { disabled: change.disabled }),
    ...(change.passwordHash === undefined ? {} : { password_hash: change.passwordHash }),
  };
  if (Object.keys(set).length > 0) await tx.updateTable("users").set(set).where("id", "=", id).execute();
}

export async function noteSignIn(tx: Tx, id: string, atMs: number): Promise<void> {
  await tx
    .updateTable("users")
    .set({ last_sign_in_at: new Date(atMs) })
    .where("id", "=", id)
    .execute();
}

/** All people, or one. */
export async function listUsers(db: Db | Tx, id?: string): Promise<UserView[]> {
  const rows = await db
    .selectFrom("users as u")
    .select((eb) => [
      "u.id",
      "u.email",
      "u.name",
      "u.role",
      "u.disabled",
      "u.last_sign_in_at",
      sql<string[]>`array(${eb.selectFrom("user_sites as us").select("us.site_id").whereRef("us.user_id", "=", "u.id")})::text[]`.as(
        "sites",
      ),
    ])
    .$if(id !== undefined, (query) => query.where("u.id", "=", id!))
    .orderBy("u.email")
    .limit(1000)
    .execute();
  return rows.map((row) => ({ ...row, last_sign_in_at: row.last_sign_in_at?.toISOString() ?? null }));
}

/** Whether each of these is a site. */
export async function sitesExist(db: Db | Tx, sites: readonly string[]): Promise<boolean> {
  if (sites.length === 0) return true;
  const rows = await db
    .selectFrom("sites")
    .select("id")
    .where("id", "in", [...sites])
    .execute();
  return rows.length === new Set(sites).size;
}
