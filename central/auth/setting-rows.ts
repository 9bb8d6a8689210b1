import type { Db, Tx } from "../db/open-db.ts";

export async function findSetting(db: Db | Tx, name: string): Promise<{ value: Uint8Array; sealed: boolean } | undefined> {
  return db.selectFrom("settings").select(["value", "sealed"]).where("name", "=", name).executeTakeFirst();
}

/** Keeps the first value ever written: two centrals starting at once must end with one key. */
export async function insertSettingOnce(db: Db | Tx, name: string, value: Uint8Array, sealed: boolean, atMs: number): Promise<void> {
  await db
    .insertInto("settings")
    .values({ name, value, sealed, updated_at: new Date(atMs) })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .execute();
}
