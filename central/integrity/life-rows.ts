import { sql } from "kysely";
import { bytesToHex, hexToBytes, type Incarnation } from "../../shared/model/ids.ts";
import type { Tx } from "../db/open-db.ts";

export interface Life {
  readonly incarnation: Incarnation;
  readonly systemIdentifier: string;
  readonly timeline: string;
}

/** One central decides at a time: two that start together must end with one incarnation. */
export async function lockLife(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('chaverim:life'))`.execute(tx);
}

export async function newestLife(tx: Tx): Promise<Life | undefined> {
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
  await tx
    .insertInto("central_life")
    .values({
      incarnation: hexToBytes(life.incarnation),
      system_identifier: life.systemIdentifier,
      timeline: life.timeline,
      why,
      started_at: new Date(atMs),
    })
    .execute();
}

/** Who the database server is: both change when an older backup is brought up. As text: they are compared, never counted with. */
export async function serverIdentity(tx: Tx): Promise<Pick<Life, "systemIdentifier" | "timeline">> {
  const { rows } = await sql<{ system: string; timeline: string }>`select
    (select system_identifier::text from pg_control_system()) as system,
    (select timeline_id::text from pg_control_checkpoint()) as timeline`.execute(tx);
  return { systemIdentifier: rows[0]!.system, timeline: rows[0]!.timeline };
}
