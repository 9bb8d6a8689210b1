import { type RawBuilder, sql } from "kysely";
import { type BootId, bytesToHex } from "../../shared/model/ids.ts";
import { int8Array, timestamptzArray, uuidArray } from "../db/binary-arrays.ts";
import type { Tx } from "../db/open-db.ts";
import type { RecordMoment } from "./captured-at.ts";

/** A detection without a trusted time of its own, of whose boot there is a clock-fix now. */
export interface Undated extends RecordMoment {
  readonly id: string;
  readonly collectorId: string;
  readonly bootBytes: Uint8Array;
  readonly mergedMs: number;
  readonly receivedMs: number;
  /** A clock-fix of its boot. */
  readonly correction: string;
}

export interface NewTime extends Undated {
  readonly correctedMs: number;
  readonly uncertaintyMs: number;
}

interface Row {
  id: string;
  collector_id: string;
  captured_at: Date;
  received_at: Date;
  mono_ms: number;
  wall_ms: number;
  boot: Uint8Array;
  clock_quality: number;
  correction: string;
}

/** Those of these detections that have no time yet though their boot has a fix. */
export async function undatedAmong(tx: Tx, ids: readonly string[]): Promise<Undated[]> {
  if (ids.length === 0) return [];
  return undated(tx, sql`d.id = any(${uuidArray(ids)}::uuid[])`, ids.length);
}

/** Detections of the boot of this fix that have no time yet. */
export async function undatedOfFix(tx: Tx, fix: string, most: number): Promise<Undated[]> {
  return undated(tx, sql`t.rid = ${fix}::uuid`, most);
}

/** A boot is 8 random bytes, yet only its own collector's fixes date a detection: nobody else may move it. */
async function undated(tx: Tx, which: RawBuilder<unknown>, most: number): Promise<Undated[]> {
  const { rows } =
    await sql<Row>`select distinct on (d.id) d.id, d.collector_id, d.captured_at, d.received_at, d.mono_ms, d.wall_ms, d.boot, d.clock_quality,
      t.rid as correction
    from detections d join time_corrections t on t.boot = d.boot and t.collector_id = d.collector_id
    where d.clock_quality < 2 and ${which} and not exists (select from detection_times x where x.id = d.id)
    order by d.id, t.uncertainty_ms limit ${most}`.execute(tx);
  return rows.map((row) => ({
    id: row.id,
    collectorId: row.collector_id,
    boot: bytesToHex(row.boot) as BootId,
    bootBytes: row.boot,
    monoMs: Number(row.mono_ms),
    wallMs: Number(row.wall_ms),
    clockQuality: row.clock_quality,
    mergedMs: row.captured_at.getTime(),
    receivedMs: row.received_at.getTime(),
    correction: row.correction,
  }));
}

export async function insertTimes(tx: Tx, rows: readonly NewTime[]): Promise<void> {
  await sql`insert into detection_times (id, merged_at, corrected_at, uncertainty_ms, correction)
    select * from unnest(${uuidArray(rows.map((one) => one.id))}::uuid[], ${timestamptzArray(rows.map((one) => one.mergedMs))}::timestamptz[],
      ${timestamptzArray(rows.map((one) => one.correctedMs))}::timestamptz[], ${int8Array(rows.map((one) => one.uncertaintyMs))}::int8[],
      ${uuidArray(rows.map((one) => one.correction))}::uuid[])
    on conflict do nothing`.execute(tx);
}
