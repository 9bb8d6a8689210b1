import { sql } from "kysely";
import { bytesToHex, type Incarnation, type ListId, type LogId } from "../../shared/model/ids.ts";
import type { FeedCursor } from "../../shared/protocol/frames.ts";
import type { Db, Tx } from "../db/open-db.ts";
import { seesSite } from "../db/site-filter.ts";

export interface DownSite {
  readonly siteId: string;
  readonly name: string;
}

/** A collector in service of one of these sites (none: all), locked; undefined for any other, and for central's own log. */
export async function lockDownSite(tx: Tx, collectorId: string, sites: readonly string[]): Promise<DownSite | undefined> {
  const row = await tx
    .selectFrom("collectors as c")
    .innerJoin("sites as s", "s.id", "c.site_id")
    .select(["c.site_id", "s.name"])
    .where("c.id", "=", collectorId)
    .where("c.retired_at", "is", null)
    .whereRef("c.id", "!=", "c.site_id")
    .where(seesSite("c.site_id", sites))
    .forUpdate("c")
    .executeTakeFirst();
  return row === undefined ? undefined : { siteId: row.site_id, name: row.name };
}

/** The newest device of the collector that is confirmed. */
export async function findDevice(tx: Tx, collectorId: string): Promise<Uint8Array | undefined> {
  const row = await tx
    .selectFrom("collector_keys")
    .select("device_key")
    .where("collector_id", "=", collectorId)
    .where("confirmed", "=", true)
    .orderBy("first_seen_at", "desc")
    .orderBy("device_key")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : new Uint8Array(row.device_key);
}

/** The moment of a new file, ms: now, or just after the one before it when central's clock fell back meanwhile. */
export async function stampDown(tx: Tx, collectorId: string, nowMs: number): Promise<number> {
  const { rows } = await sql<{ at: Date }>`update collectors
    set down_made_at = greatest(${new Date(nowMs)}::timestamptz, down_made_at + interval '1 millisecond')
    where id = ${collectorId}::uuid returning down_made_at as at`.execute(tx);
  return rows[0]!.at.getTime();
}

/** What the site said last that it holds. */
export async function heldLists(tx: Tx, collectorId: string): Promise<FeedCursor[]> {
  const rows = await tx
    .selectFrom("feed_replicas")
    .select(["list_id", "generation", "cursor", "checksum"])
    .where("collector_id", "=", collectorId)
    .orderBy("list_id")
    .execute();
  return rows.map((row) => ({
    list: row.list_id as ListId,
    generation: bytesToHex(row.generation) as Incarnation,
    cursor: Number(row.cursor),
    checksum: new Uint8Array(row.checksum),
  }));
}

/** Logs that the site may still go on with, the newest first. */
export async function liveLogs(db: Db, collectorId: string, most: number): Promise<LogId[]> {
  const rows = await db
    .selectFrom("collector_logs")
    .select("log_id")
    .where("collector_id", "=", collectorId)
    .where("status", "not in", ["closed", "abandoned"])
    .orderBy("updated_at", "desc")
    .orderBy("log_id")
    .limit(most)
    .execute();
  return rows.map((row) => bytesToHex(row.log_id) as LogId);
}

/** The collectors of that id or name; two sites may have one name. */
export async function findCollectors(db: Db, idOrName: string): Promise<{ readonly id: string; readonly name: string }[]> {
  return db
    .selectFrom("collectors")
    .select(["id", "name"])
    .where("retired_at", "is", null)
    .whereRef("id", "!=", "site_id")
    .where((eb) => eb.or([eb(sql<string>`id::text`, "=", idOrName.toLowerCase()), eb("name", "=", idOrName)]))
    .orderBy("id")
    .limit(2)
    .execute();
}
