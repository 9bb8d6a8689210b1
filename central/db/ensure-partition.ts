import { type Kysely, sql } from "kysely";
import type { CentralTables } from "./tables.ts";

/** Months made ahead of the clock, so that a merge at midnight of the 1st never waits for one. */
export const PARTITION_MONTHS_AHEAD = 3;

/** "YYYY-MM-01" of the UTC month of a time in ms. */
export function monthOf(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 7)}-01`;
}

/** Makes sure that detections of a month ("YYYY-MM-01") have a partition; call it outside of the merge's transaction. */
export async function ensurePartition(db: Kysely<CentralTables>, month: string): Promise<void> {
  await sql`select ensure_detections_partition(${month}::date)`.execute(db);
}

/** The current month, the one before and the coming ones. */
export async function ensurePartitionsAhead(db: Kysely<CentralTables>, nowMs: number): Promise<void> {
  const now = new Date(nowMs);
  for (let ahead = -1; ahead <= PARTITION_MONTHS_AHEAD; ahead++) {
    await ensurePartition(db, monthOf(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1)));
  }
}
