import type { Db, Tx } from "../db/open-db.ts";
import type { MadeApiKey } from "./api-key.ts";

export interface KnownApiKey {
  readonly collectorId: string;
  readonly apiKeyId: string;
}

/** How exact `last_used_at` is: a write for each request would cost more than it tells. */
const LAST_USED_GRAIN_MS = 60_000;

/** A live key of a collector that is not retired. */
export async function findApiKey(db: Db | Tx, hash: Uint8Array): Promise<KnownApiKey | undefined> {
  const row = await db
    .selectFrom("api_keys as k")
    .innerJoin("collectors as c", "c.id", "k.collector_id")
    .select(["k.id", "k.collector_id"])
    .where("k.key_hash", "=", hash)
    .where("k.revoked_at", "is", null)
    .where("c.retired_at", "is", null)
    .executeTakeFirst();
  return row === undefined ? undefined : { collectorId: row.collector_id, apiKeyId: row.id };
}

export async function noteApiKeyUsed(db: Db, id: string, atMs: number): Promise<void> {
  await db
    .updateTable("api_keys")
    .set({ last_used_at: new Date(atMs) })
    .where("id", "=", id)
    .where((eb) => eb.or([eb("last_used_at", "is", null), eb("last_used_at", "<", new Date(atMs - LAST_USED_GRAIN_MS))]))
    .execute();
}

export async function insertApiKey(tx: Tx, id: string, collectorId: string, made: MadeApiKey, atMs: number): Promise<void> {
  await tx
    .insertInto("api_keys")
    .values({
      id,
      collector_id: collectorId,
      key_hash: made.hash,
      prefix: made.prefix,
      created_at: new Date(atMs),
      revoked_at: null,
      last_used_at: null,
    })
    .execute();
}

/** False when there is no such live key of that collector. */
export async function revokeApiKey(tx: Tx, id: string, collectorId: string, atMs: number): Promise<boolean> {
  const revoked = await tx
    .updateTable("api_keys")
    .set({ revoked_at: new Date(atMs) })
    .where("id", "=", id)
    .where("collector_id", "=", collectorId)
    .where("revoked_at", "is", null)
    .returning("id")
    .executeTakeFirst();
  return revoked !== undefined;
}
