import { ZERO_HASH } from "../../shared/log/chain.ts";
import { hexToBytes, type LogId } from "../../shared/model/ids.ts";
import type { Tx } from "../db/open-db.ts";

export interface LiveKey {
  readonly apiKeyId: string;
  /** SHA-256 of the key's text: what a device signs. */
  readonly apiKeyHash: Uint8Array;
}

/** The live API keys of a collector that is not retired; none for a collector that nobody knows. */
export async function liveKeysOf(tx: Tx, collectorId: string): Promise<LiveKey[]> {
  const rows = await tx
    .selectFrom("api_keys as k")
    .innerJoin("collectors as c", "c.id", "k.collector_id")
    .select(["k.id", "k.key_hash"])
    .where("k.collector_id", "=", collectorId)
    .where("k.revoked_at", "is", null)
    .where("c.retired_at", "is", null)
    .orderBy("k.id")
    .execute();
  return rows.map((row) => ({ apiKeyId: row.id, apiKeyHash: row.key_hash }));
}

/** A log that a carrier brings first: empty, of no session, so that a live one is not touched. There already: nothing changes. */
export async function insertCarriedLog(tx: Tx, collectorId: string, logId: LogId, atMs: number): Promise<void> {
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
