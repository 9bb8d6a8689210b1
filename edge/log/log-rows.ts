import type { Database } from "better-sqlite3";
import type { LogHead, WireItem } from "../../shared/log/chain.ts";
import { decodeCheckpoint, type SignedCheckpoint } from "../../shared/log/checkpoint.ts";
import type { LogClass, LogRecord } from "../../shared/log/record.ts";
import type { LogId } from "../../shared/model/ids.ts";
import { damage, isLogRow } from "./stored-form.ts";

/** A log as stored; `n` is its short key in this file. */
export interface StoredLog {
  readonly n: number;
  readonly logId: LogId;
  readonly class: LogClass;
  readonly first: number;
  readonly head: LogHead;
  readonly bytes: number;
  readonly acknowledged: number;
  /** Inside central's second newest verified backup, as last told. */
  readonly durable: number;
  readonly isLeft: boolean;
}

/** A log that was left, for people. */
export interface LeftLog {
  readonly logId: LogId;
  readonly class: LogClass;
  readonly why: string;
  readonly atMs: number;
  /** Records that still have to be offered again. */
  readonly remaining: number;
  /** Records that central had not got and that are not held here any more. */
  readonly lost: number;
}

interface LogRow {
  n: number;
  log_id: string;
  class: string;
  first: number;
  next: number;
  head: Uint8Array;
  bytes: number;
  acknowledged: number;
  durable: number;
  status: string;
}

const LOG_COLUMNS = "n, log_id, class, first, next, head, bytes, acknowledged, durable, status";

function toLog(row: LogRow): StoredLog {
  if (!isLogRow(row)) throw damage("the row of a log cannot be read");
  return {
    n: row.n,
    logId: row.log_id as LogId,
    class: row.class as LogClass,
    first: row.first,
    head: { next: row.next, head: plain(row.head) },
    bytes: row.bytes,
    acknowledged: row.acknowledged,
    durable: row.durable,
    isLeft: row.status === "left",
  };
}

/** SQLite hands out Buffers, many of them windows into one pool; what leaves this file is a Uint8Array of its own. */
export const plain = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes);

