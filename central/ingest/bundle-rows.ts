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
