import { sql } from "kysely";
import type { Role } from "../../shared/api/central-api.ts";
import type { Db, Tx } from "../db/open-db.ts";

export interface SessionPerson {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly sites: readonly string[];
}

/** The person of a live session; undefined when it ended, expired or its person was disabled. One statement: asked on every request. */
export async function findSessionPerson(db: Db | Tx, sid: string, nowMs: number): Promise<SessionPerson | undefined> {
  return db
    .selectFrom("sessions as s")
    .innerJoin("users as u", "u.id", "s.user_id")
    .select((eb) => [
      "u.id",
      "u.email",
      "u.name",
      "u.role",
      sql<string[]>`array(${eb.selectFrom("user_sites as us").select("us.site_id").whereRef("us.user_id", "=", "u.id")})::text[]`.as(
        "sites",
      ),
    ])
    .where("s.sid", "=", sid)
    .where("s.ended_at", "is", null)
    .where("s.expires_at", ">", new Date(nowMs))
    .where("u.disabled", "=", false)
    .executeTakeFirst();
}

/** Which of these sessions are still live: asked for all open sockets at once. */
export async function liveSessions(db: Db, sids: readonly string[], nowMs: number): Promise<ReadonlySet<string>> {
  if (sids.length === 0) return new Set();
  const rows = await db
    .selectFrom("sessions as s")
    .innerJoin("users as u", "u.id", "s.user_id")
    .select("s.sid")
    .where("s.sid", "in", [...sids])
    .where("s.ended_at", "is", null)
    .where("s.expires_at", ">", new Date(nowMs))
    .where("u.disabled", "=", false)
    .execute();
  return new Set(rows.map((row) => row.sid));
}

export async function insertSession(
  tx: Tx,
  session: { sid: string; userId: string; atMs: number; expiresMs: number; address: string },
): Promise<void> {
  await tx
    .insertInto("sessions")
    .values({
      sid: session.sid,
      user_id: session.userId,
      created_at: new Date(session.atMs),
      expires_at: new Date(session.expiresMs),
      ended_at: null,
      address: session.address,
    })
    .execute();
}

export async function endSession(tx: Tx, sid: string, atMs: number): Promise<void> {
  await tx
    .updateTable("sessions")
    .set({ ended_at: new Date(atMs) })
    .where("sid", "=", sid)
    .where("ended_at", "is", null)
    .execute();
}

/** Ends every session of a person: disabled, or another password, role or sites. */
export async function endSessionsOf(tx: Tx, userId: string, atMs: number): Promise<void> {
  await tx
    .updateTable("sessions")
    .set({ ended_at: new Date(atMs) })
    .where("user_id", "=", userId)
    .where("ended_at", "is", null)
    .execute();
}