export function prepareLogRows(db: Database) {
  // Not by its value: a log of no status known would be forgotten, with what it has not sent.
  const active = db.prepare(`select ${LOG_COLUMNS} from logs where status is not 'left' order by n`);
  const all = db.prepare(`select ${LOG_COLUMNS} from logs order by n`);
  const byId = db.prepare(`select ${LOG_COLUMNS} from logs where log_id = ?`);
  // Records may be here whose log nobody can name any more: their key is not given again.
  const begin = db.prepare(
    `insert into logs (n, log_id, class, first, next, head, bytes)
     select 1 + max(coalesce((select max(n) from logs), 0), coalesce((select max(log) from records), 0)), ?, ?, 0, 0, zeroblob(32), 0`,
  );
  const insert = db.prepare("insert into records (log, seq, tail, payload, hash, upto) values (?, ?, ?, ?, ?, ?)");
  const advance = db.prepare("update logs set next = ?, head = ?, bytes = ? where n = ?");
  const acknowledge = db.prepare("update logs set acknowledged = min(?, next), durable = ? where log_id = ?");
  const putCheckpoint = db.prepare("insert or replace into checkpoints (log, next, bytes, signature) values (?, ?, ?, ?)");
  const newestCheckpoint = db.prepare("select max(next) as next from checkpoints where log = ?");
  const checkpointAt = db.prepare("select bytes from checkpoints where log = ? and next = ?").pluck();
  const record = db.prepare("select tail, payload, digest, hash from records where log = ? and seq = ?");
  const range = db.prepare("select tail, payload, digest from records where log = ? and seq >= ? order by seq limit ?");
  const hash = db.prepare("select hash from records where log = ? and seq = ?");
  const leave = db.prepare("update logs set status = 'left', left_why = ?, left_ms = ?, offered = ?, central_next = ? where n = ?");
  const lose = db.prepare("update logs set lost = lost + max(0, @to - max(@from, central_next)) where n = @log");
  const unfinished = db.prepare(`select ${LOG_COLUMNS}, offered from logs where offered is not null order by n limit 1`);
  const offered = db.prepare("update logs set offered = ? where n = ?");
  const carries = db.prepare("update logs set carries_to = next where class = ? and status = 'active'");
  const offerFrom = db.prepare("update logs set offered = min(coalesce(offered, @seq), @seq) where n = @log and status = 'left'");
  const left = db.prepare(
    "select log_id, class, left_why, left_ms, coalesce(next - offered, 0) as remaining, lost from logs where status = 'left' and left_ms >= ? order by left_ms desc limit 32",
  );
  const orphans = db.prepare("select distinct log from records where log not in (select n from logs) limit 64").pluck();
  const restore = db.prepare(
    `insert into logs (n, log_id, class, status, first, next, head, bytes, carries_to)
     select @n, @logId, @class, @status,
       coalesce((select max(seq) + 1 from records where log = @n and payload is null), min(seq)), max(seq) + 1,
       (select hash from records where log = @n order by seq desc limit 1), max(upto), max(seq) + 1
     from records where log = @n`,
  );
  const whole = db.prepare("select seq, tail, payload, digest, hash from records where log = ? and seq >= ? order by seq limit ?");
  const upto = db.prepare("select upto from records where log = ? and seq = ?").pluck();

  return {
    activeLogs: (): StoredLog[] => (active.all() as LogRow[]).map(toLog),
    /** Those that were left among them. */
    all: (): StoredLog[] => (all.all() as LogRow[]).map(toLog),
    logById(logId: LogId): StoredLog | undefined {
      const row = byId.get(logId) as LogRow | undefined;
      return row === undefined ? undefined : toLog(row);
    },
    insertLog: (logId: LogId, logClass: LogClass): number => Number(begin.run(logId, logClass).lastInsertRowid),
    /** Inserts a record and moves its log's head; `bytes` is the log's size with it. */
    insertRecord(log: number, { tail, tailBytes, payload, hash: recordHash }: LogRecord, bytes: number): void {
      insert.run(log, tail.seq, tailBytes, payload, recordHash, bytes);
      advance.run(tail.seq + 1, recordHash, bytes, log);
    },
    /** Ends a log here: its records from `offerFrom` on are still to be offered again; central has those below `centralNext`. */
    leave: (log: number, why: string, atMs: number, { offerFrom, centralNext }: { offerFrom: number; centralNext: number }): void =>
      void leave.run(why, atMs, offerFrom, centralNext, log),
    /** Records of a left log that cannot be offered; those that central has are no loss. */
    noteLost: (log: number, from: number, to: number): void => void lose.run({ log, from, to }),
    /** The oldest log with records still to be offered again, and the next of them. */
    unfinishedLeft(): (StoredLog & { readonly offered: number }) | undefined {
      const row = unfinished.get() as (LogRow & { offered: number }) | undefined;
      return row === undefined ? undefined : { ...toLog(row), offered: row.offered };
    },
    setOffered: (log: number, next: number): void => void offered.run(next, log),
    /** Nothing of this log remains to be offered: the active one of its class carries it from here on. */
    endOffering({ n, class: logClass }: Pick<StoredLog, "n" | "class">): void {
      offered.run(null, n);
      carries.run(logClass);
    },
    /** A log that was left offers its records again from `seq` on; false for one that was not left. */
    offerFrom: (log: number, seq: number): boolean => offerFrom.run({ log, seq }).changes > 0,
    /** Short keys of logs that have records and no row. */
    orphans: (): number[] => orphans.all() as number[],
    /** Makes a log's row again from its records. */
    restore: (n: number, logId: LogId, logClass: LogClass, status: "active" | "left"): void =>
      void restore.run({ n, logId, class: logClass, status }),
    leftSince: (sinceMs: number): LeftLog[] =>
      (left.all(sinceMs) as { log_id: string; class: string; left_why: string; left_ms: number; remaining: number; lost: number }[]).map(
        (row) => ({
          logId: row.log_id as LogId,
          class: row.class as LogClass,
          why: row.left_why,
          atMs: row.left_ms,
          remaining: row.remaining,
          lost: row.lost,
        }),
      ),
    /** Records as stored, with their hashes; holes in the numbers are left out. */
    recordsFrom: (log: number, seq: number, limit: number): HeldRecord[] =>
      (whole.all(log, seq, limit) as (RecordRow & { seq: number })[]).map((row) => ({
        ...toItem(row),
        seq: row.seq,
        hash: plain(row.hash!),
      })),
    /** As central says now: after a restore it has less than it had. */
    acknowledge: (logId: LogId, next: number, durable: number): void => void acknowledge.run(next, durable, logId),
    insertCheckpoint(log: number, next: number, { bytes, signature }: SignedCheckpoint): void {
      putCheckpoint.run(log, next, bytes, signature);
    },
    newestCheckpoint: (log: number): number => (newestCheckpoint.get(log) as { next: number | null }).next ?? 0,
    /** What a checkpoint of the log's first `next` records says their head is; undefined when there is none. The signature is unchecked. */
    headOfCheckpoint(log: number, next: number): Uint8Array | undefined {
      const bytes = checkpointAt.get(log, next) as Uint8Array | undefined;
      return bytes === undefined ? undefined : decodeCheckpoint(plain(bytes))?.headHash;
    },
    /** One record with its hash; undefined when it is not held. */
    recordAt(log: number, seq: number): (WireItem & { readonly hash: Uint8Array }) | undefined {
      const row = record.get(log, seq) as RecordRow | undefined;
      return row === undefined ? undefined : { ...toItem(row), hash: plain(row.hash!) };
    },
    /** Lazily, so that a caller can stop at its byte limit. */
    *itemsFrom(log: number, seq: number, recordsMax: number): Generator<WireItem> {
      for (const row of range.iterate(log, seq, recordsMax)) yield toItem(row as RecordRow);
    },
    hashAt(log: number, seq: number): Uint8Array | undefined {
      const row = hash.get(log, seq) as { hash: Uint8Array } | undefined;
      return row === undefined ? undefined : plain(row.hash);
    },
    /** Bytes of the log's first `next` records. */
    bytesBelow: (log: number, next: number): number => (next === 0 ? 0 : ((upto.get(log, next - 1) as number | undefined) ?? 0)),
  };
}

export interface HeldRecord extends WireItem {
  readonly seq: number;
  readonly hash: Uint8Array;
}

interface RecordRow {
  tail: Uint8Array;
  payload: Uint8Array | null;
  digest: Uint8Array | null;
  hash?: Uint8Array;
}

function toItem(row: RecordRow): WireItem {
  if (row.payload !== null) return { tail: plain(row.tail), payload: plain(row.payload) };
  return { tail: plain(row.tail), payload: null, digest: plain(row.digest ?? new Uint8Array(32)) };
}
