import { sql } from "kysely";
import type { Db, Tx } from "./open-db.ts";

/** Whether the database answers at all. */
export async function databaseAnswers(db: Db): Promise<boolean> {
  return (await sql`select 1`.execute(db)).rows.length === 1;
}

/** Bounds every statement of this transaction (PostgreSQL; PGlite takes the setting and never fires it). */
export async function limitStatements(tx: Tx, seconds: number): Promise<void> {
  await sql`select set_config('statement_timeout', ${`${seconds}s`}, true)`.execute(tx);
}
