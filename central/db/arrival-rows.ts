import { sql } from "kysely";
import type { Db, Tx } from "./open-db.ts";

export interface Arrival {
  readonly arrival: number;
  readonly rid: string;
  readonly kind: number;
}

/** Committed facts in their one order, after a cursor. */
export async function arrivalsAfter(db: Db | Tx, after: number, limit: number): Promise<Arrival[]> {
  return db
    .selectFrom("arrivals")
    .select(["arrival", "rid", "kind"])
    .where("arrival", ">", after)
    .orderBy("arrival")
    .limit(limit)
    .execute();
}

/** Those of some kinds between two numbers, the first excluded, the last included. */
export async function arrivalsOfKinds(
  db: Db | Tx,
  kinds: ReadonlySet<number>,
  { after, upTo }: { readonly after: number; readonly upTo: number },
  limit: number,
): Promise<Arrival[]> {
  return db
    .selectFrom("arrivals")
    .select(["arrival", "rid", "kind"])
    .where("arrival", ">", after)
    .where("arrival", "<=", upTo)
    .where("kind", "in", [...kinds])
    .orderBy("arrival")
    .limit(limit)
    .execute();
}

/** The newest number given out; 0 when there is none. */
export async function newestArrival(db: Db | Tx): Promise<number> {
  const row = await db.selectFrom("arrivals").select("arrival").orderBy("arrival", "desc").limit(1).executeTakeFirst();
  return row?.arrival ?? 0;
}

/**
 * Where a follower stands, locked until the transaction ends: two processes never do the same batch. By an advisory lock and not the
 * row's: locking a row takes a transaction id, and a follower that reads its batch under one would hold back the numbers of all that
 * was committed meanwhile, alerts too.
 */
export async function lockCursor(tx: Tx, name: string): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtext(${`chaverim:cursor:${name}`}))`.execute(tx);
  const row = await tx.selectFrom("cursors").select("position").where("name", "=", name).executeTakeFirst();
  if (row !== undefined) return row.position;
  await tx.insertInto("cursors").values({ name, position: 0 }).execute();
  return 0;
}

export async function moveCursor(tx: Tx, name: string, position: number): Promise<void> {
  await tx.updateTable("cursors").set({ position }).where("name", "=", name).execute();
}

/** A fact that central derived: the sequencer numbers it like any record, so that followers keep one order. */
export async function announceDerived(tx: Tx, rids: readonly string[], kind: number): Promise<void> {
  if (rids.length === 0) return;
  await sql`insert into arrivals_pending (rid, kind) select unnest(${[...rids]}::uuid[]), ${kind}::smallint`.execute(tx);
}
