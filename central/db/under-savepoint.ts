import { sql } from "kysely";
import { isPoison, sqlStateOf } from "./database-refusal.ts";
import type { Tx } from "./open-db.ts";

export type UnderSavepoint<T> = { readonly kind: "done"; readonly value: T } | { readonly kind: "refused"; readonly code: string };

/** Does one thing that the database may refuse without losing the rest of the transaction. Throws what is no refusal. */
export async function underSavepoint<T>(tx: Tx, work: () => Promise<T>): Promise<UnderSavepoint<T>> {
  await sql`savepoint one`.execute(tx);
  try {
    const value = await work();
    await sql`release savepoint one`.execute(tx);
    return { kind: "done", value };
  } catch (error) {
    if (!isPoison(error)) throw error;
    await sql`rollback to savepoint one`.execute(tx);
    return { kind: "refused", code: sqlStateOf(error) ?? (error as Error).name };
  }
}
