import { sql } from "kysely";
import { ZERO_HASH } from "../../shared/log/chain.ts";
import { bytesToHex, hexToBytes, type LogId, type SessionId } from "../../shared/model/ids.ts";
import type { LogStatus, Spool } from "../../shared/protocol/frames.ts";
import { byteaArray } from "../db/binary-arrays.ts";
import type { Db, Tx } from "../db/open-db.ts";

export interface CollectorRow {
  readonly siteId: string;
  readonly wantedConfigRevision: number;
}

/** The collector, locked: two first contacts at once must not both bind their key. */
export async function lockCollector(tx: Tx, collectorId: string): Promise<CollectorRow> {
  const row = await tx
    .selectFrom("collectors")
    .select(["site_id", "wanted_config_revision"])
    .where("id", "=", collectorId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return { siteId: row.site_id, wantedConfigRevision: Number(row.wanted_config_revision ?? 0) };
}

export interface DeviceKeyRow {
  readonly deviceKey: Uint8Array;
  readonly confirmed: boolean;
}

export async function deviceKeysOf(tx: Tx, collectorId: string): Promise<DeviceKeyRow[]> {
  const rows = await tx
    .selectFrom("collector_keys")
    .select(["device_key", "confirmed"])
    .where("collector_id", "=", collectorId)
    .orderBy("first_seen_at")
    .execute();
  return rows.map((row) => ({ deviceKey: row.device_key, confirmed: row.confirmed }));
}

export async function insertDeviceKey(
  tx: Tx,
  key: { collectorId: string; apiKeyId: string; deviceKey: Uint8Array; confirmed: boolean },
  atMs: number,
): Promise<void> {
  await tx
    .insertInto("collector_keys")
    .values({
      collector_id: key.collectorId,
      device_key: key.deviceKey,
      api_key_id: key.apiKeyId,
      confirmed: key.confirmed,
      first_seen_at: new Date(atMs),
      confirmed_at: key.confirmed ? new Date(atMs) : null,
      confirmed_by: key.confirmed ? "first contact" : null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function raiseNewKeyNotice(tx: Tx, collectorId: string, atMs: number): Promise<void> {
  const words =
    "A device with another key uses this collector's API key. What it sends is kept and marked until an administrator confirms it.";
  await sql`insert into notices (code, subject, level, words, collector_id, raised_at)
    values ('unconfirmed-key', ${collectorId}, 'warning', ${words}, ${collectorId}::uuid, ${new Date(atMs)})
    on conflict (code, subject) where cleared_at is null do nothing`.execute(tx);
}

/** HELLO names logs: the missing ones begin empty, all of this collector's get the session. The same HELLO twice changes nothing. */
export async function openLogs(tx: Tx, collectorId: string, logs: readonly LogId[], session: SessionId, atMs: number): Promise<void> {
  if (logs.length === 0) return;
  const ids = [...logs].sort().map(hexToBytes);
  const at = new Date(atMs);
  await sql`insert into collector_logs (log_id, collector_id, next, head, status, session, created_at, updated_at)
    select id, ${collectorId}::uuid, 0, ${ZERO_HASH}::bytea, 'new', ${hexToBytes(session)}::bytea, ${at}::timestamptz, ${at}::timestamptz
    from unnest(${byteaArray(ids)}::bytea[]) as named(id) order by id on conflict do nothing`.execute(tx);
  await sql`update collector_logs set session = ${hexToBytes(session)}::bytea, updated_at = ${at}::timestamptz
    where collector_id = ${collectorId}::uuid and log_id = any(${byteaArray(ids)}::bytea[])
      and session is distinct from ${hexToBytes(session)}::bytea`.execute(tx);
}

export interface SessionLog {
  readonly logId: LogId;
  readonly next: number;
  readonly head: Uint8Array;
  readonly durable: number;
  readonly status: LogStatus;
}

/** Logs of this collector only; what another collector's HELLO named is not answered for. */
export async function findSessionLogs(tx: Tx | Db, collectorId: string, logs: readonly LogId[]): Promise<SessionLog[]> {
  const rows = await tx
    .selectFrom("collector_logs")
    .select(["log_id", "next", "head", "durable", "status"])
    .where("collector_id", "=", collectorId)
    .where(sql<boolean>`log_id = any(${byteaArray(logs.map(hexToBytes))}::bytea[])`)
    .orderBy("log_id")
    .execute();
  return rows.map((row) => ({
    logId: bytesToHex(row.log_id) as LogId,
    next: Number(row.next),
    head: row.head,
    durable: Number(row.durable),
    status: row.status as LogStatus,
  }));
}

export interface Contact {
  readonly collectorId: string;
  readonly connected: boolean;
  readonly spool: Spool;
  readonly waitingRecords: number;
  readonly clockQuality: number;
  readonly clockOffsetMs: number;
  readonly lagMs: number;
  readonly version: string;
  readonly configRevision: number;
}

/** The newest word of a collector. */
export async function upsertHeartbeat(tx: Tx | Db, contact: Contact, atMs: number): Promise<void> {
  const { spool } = contact;
  const columns = {
    at: new Date(atMs),
    connected: contact.connected,
    waiting_records: contact.waitingRecords,
    waiting_bytes: spool.bytes,
    waiting_images: spool.imagesWaiting,
    oldest_waiting_at: spool.oldestMs === null ? null : dateOf(spool.oldestMs),
    clock_quality: Math.min(contact.clockQuality, 4),
    clock_offset_ms: contact.clockOffsetMs,
    disk_free_bytes: spool.freeBytes === null ? null : Math.round(spool.freeBytes),
    lag_ms: contact.lagMs,
    version: contact.version.replaceAll("\0", ""),
    config_revision: contact.configRevision,
  };
  await tx
    .insertInto("heartbeats")
    .values({ collector_id: contact.collectorId, ...columns })
    .onConflict((conflict) => conflict.column("collector_id").doUpdateSet(columns))
    .execute();
}

export async function markDisconnected(db: Db, collectorId: string): Promise<void> {
  await db.updateTable("heartbeats").set({ connected: false }).where("collector_id", "=", collectorId).execute();
}

/** A stretch without contact ends with the first word. */
export async function closeCollectorGap(tx: Tx | Db, collectorId: string, atMs: number): Promise<void> {
  await tx
    .updateTable("collector_gaps")
    .set({ to_at: new Date(atMs) })
    .where("collector_id", "=", collectorId)
    .where("to_at", "is", null)
    .execute();
}

/** Times from a device: a Date holds no more than this, and a column no nonsense. */
export const dateOf = (ms: number): Date => new Date(Math.min(Math.max(0, ms), Date.UTC(2100, 0, 1)));

/** Collectors not heard since `beforeMs`: a gap from their last word on, once. */
export async function openCollectorGaps(db: Db, beforeMs: number): Promise<void> {
  await sql`insert into collector_gaps (collector_id, from_at)
    select h.collector_id, h.at from heartbeats h
    where h.at < ${new Date(beforeMs)} and not exists (
      select 1 from collector_gaps g where g.collector_id = h.collector_id and g.to_at is null)
    on conflict do nothing`.execute(db);
}

/** Of these API keys, those that may not be used any more. */
export async function revokedAmong(db: Db, apiKeyIds: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom("api_keys as k")
    .innerJoin("collectors as c", "c.id", "k.collector_id")
    .select("k.id")
    .where("k.id", "in", apiKeyIds)
    .where((eb) => eb.or([eb("k.revoked_at", "is not", null), eb("c.retired_at", "is not", null)]))
    .execute();
  return new Set(rows.map((row) => row.id));
}
