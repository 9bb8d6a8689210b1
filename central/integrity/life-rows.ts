import { sql } from "kysely";
import { bytesToHex, hexToBytes, type Incarnation } from "../../shared/model/ids.ts";
import type { Db, Tx } from "../db/open-db.ts";

export interface Life {
  readonly incarnation: Incarnation;
  readonly systemIdentifier: string;
  readonly timeline: string;
}

/** One central decides at a time: two that start together must end with one incarnation. */
export async function lockLife(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('chaverim:life'))`.execute(tx);
}

export async function newestLife(tx: Tx | Db): Promise<Life | undefined> {
  const row = await tx
    .selectFrom("central_life")
    .select(["incarnation", "system_identifier", "timeline"])
    .orderBy("started_at", "desc")
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return { incarnation: bytesToHex(row.incarnation) as Incarnation, systemIdentifier: row.system_identifier, timeline: row.timeline };
}

export async function insertLife(tx: Tx, life: Life, why: string, atMs: number): Promise<void> {
  // The newest life is the one that began last: a clock that fell back must not make it an older one.
  await sql`insert into central_life (incarnation, system_identifier, timeline, why, started_at)
    select ${hexToBytes(life.incarnation)}::bytea, ${life.systemIdentifier}::text, ${life.timeline}::text, ${why}::text,
      greatest(${new Date(atMs)}::timestamptz, (select max(started_at) + interval '1 millisecond' from central_life))`.execute(tx);
}

/** Who the database server is: both change when an older backup is brought up. As text: they are compared, never counted with. */
export async function serverIdentity(tx: Tx): Promise<Pick<Life, "systemIdentifier" | "timeline">> {
  const { rows } = await sql<{ system: string; timeline: string }>`select
    (select system_identifier::text from pg_control_system()) as system,
    (select timeline_id::text from pg_control_checkpoint()) as timeline`.execute(tx);
  return { systemIdentifier: rows[0]!.system, timeline: rows[0]!.timeline };
}
