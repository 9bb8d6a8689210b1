import { sql } from "kysely";
import type { LogHead } from "../../shared/log/chain.ts";
import type { SignedCheckpoint } from "../../shared/log/checkpoint.ts";
import type { LogRecord } from "../../shared/log/record.ts";
import { type BootId, bytesToHex, hexToBytes, type LogId, type Rid, type SessionId } from "../../shared/model/ids.ts";
import type { LogStatus } from "../../shared/protocol/frames.ts";
import { byteaArray, int2Array, int8Array, textArray, uuidArray } from "../db/binary-arrays.ts";
import type { Tx } from "../db/open-db.ts";
import type { Correction } from "../db/time-corrections.ts";

/** A rid that a record claims, with the digest of its payload: its own, or that of the detection an alert carries. */
export interface ClaimedId {
  readonly rid: Rid;
  readonly digest: Uint8Array;
  readonly kind: number;
}

export interface ProofRow {
  readonly rid: Rid;
  /** Of the record that vouches for it; null for an alert's early copy. */
  readonly seq: number | null;
  readonly via: "log" | "rehome" | "alert";
}

export interface StoreBatch {
  readonly logId: LogId;
  readonly from: LogHead;
  readonly after: LogHead;
  /** Null for carriers, which prove nothing by session. */
  readonly session: SessionId | null;
  readonly status: LogStatus;
  readonly class: string;
  readonly deviceKey: Uint8Array;
  readonly records: readonly LogRecord[];
  readonly checkpoint: SignedCheckpoint;
  readonly ids: readonly ClaimedId[];
  readonly proofs: readonly ProofRow[];
  /** Boots that the records were made in: their clock-fixes are wanted. */
  readonly boots: readonly BootId[];
  readonly receivedMs: number;
}

export type Stored =
  | { readonly kind: "stored"; readonly fresh: ReadonlySet<Rid>; readonly corrections: readonly Correction[] }
  /** Somebody else moved the log (or took its session over) since it was read: nothing was written. */
  | { readonly kind: "moved" };

/** Wire numbers are unbounded, the columns are not; the header keeps the exact number. Beyond 10,000 lie central's own derived kinds. */
export const KIND_COLUMN_MAX = 9_999;
const VERSION_COLUMN_MAX = 32_767;

/**
 * One statement for everything that a verified batch leaves whatever it says: the log's new head (compare and set), the exact bytes,
 * the checkpoint, the rids it is the first to claim, proofs, and what the sequencer has to number. Answers the device's clock-fixes too,
 * which the projection needs next.
 */
export async function storeBatch(tx: Tx, batch: StoreBatch): Promise<Stored> {
  const { records } = batch;
  const ids = [...batch.ids].sort((a, b) => (a.rid < b.rid ? -1 : 1));
  const logId = hexToBytes(batch.logId);
  const at = new Date(batch.receivedMs);
  const { rows } = await sql<{ moved: boolean; fresh: string[] | null; fixes: string[] | null }>`/* prepared store-batch */
    with moved as (
      update collector_logs set next = ${batch.after.next}, head = ${batch.after.head}, status = ${batch.status},
        class = coalesce(class, ${batch.class}), device_key = coalesce(device_key, ${batch.deviceKey}), updated_at = ${at}
      where log_id = ${logId} and next = ${batch.from.next} and head = ${batch.from.head}
        and (${batch.session === null ? null : hexToBytes(batch.session)}::bytea is null
          or session = ${batch.session === null ? null : hexToBytes(batch.session)}::bytea)
      returning log_id),
    stored as (
      insert into log_records (log_id, seq, kind, version, rid, header, payload, payload_digest, hash)
      select moved.log_id, r.* from moved, unnest(
        ${int8Array(records.map((one) => one.tail.seq))}::int8[],
        ${int2Array(records.map((one) => Math.min(one.tail.kind, KIND_COLUMN_MAX)))}::int2[],
        ${int2Array(records.map((one) => Math.min(one.tail.version, VERSION_COLUMN_MAX)))}::int2[],
        ${uuidArray(records.map((one) => one.tail.rid))}::uuid[], ${byteaArray(records.map((one) => one.header))}::bytea[],
        ${byteaArray(records.map((one) => one.payload))}::bytea[], ${byteaArray(records.map((one) => one.payloadDigest))}::bytea[],
        ${byteaArray(records.map((one) => one.hash))}::bytea[]) as r),
    checkpointed as (
      insert into log_checkpoints (log_id, next, bytes, signature, received_at)
      select log_id, ${batch.after.next}::int8, ${batch.checkpoint.bytes}::bytea, ${batch.checkpoint.signature}::bytea, ${at}::timestamptz
      from moved on conflict do nothing),
    claimed as materialized (
      select c.* from moved, unnest(${uuidArray(ids.map((one) => one.rid))}::uuid[], ${byteaArray(ids.map((one) => one.digest))}::bytea[],
        ${int2Array(ids.map((one) => Math.min(one.kind, KIND_COLUMN_MAX)))}::int2[]) as c(rid, digest, kind)),
    fresh as (
      insert into record_ids (rid, content_digest) select rid, digest from claimed order by rid on conflict do nothing returning rid),
    proved as (
      insert into detection_proofs (rid, log_id, seq, via)
      select p.rid, case when p.seq is not null then moved.log_id end, p.seq, p.via from moved, unnest(
        ${uuidArray(batch.proofs.map((one) => one.rid))}::uuid[], ${int8Array(batch.proofs.map((one) => one.seq))}::int8[],
        ${textArray(batch.proofs.map((one) => one.via))}::text[]) as p(rid, seq, via)
      on conflict do nothing),
    pending as (insert into arrivals_pending (rid, kind) select rid, kind from claimed join fresh using (rid)),
    leaf as (insert into arrivals_pending (kind, log_id, next) select 0, log_id, ${batch.after.next}::int8 from moved)
    select exists(select from moved) as moved, (select array_agg(rid::text) from fresh) as fresh,
      (select array_agg(encode(boot, 'hex') || ' ' || utc_minus_mono_ms || ' ' || uncertainty_ms || ' ' || coalesce(mono_ms, -1)
          || ' ' || source order by rid)
        from time_corrections where device_key = ${batch.deviceKey}::bytea
          and boot = any(${byteaArray(batch.boots.map(hexToBytes))}::bytea[])) as fixes`.execute(tx);
  const [row] = rows;
  if (row === undefined || !row.moved) return { kind: "moved" };
  return { kind: "stored", fresh: new Set((row.fresh ?? []) as Rid[]), corrections: (row.fixes ?? []).map(readFix) };
}

function readFix(text: string): Correction {
  const [boot, utcMinusMono, uncertainty, mono, ...source] = text.split(" ");
  return {
    boot: boot as BootId,
    utcMinusMonoMs: Number(utcMinusMono),
    uncertaintyMs: Number(uncertainty),
    monoMs: mono === "-1" ? null : Number(mono),
    source: source.join(" "),
  };
}

export interface KnownId {
  readonly rid: Rid;
  readonly digest: string;
  readonly erased: boolean;
}

/** What stands in `record_ids` for rids that were not fresh: another digest is an alarm, an erased one is never projected again. */
export async function findKnownIds(tx: Tx, rids: readonly Rid[]): Promise<KnownId[]> {
  const rows = await tx
    .selectFrom("record_ids")
    .select(["rid", "content_digest", "erased"])
    .where("rid", "in", rids)
    .orderBy("rid")
    .execute();
  return rows.map((row) => ({ rid: row.rid as Rid, digest: bytesToHex(row.content_digest), erased: row.erased }));
}
