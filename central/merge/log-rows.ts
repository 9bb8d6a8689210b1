import { sql } from "kysely";
import type { SignedCheckpoint } from "../../shared/log/checkpoint.ts";
import { bytesToHex, type CollectorId, hexToBytes, type LogId, type SessionId } from "../../shared/model/ids.ts";
import type { LogStatus } from "../../shared/protocol/frames.ts";
import { FORK_PAIRS_MAX } from "../../shared/protocol/limits.ts";
import { forkSeqs, type LogRow } from "../../shared/protocol/merge-append.ts";
import type { Db, Tx } from "../db/open-db.ts";

export interface StandingLog extends LogRow {
  readonly class: string | null;
  readonly durable: number;
  readonly siteId: string;
}

/** Where a log stands, of this collector only: an API key never speaks for another collector's log. */
export async function findLog(tx: Tx | Db, logId: LogId, collectorId: string): Promise<StandingLog | undefined> {
  const { rows } = await sql<RawLog>`/* prepared find-log */
    select l.next, l.head, l.durable, l.status, l.session, l.device_key, l.class, c.site_id
    from collector_logs l join collectors c on c.id = l.collector_id
    where l.log_id = ${hexToBytes(logId)} and l.collector_id = ${collectorId}::uuid`.execute(tx);
  const [row] = rows;
  return row === undefined ? undefined : standingLog(logId, collectorId, row);
}

interface RawLog {
  readonly next: number;
  readonly head: Uint8Array;
  readonly durable: number;
  readonly status: string;
  readonly session: Uint8Array | null;
  readonly device_key: Uint8Array | null;
  readonly class: string | null;
  readonly site_id: string;
}

function standingLog(logId: LogId, collectorId: string, row: RawLog): StandingLog {
  return {
    logId,
    collectorId: collectorId as CollectorId,
    next: Number(row.next),
    head: row.head,
    durable: Number(row.durable),
    status: row.status as LogStatus,
    session: row.session === null ? null : (bytesToHex(row.session) as SessionId),
    deviceKey: row.device_key,
    class: row.class,
    siteId: row.site_id,
  };
}

export async function isConfirmedKey(tx: Tx, collectorId: string, deviceKey: Uint8Array): Promise<boolean> {
  const row = await tx
    .selectFrom("collector_keys")
    .select("confirmed")
    .where("collector_id", "=", collectorId)
    .where("device_key", "=", deviceKey)
    .executeTakeFirst();
  return row?.confirmed === true;
}

/** [seq, hash] of our branch at next-1, -2, -4, -8 ...: the edge takes the largest that it agrees with. */
export async function forkPairs(tx: Tx, logId: LogId, next: number): Promise<(readonly [number, Uint8Array])[]> {
  const seqs = forkSeqs(next);
  if (seqs.length === 0) return [];
  const rows = await tx
    .selectFrom("log_records")
    .select(["seq", "hash"])
    .where("log_id", "=", hexToBytes(logId))
    .where("seq", "in", seqs)
    .orderBy("seq", "desc")
    .limit(FORK_PAIRS_MAX)
    .execute();
  return rows.map((row) => [Number(row.seq), row.hash] as const);
}

/** The other branch's head, kept as evidence; the same question again adds nothing. */
export async function insertFork(tx: Tx, logId: LogId, next: number, checkpoint: SignedCheckpoint, atMs: number): Promise<void> {
  await tx
    .insertInto("log_forks")
    .values({
      log_id: hexToBytes(logId),
      next,
      checkpoint: checkpoint.bytes,
      signature: checkpoint.signature,
      received_at: new Date(atMs),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Refused bytes of one collector; beyond, the oldest go. */
export const QUARANTINE_BYTES_MAX = 1024 * 1024;

/** Keeps bytes that did not verify, for support. */
export async function insertQuarantine(
  tx: Tx,
  refused: { collectorId: string; logId: LogId | null; why: string; bytes: Uint8Array },
  atMs: number,
): Promise<void> {
  const bytes = refused.bytes.subarray(0, QUARANTINE_BYTES_MAX);
  await sql`insert into quarantine (collector_id, log_id, at, why, bytes)
    values (${refused.collectorId}::uuid, ${refused.logId === null ? null : hexToBytes(refused.logId)}, ${new Date(atMs)}, ${refused.why.slice(0, 500)}, ${bytes})`.execute(
    tx,
  );
  await sql`delete from quarantine where id in (
    select id from (select id, sum(length(bytes)) over (order by id desc) as kept from quarantine where collector_id = ${refused.collectorId}::uuid) q
    where kept > ${QUARANTINE_BYTES_MAX})`.execute(tx);
}
