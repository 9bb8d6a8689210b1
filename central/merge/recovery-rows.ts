import { sql } from "kysely";
import type { LogClass } from "../../shared/log/record.ts";
import { hexToBytes, type LogId } from "../../shared/model/ids.ts";
import type { Tx } from "../db/open-db.ts";

/** Whether this collector had a log of that class before, with something in it. */
export async function hasEarlierLog(tx: Tx, log: { collectorId: string; logId: LogId }, logClass: LogClass): Promise<boolean> {
  const earlier = await tx
    .selectFrom("collector_logs")
    .select("log_id")
    .where("collector_id", "=", log.collectorId)
    .where("class", "=", logClass)
    .where("log_id", "!=", hexToBytes(log.logId))
    .where("next", ">", 0)
    .limit(1)
    .executeTakeFirst();
  return earlier !== undefined;
}

/** How many records of a range of a log are here. */
export async function countHeld(tx: Tx, { logId, from, to }: { logId: LogId; from: number; to: number }): Promise<number> {
  const row = await tx
    .selectFrom("log_records")
    .select(sql<number>`count(*)::int`.as("held"))
    .where("log_id", "=", hexToBytes(logId))
    .where("seq", ">=", from)
    .where("seq", "<", to)
    .executeTakeFirstOrThrow();
  return row.held;
}
