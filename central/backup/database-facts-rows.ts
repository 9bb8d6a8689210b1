import { sql } from "kysely";
import { bytesToHex, hexToBytes } from "../../shared/model/ids.ts";
import type { Db } from "../db/open-db.ts";
import { UNBOUNDED_MARK } from "../db/preparing-client.ts";
import type { LogCursor, TreeSize } from "./backup-manifest.ts";

/** What a backup and the database it was made of are compared by. */
export interface DatabaseFacts {
  readonly schema: string;
  readonly server: string;
  readonly incarnation: string | null;
  readonly cursors: readonly LogCursor[];
  readonly counts: Readonly<Record<string, number>>;
  readonly tree: TreeSize | null;
}

/** Tables that only grow: a copy made later holds at least as many rows. */
const GROWING = [
  "collectors",
  "log_records",
  "log_checkpoints",
  "record_ids",
  "detections",
  "alerts",
  "alert_findings",
  "alert_ops",
  "entry_ops",
  "audit_log",
] as const;

const UNBOUNDED = sql.raw(UNBOUNDED_MARK);

/** Counting a large database takes minutes. */
export async function readFacts(db: Db, say: (line: string) => void): Promise<DatabaseFacts> {
  const { rows: named } = await sql<{ schema: string; server: string }>`
    select (select max(name) from kysely_migration) as schema, current_setting('server_version') as server`.execute(db);
  const { rows: lives } = await sql<{ incarnation: Uint8Array }>`
    select incarnation from central_life order by started_at desc limit 1`.execute(db);
  const tree = await newestTree(db);
  const cursors = await readCursors(db);
  say("counting rows");
  const counts: Record<string, number> = {};
  for (const table of GROWING) {
    const { rows } = await sql<{ n: number }>`${UNBOUNDED} select count(*)::float8 as n from ${sql.table(table)}`.execute(db);
    counts[table] = Number(rows[0]!.n);
  }
  const incarnation = lives[0] === undefined ? null : bytesToHex(lives[0].incarnation);
  return { schema: named[0]!.schema, server: named[0]!.server, incarnation, cursors, counts, tree };
}

async function readCursors(db: Db): Promise<LogCursor[]> {
  const rows = await db.selectFrom("collector_logs").select(["log_id", "next", "head"]).orderBy("log_id").execute();
  return rows.map((row) => ({ log: bytesToHex(row.log_id), next: Number(row.next), head: bytesToHex(row.head) }));
}

async function newestTree(db: Db): Promise<TreeSize | null> {
  const row = await db
    .selectFrom("tree_heads")
    .select(["size", "root"])
    .orderBy("signed_at", "desc")
    .orderBy("size", "desc")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : { size: Number(row.size), root: bytesToHex(row.root) };
}

/** Whether the head of a tree is here, as it was signed. */
export async function holdsHead(db: Db, { size, root }: TreeSize): Promise<boolean> {
  const row = await db
    .selectFrom("tree_heads")
    .select("size")
    .where("size", "=", size)
    .where("root", "=", hexToBytes(root))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Hash of a log's record `seq`; null when it is not there. */
export async function hashOfRecord(db: Db, log: string, seq: number): Promise<string | null> {
  const row = await db
    .selectFrom("log_records")
    .select("hash")
    .where("log_id", "=", hexToBytes(log))
    .where("seq", "=", seq)
    .executeTakeFirst();
  return row === undefined ? null : bytesToHex(row.hash);
}

export async function countRecords(db: Db, log: string): Promise<{ readonly count: number; readonly next: number }> {
  const { rows } = await sql<{ n: number; last: number | null }>`${UNBOUNDED} select count(*)::float8 as n,
      max(seq)::float8 as last from log_records where log_id = ${hexToBytes(log)}`.execute(db);
  return { count: Number(rows[0]!.n), next: rows[0]!.last === null ? 0 : Number(rows[0]!.last) + 1 };
}

export interface StoredRecord {
  readonly header: Uint8Array;
  readonly payload: Uint8Array | null;
  readonly payloadDigest: Uint8Array;
  readonly hash: Uint8Array;
}

/** Consecutive records of a log from `seq` on. */
export async function recordsFrom(db: Db, log: string, seq: number, limit: number): Promise<StoredRecord[]> {
  const rows = await db
    .selectFrom("log_records")
    .select(["header", "payload", "payload_digest", "hash"])
    .where("log_id", "=", hexToBytes(log))
    .where("seq", ">=", seq)
    .orderBy("seq")
    .limit(limit)
    .execute();
  return rows.map(({ payload_digest, ...row }) => ({ ...row, payloadDigest: payload_digest }));
}
