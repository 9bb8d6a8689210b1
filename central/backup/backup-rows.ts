import { sql } from "kysely";
import { hexToBytes } from "../../shared/model/ids.ts";
import { byteaArray, int8Array } from "../db/binary-arrays.ts";
import type { Db, Tx } from "../db/open-db.ts";
import type { LogCursor, VerifiedBackup } from "./backup-manifest.ts";

/** One recording at a time: which backup is the second newest must not change under a statement that uses it. */
export async function lockBackups(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('chaverim:backups'))`.execute(tx);
}

/** False when this backup is recorded already: the same copy verified twice is one backup. */
export async function insertBackup(tx: Tx, backup: VerifiedBackup, proof: string, atMs: number): Promise<boolean> {
  const row = await tx
    .insertInto("backups")
    .values({
      id: backup.id,
      kind: backup.kind,
      label: backup.label,
      made_at: new Date(backup.madeMs),
      verified_at: new Date(atMs),
      incarnation: backup.incarnation === null ? null : hexToBytes(backup.incarnation),
      counts: JSON.stringify(backup.counts),
      tree_size: backup.tree?.size ?? null,
      tree_root: backup.tree === null ? null : hexToBytes(backup.tree.root),
      proof,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .executeTakeFirst();
  return row !== undefined;
}

export async function insertBackupCursors(tx: Tx, backupId: string, cursors: readonly LogCursor[]): Promise<void> {
  await sql`insert into backup_cursors (backup_id, log_id, next, head)
    select ${backupId}::uuid, c.log, c.next, c.head
    from unnest(${byteaArray(cursors.map((one) => hexToBytes(one.log)))}::bytea[], ${int8Array(cursors.map((one) => one.next))}::bigint[],
      ${byteaArray(cursors.map((one) => hexToBytes(one.head)))}::bytea[]) as c(log, next, head)`.execute(tx);
}

/**
 * `durable` of every log = its cursor inside the second newest verified backup. Only where this database's own log runs through the very
 * record that the backup's log ends with: a backup of another branch, or one that knows more than a restored database, moves nothing.
 * Never down: an edge has removed what lay below.
 */
export async function moveDurable(tx: Tx): Promise<number> {
  const { numAffectedRows } = await sql`update collector_logs l set durable = c.next
    from backup_cursors c join log_records r on r.log_id = c.log_id and r.seq = c.next - 1 and r.hash = c.head
    where c.backup_id = (select id from backups order by made_at desc, id desc limit 1 offset 1)
      and l.log_id = c.log_id and c.next <= l.next and c.next > l.durable`.execute(tx);
  return Number(numAffectedRows ?? 0);
}

/**
 * The same for watchlists' feeds: positions whose ops had come well before the second newest backup was begun. Receipt is stamped before
 * the op's commit, so some time is left between.
 */
export async function moveFeedDurable(tx: Tx): Promise<void> {
  await sql`update watchlists w set feed_durable = d.durable from (
      select l.id, coalesce((select min(o.position) from entry_ops o where o.list_id = l.id and o.received_at >= b.made_at - interval '1 hour'),
        l.feed_next) as durable
      from watchlists l, (select made_at from backups order by made_at desc, id desc limit 1 offset 1) b) d
    where d.id = w.id and d.durable > w.feed_durable`.execute(tx);
}

/** Logs of which this backup holds something that this database does not: it was restored since, or is another branch. */
export async function countStrangeLogs(tx: Tx, backupId: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from backup_cursors c
    where c.backup_id = ${backupId}::uuid and c.next > 0 and not exists (
      select 1 from log_records r where r.log_id = c.log_id and r.seq = c.next - 1 and r.hash = c.head)`.execute(tx);
  return rows[0]!.n;
}

export interface BackupRow {
  readonly id: string;
  readonly kind: string;
  readonly label: string;
  readonly madeMs: number;
  readonly verifiedMs: number;
}

/** The newest verified backups, by when they were made. */
export async function newestBackups(db: Db | Tx, limit: number): Promise<BackupRow[]> {
  const rows = await db
    .selectFrom("backups")
    .select(["id", "kind", "label", "made_at", "verified_at"])
    .orderBy("made_at", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  return rows.map(({ id, kind, label, made_at, verified_at }) => {
    return { id, kind, label, madeMs: made_at.getTime(), verifiedMs: verified_at.getTime() };
  });
}
