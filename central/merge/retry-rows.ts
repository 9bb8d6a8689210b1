import { sql } from "kysely";
import { chainRecord, type LogRecord } from "../../shared/log/record.ts";
import { bytesToHex, type LogId } from "../../shared/model/ids.ts";
import { byteaArray, int8Array, textArray, uuidArray } from "../db/binary-arrays.ts";
import type { Db, Tx } from "../db/open-db.ts";
import type { ClaimedId, ProofRow } from "./store-rows.ts";

/** A stored record that could not be projected, with what its projection needs. */
export interface WaitingRecord {
  readonly logId: LogId;
  readonly record: LogRecord;
  readonly collectorId: string;
  readonly siteId: string;
  readonly deviceKey: Uint8Array;
  /** When the APPEND came that brought it, ms UTC. */
  readonly receivedMs: number;
}

const PREV_HASH_BYTES = 32;
const DIGESTS_BYTES = 64;

/**
 * Records that wait, oldest first, after (log, seq). A record whose rid stands for other content is not among them: the first content
 * stands for ever; nor is an erased one.
 */
export async function findWaiting(
  db: Db,
  after: { readonly logId: Uint8Array; readonly seq: number },
  most: number,
): Promise<WaitingRecord[]> {
  const { rows } = await sql<{
    log_id: Uint8Array;
    header: Uint8Array;
    payload: Uint8Array;
    collector_id: string;
    site_id: string;
    device_key: Uint8Array;
    received_at: Date;
  }>`select e.log_id, r.header, r.payload, l.collector_id, c.site_id, l.device_key,
      (select min(k.received_at) from log_checkpoints k where k.log_id = e.log_id and k.next > e.seq) as received_at
    from projection_errors e
    join log_records r on r.log_id = e.log_id and r.seq = e.seq
    join collector_logs l on l.log_id = e.log_id join collectors c on c.id = l.collector_id
    join record_ids i on i.rid = r.rid and i.content_digest = r.payload_digest and not i.erased
    where e.resolved_at is null and r.payload is not null and (e.log_id, e.seq) > (${after.logId}::bytea, ${after.seq}::int8)
    order by e.log_id, e.seq limit ${most}`.execute(db);
  return rows.flatMap((row) => {
    const logId = bytesToHex(row.log_id) as LogId;
    const record = chainRecord(logId, row.header.subarray(0, PREV_HASH_BYTES), row.header.subarray(DIGESTS_BYTES), row.payload);
    if (record === undefined) return [];
    const { collector_id: collectorId, site_id: siteId, device_key: deviceKey } = row;
    return [{ logId, record, collectorId, siteId, deviceKey, receivedMs: row.received_at.getTime() }];
  });
}

/** What a record that waited carries takes its place among the rids and proofs, as it does with a release that understands it at once. */
export async function claimCarried(tx: Tx, logId: Uint8Array, ids: readonly ClaimedId[], proofs: readonly ProofRow[]): Promise<void> {
  await sql`insert into record_ids (rid, content_digest)
    select rid, digest from unnest(${uuidArray(ids.map((one) => one.rid))}::uuid[], ${byteaArray(ids.map((one) => one.digest))}::bytea[])
      as c(rid, digest) order by rid on conflict do nothing`.execute(tx);
  await sql`insert into detection_proofs (rid, log_id, seq, via)
    select rid, case when seq is not null then ${logId}::bytea end, seq, via from unnest(${uuidArray(proofs.map((one) => one.rid))}::uuid[],
      ${int8Array(proofs.map((one) => one.seq))}::int8[], ${textArray(proofs.map((one) => one.via))}::text[]) as p(rid, seq, via)
    order by rid on conflict do nothing`.execute(tx);
}

export async function markResolved(tx: Tx, logId: Uint8Array, seq: number, atMs: number): Promise<void> {
  await tx
    .updateTable("projection_errors")
    .set({ resolved_at: new Date(atMs) })
    .where("log_id", "=", logId)
    .where("seq", "=", seq)
    .execute();
}

/** Whether a detection or revision has its row already: an alert's early copy may have come after the record that waits. */
export async function isShown(tx: Tx, rid: string): Promise<boolean> {
  const { rows } = await sql<{ shown: boolean }>`select exists(select 1 from detections where id = ${rid}::uuid)
    or exists(select 1 from detection_revisions where id = ${rid}::uuid) as shown`.execute(tx);
  return rows[0]?.shown === true;
}

/** Followers of the order of arrival have passed this record when it meant nothing to them: it is numbered once more. */
export async function insertPendingArrival(tx: Tx, rid: string, kind: number): Promise<void> {
  await tx.insertInto("arrivals_pending").values({ rid, kind, log_id: null, next: null }).execute();
}
