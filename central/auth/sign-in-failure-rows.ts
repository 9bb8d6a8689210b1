import { sql } from "kysely";
import type { Tx } from "../db/open-db.ts";

/** Attempts of one account from one address take turns: hundreds at once must not all see "four so far". */
export async function lockAttempts(tx: Tx, email: string, address: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext(${`sign-in:${email}:${address}`}))`.execute(tx);
}

export async function countFailures(tx: Tx, email: string, address: string, sinceMs: number): Promise<number> {
  const { n } = await tx
    .selectFrom("sign_in_failures")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("email", "=", email)
    .where("address", "=", address)
    .where("at", ">", new Date(sinceMs))
    .executeTakeFirstOrThrow();
  return Number(n);
}

export async function insertFailure(tx: Tx, email: string, address: string, atMs: number): Promise<void> {
  await tx
    .insertInto("sign_in_failures")
    .values({ email, address, at: new Date(atMs) })
    .execute();
}

export async function deleteFailures(tx: Tx, email: string, address: string): Promise<void> {
  await tx.deleteFrom("sign_in_failures").where("email", "=", email).where("address", "=", address).execute();
}

export async function deleteFailuresBefore(tx: Tx, beforeMs: number): Promise<void> {
  await tx.deleteFrom("sign_in_failures").where("at", "<", new Date(beforeMs)).execute();
}
