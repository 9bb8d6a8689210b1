import type { Db, Tx } from "../db/open-db.ts";

/** One link at a time: an older line on the console stops working. */
export async function replaceSetupToken(db: Db, tokenHash: Uint8Array, expiresMs: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx.deleteFrom("setup_tokens").execute();
    await tx
      .insertInto("setup_tokens")
      .values({ token_hash: tokenHash, expires_at: new Date(expiresMs), used_at: null })
      .execute();
  });
}

/** Marks a live token used; false when it is unknown, used or expired. */
export async function useSetupToken(tx: Tx, tokenHash: Uint8Array, nowMs: number): Promise<boolean> {
  const used = await tx
    .updateTable("setup_tokens")
    .set({ used_at: new Date(nowMs) })
    .where("token_hash", "=", tokenHash)
    .where("used_at", "is", null)
    .where("expires_at", ">", new Date(nowMs))
    .returning("expires_at")
    .executeTakeFirst();
  return used !== undefined;
}
