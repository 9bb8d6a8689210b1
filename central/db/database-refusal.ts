import { sql } from "kysely";
import type { Tx } from "./open-db.ts";

/** The five-character code of a database's error (PostgreSQL, appendix A); undefined for anything else. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : String(error).slice(0, 200);
}

/** A value that the database (or its encoder) does not take: data exception, integrity violation, a limit. The same again fails again. */
export function isPoison(error: unknown): boolean {
  return /^(22|23|54)/.test(sqlStateOf(error) ?? "") || error instanceof RangeError || error instanceof TypeError;
}

/** Gone by itself when tried again: serialisation failure, deadlock. */
export function isPassing(error: unknown): boolean {
  return ["40001", "40P01"].includes(sqlStateOf(error) ?? "");
}

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
