import { sql } from "kysely";
import type { Db } from "../db/open-db.ts";

/** The pass that each of these alert records and alert-ops belongs to. */
export async function passesOfRecords(db: Db, alertRids: readonly string[], opRids: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ rid: string; pass: string }>`
    select record_rid as rid, pass from alert_findings where record_rid = any(${[...alertRids]}::uuid[])
    union all select rid, pass from alert_ops where rid = any(${[...opRids]}::uuid[])`.execute(db);
  return new Map(rows.map((row) => [row.rid, row.pass]));
}

/** The detection that each of these revisions is a later reading of. */
export async function revisedDetections(db: Db, rids: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{
    id: string;
    revises: string;
  }>`select id, revises from detection_revisions where id = any(${[...rids]}::uuid[])`.execute(db);
  return new Map(rows.map((row) => [row.id, row.revises]));
}

/** The site of each alert item. */
export async function sitesOfItems(db: Db, passes: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{
    pass: string;
    site_id: string;
  }>`select pass, site_id from alert_items where pass = any(${[...passes]}::uuid[])`.execute(db);
  return new Map(rows.map((row) => [row.pass, row.site_id]));
}

/** When each collector was last heard of. */
export async function heartbeatTimes(db: Db): Promise<{ id: string; atMs: number | null; connected: boolean }[]> {
  const { rows } = await sql<{ id: string; at: Date | null; connected: boolean | null }>`
    select c.id, h.at, h.connected from collectors c left join heartbeats h on h.collector_id = c.id where c.retired_at is null and c.id <> c.site_id order by c.id`.execute(
    db,
  );
  return rows.map((row) => ({ id: row.id, atMs: row.at?.getTime() ?? null, connected: row.connected === true }));
}
