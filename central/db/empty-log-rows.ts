import { ZERO_HASH } from "../../shared/log/chain.ts";
import { hexToBytes, type LogId } from "../../shared/model/ids.ts";
import type { Tx } from "./open-db.ts";

/** A log that is about to get its genesis record, of no session. There already: nothing changes. */
export async function insertEmptyLog(tx: Tx, collectorId: string, logId: LogId, atMs: number): Promise<void> {
  const at = new Date(atMs);
  await tx
    .insertInto("collector_logs")
    .values({
      log_id: hexToBytes(logId),
      collector_id: collectorId,
      next: 0,
      head: ZERO_HASH,
      status: "new",
      session: null,
      created_at: at,
      updated_at: at,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
