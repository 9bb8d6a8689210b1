import { sql } from "kysely";
import { hexToBytes, type LogId } from "../../shared/model/ids.ts";
import { byteaArray, int2Array, int8Array, textArray, uuidArray } from "../db/binary-arrays.ts";
import type { Tx } from "../db/open-db.ts";
import type { CameraStatusRow, CommandResultRow, CorrectionRow, ProjectionError } from "./project-records.ts";
import { KIND_COLUMN_MAX } from "./store-rows.ts";

/** Whose device said it, and when it came. */
export interface FactOwner {
  readonly collectorId: string;
  readonly deviceKey: Uint8Array;
  readonly receivedMs: number;
}

export async function insertCorrections(tx: Tx, rows: readonly CorrectionRow[], owner: FactOwner): Promise<void> {
  if (rows.length === 0) return;
  await sql`insert into time_corrections
      (rid, collector_id, device_key, boot, utc_minus_mono_ms, uncertainty_ms, source, received_at, mono_ms)
    select f.rid, ${owner.collectorId}::uuid, ${owner.deviceKey}::bytea, f.boot, f.utc, f.uncertainty, f.source,
      ${new Date(owner.receivedMs)}::timestamptz, f.mono
    from unnest(${uuidArray(rows.map((one) => one.rid))}::uuid[], ${byteaArray(rows.map((one) => hexToBytes(one.boot)))}::bytea[],
      ${int8Array(rows.map((one) => one.utcMinusMonoMs))}::int8[], ${int8Array(rows.map((one) => one.uncertaintyMs))}::int8[],
      ${textArray(rows.map((one) => one.source))}::text[], ${int8Array(rows.map((one) => one.monoMs))}::int8[])
      as f(rid, boot, utc, uncertainty, source, mono)
    on conflict do nothing`.execute(tx);
}

/** A picture that the edge had to give up; shown as dropped. */
export async function insertDroppedImages(tx: Tx, rows: readonly { sha256: string; why: string }[], receivedMs: number): Promise<void> {
  if (rows.length === 0) return;
  await sql`insert into image_events (sha256, event, at, detail)
    select d.sha256, 'dropped', ${new Date(receivedMs)}::timestamptz, d.why
    from unnest(${byteaArray(rows.map((one) => hexToBytes(one.sha256)))}::bytea[], ${textArray(rows.map((one) => one.why))}::text[])
      as d(sha256, why)`.execute(tx);
}

/**
 * A camera stopped or resumed watching: its state now, and the stretch that coverage is read from. Of a camera that another collector
 * holds nothing is taken: nobody may say of another site that it did not watch.
 */
export async function insertCameraStatuses(
  tx: Tx,
  rows: readonly CameraStatusRow[],
  { collectorId, receivedMs }: Omit<FactOwner, "deviceKey">,
): Promise<void> {
  for (const row of rows) {
    if (await isOfAnother(tx, row.camera, collectorId)) continue;
    const since = new Date(row.sinceMs);
    await tx
      .updateTable("cameras")
      .set({ state: row.state, detail: row.detail, updated_at: new Date(receivedMs) })
      .where("id", "=", row.camera)
      .execute();
    await tx
      .updateTable("camera_gaps")
      .set({ to_at: since })
      .where("camera_id", "=", row.camera)
      .where("to_at", "is", null)
      .where("from_at", "<=", since)
      .execute();
    if (row.state === "watching") continue;
    await tx
      .insertInto("camera_gaps")
      .values({ camera_id: row.camera, from_at: since, to_at: null, state: row.state })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** A camera that no heartbeat has named yet is nobody's. */
async function isOfAnother(tx: Tx, camera: string, collectorId: string): Promise<boolean> {
  const row = await tx.selectFrom("cameras").select("collector_id").where("id", "=", camera).executeTakeFirst();
  return row !== undefined && row.collector_id !== collectorId;
}

/** What a site says became of a command. Whether central knows the command is not asked: after a restore it may not. */
export async function insertCommandResults(tx: Tx, rows: readonly CommandResultRow[], owner: FactOwner): Promise<void> {
  if (rows.length === 0) return;
  await tx
    .insertInto("command_results")
    .values(
      rows.map(({ rid, result }) => ({
        rid,
        command_id: result.command,
        collector_id: owner.collectorId,
        device_key: owner.deviceKey,
        outcome: result.outcome,
        words: result.words,
        config_revision: result.configRevision,
        detail: result.detail,
        received_at: new Date(owner.receivedMs),
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** A new log named the ones it continues: they take nothing more. Only logs of the same collector can be named. */
export async function closeLogs(tx: Tx, logs: readonly LogId[], collectorId: string): Promise<void> {
  if (logs.length === 0) return;
  await tx
    .updateTable("collector_logs")
    .set({ status: "closed" })
    .where("log_id", "in", logs.map(hexToBytes))
    .where("collector_id", "=", collectorId)
    .execute();
}

/** Verified, stored, not understood (yet): tried again by `retryProjections` after an upgrade. */
export async function insertProjectionErrors(tx: Tx, logId: LogId, errors: readonly ProjectionError[], atMs: number): Promise<void> {
  if (errors.length === 0) return;
  const tails = errors.map((one) => one.record.tail);
  await sql`insert into projection_errors (log_id, seq, rid, kind, version, why, at)
    select ${hexToBytes(logId)}::bytea, e.*, ${new Date(atMs)}::timestamptz
    from unnest(${int8Array(errors.map((one) => one.seq))}::int8[], ${uuidArray(tails.map((one) => one.rid))}::uuid[],
      ${int2Array(tails.map((one) => Math.min(one.kind, KIND_COLUMN_MAX)))}::int2[],
      ${int2Array(tails.map((one) => Math.min(one.version, 32_767)))}::int2[],
      ${textArray(errors.map((one) => one.why.slice(0, 500).replaceAll("\0", "")))}::text[]) as e
    on conflict do nothing`.execute(tx);
}
