import { sql } from "kysely";
import type { Db } from "../../central/db/open-db.ts";

/** What the server wrote ahead, and how often it had to bring its tables up to that. */
export interface WalCounts {
  readonly walMb: number;
  /** Of them, pages written whole because they were touched for the first time after a checkpoint. */
  readonly wholePages: number;
  readonly checkpoints: number;
}

/** Since the server began. Needs PostgreSQL 17. */
export async function walCounts(db: Db): Promise<WalCounts> {
  const { rows } = await sql<{ mb: number; pages: number; checkpoints: number }>`
    select w.wal_bytes::float8 / 1048576 as mb, w.wal_fpi::float8 as pages, (c.num_timed + c.num_requested)::float8 as checkpoints
    from pg_stat_wal w, pg_stat_checkpointer c`.execute(db);
  const row = rows[0]!;
  return { walMb: row.mb, wholePages: row.pages, checkpoints: row.checkpoints };
}

/** What came in between. */
export function walBetween(before: WalCounts, after: WalCounts): WalCounts {
  return {
    walMb: Math.round(after.walMb - before.walMb),
    wholePages: after.wholePages - before.wholePages,
    checkpoints: after.checkpoints - before.checkpoints,
  };
}
