import { sql } from "kysely";
import { RECORD_KINDS } from "../../shared/log/record.ts";
import type { Db } from "../db/open-db.ts";

export interface Numbered {
  /** How many rows got a number. */
  readonly count: number;
  /** The highest number given out so far. */
  readonly newest: number;
  /** Rows that were there before, some of them perhaps still invisible behind an open writer. */
  readonly waiting: number;
  readonly hasEntryOps: boolean;
}

/**
 * Numbers committed rows in the order in which they were written, at most `most`. Only below the snapshot's xmin: every writer of these
 * has ended, so no row with a smaller place can become visible later, and a reader that follows the numbers skips nothing. Rows without
 * a rid are checkpoints on their way into the tree; they are taken elsewhere, at their own pace.
 *
 * What is due is taken by its last place, never joined row by row: the queue's statistics say "two rows" whenever it was empty when they
 * were made, and the planner then walks all of the queue for each row of the step, 600 ms and more while a backlog comes in.
 */
export async function numberPending(db: Db, most: number): Promise<Numbered> {
  const { rows } = await sql<{ count: number; newest: number; waiting: number; entry_ops: number }>`/* prepared number-pending */
    with base as (select coalesce(max(arrival), 0) as newest from arrivals),
    due as materialized (
      select pending from arrivals_pending where rid is not null and xact_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
      order by pending limit ${most}),
    taken as (
      delete from arrivals_pending
      where rid is not null and xact_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint and pending <= (select max(pending) from due)
      returning pending, rid, kind),
    numbered as (
      insert into arrivals (arrival, rid, kind)
      select base.newest + row_number() over (order by taken.pending), taken.rid, taken.kind from taken, base
      returning arrival, kind)
    select (select count(*) from taken) as count, greatest((select newest from base), (select max(arrival) from numbered)) as newest,
      (select count(*) from (select 1 from arrivals_pending where rid is not null order by pending limit 1) w) as waiting,
      (select count(*) from numbered where kind = ${RECORD_KINDS["entry-op"]}) as entry_ops`.execute(db);
  const row = rows[0]!;
  return { count: Number(row.count), newest: Number(row.newest), waiting: Number(row.waiting), hasEntryOps: Number(row.entry_ops) > 0 };
}

/** The place of the row that has waited longest for its number. */
export async function oldestPending(db: Db): Promise<number | null> {
  const { rows } = await sql<{ oldest: number | null }>`select min(pending) as oldest from arrivals_pending where rid is not null`.execute(
    db,
  );
  return rows[0]?.oldest == null ? null : Number(rows[0].oldest);
}

/**
 * Gives the room of numbered rows back. What waits is few rows among very many that were deleted: a step would read past all of them until
 * the database's own cleaning comes by, which is once a minute at best and never in an embedded one. Not inside a transaction.
 */
export async function cleanPending(db: Db): Promise<void> {
  await sql`vacuum (truncate false) arrivals_pending`.execute(db);
}

/** One sequencer at a time in the whole cluster; the lock dies with its connection. */
const SEQUENCER_LOCK = 4_219_377;

export async function tryLockSequencer(db: Db): Promise<boolean> {
  const { rows } = await sql<{ locked: boolean }>`select pg_try_advisory_lock(${SEQUENCER_LOCK}) as locked`.execute(db);
  return rows[0]?.locked === true;
}

export async function unlockSequencer(db: Db): Promise<void> {
  await sql`select pg_advisory_unlock(${SEQUENCER_LOCK})`.execute(db);
}

/** After a restore, pending rows hold transaction ids of another life, perhaps of the future: they are due at once. */
export async function forgetPendingTransactions(db: Db): Promise<void> {
  await sql`update arrivals_pending set xact_id = 0`.execute(db);
}
