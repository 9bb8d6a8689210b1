import type { Db, Tx } from "../db/open-db.ts";

export interface SiteFacts {
  readonly name: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly timeZone: string;
}

export async function insertSite(tx: Tx, id: string, site: SiteFacts, atMs: number): Promise<void> {
  await tx
    .insertInto("sites")
    .values({
      id,
      name: site.name,
      latitude: site.latitude,
      longitude: site.longitude,
      time_zone: site.timeZone,
      created_at: new Date(atMs),
    })
    .execute();
}

export async function findSite(tx: Tx, id: string): Promise<{ name: string } | undefined> {
  return tx.selectFrom("sites").select("name").where("id", "=", id).executeTakeFirst();
}

/** Names differ by more than their case. */
export async function isNameTaken(tx: Tx, name: string): Promise<boolean> {
  const row = await tx
    .selectFrom("collectors")
    .select("id")
    .where((eb) => eb(eb.fn("lower", ["name"]), "=", name.toLowerCase()))
    .executeTakeFirst();
  return row !== undefined;
}

export async function updateSite(tx: Tx, id: string, site: Partial<SiteFacts>): Promise<void> {
  const set = {
    ...(site.name === undefined ? {} : { name: site.name }),
    ...(site.latitude === undefined ? {} : { latitude: site.latitude }),
    ...(site.longitude === undefined ? {} : { longitude: site.longitude }),
    ...(site.timeZone === undefined ? {} : { time_zone: site.timeZone }),
  };
  if (Object.keys(set).length > 0) await tx.updateTable("sites").set(set).where("id", "=", id).execute();
}

/** False when another collector has that name. */
export async function insertCollector(tx: Tx, collector: { id: string; name: string; siteId: string; atMs: number }): Promise<boolean> {
  const made = await tx
    .insertInto("collectors")
    .values({
      id: collector.id,
      name: collector.name,
      site_id: collector.siteId,
      created_at: new Date(collector.atMs),
      retired_at: null,
      wanted_config_revision: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .executeTakeFirst();
  return made !== undefined;
}

export async function findCollector(db: Db | Tx, id: string): Promise<{ id: string; name: string; site_id: string } | undefined> {
  return db.selectFrom("collectors").select(["id", "name", "site_id"]).where("id", "=", id).executeTakeFirst();
}

export async function updateCollector(
  tx: Tx,
  id: string,
  change: { name?: string | undefined; retiredMs?: number | null | undefined },
): Promise<void> {
  const set = {
    ...(change.name === undefined ? {} : { name: change.name }),
    ...(change.retiredMs === undefined ? {} : { retired_at: change.retiredMs === null ? null : new Date(change.retiredMs) }),
  };
  if (Object.keys(set).length > 0) await tx.updateTable("collectors").set(set).where("id", "=", id).execute();
}

/** An administrator vouches for every device key seen so far under this collector; the logs that came with them are in doubt no more. */
export async function confirmDeviceKeys(tx: Tx, collectorId: string, by: string, atMs: number): Promise<void> {
  await tx
    .updateTable("collector_keys")
    .set({ confirmed: true, confirmed_at: new Date(atMs), confirmed_by: by })
    .where("collector_id", "=", collectorId)
    .where("confirmed", "=", false)
    .execute();
  await tx
    .updateTable("collector_logs")
    // When they were last heard stays as it was: a log that fell silent must not look like a second device.
    .set({ status: "active" })
    .where("collector_id", "=", collectorId)
    .where("status", "=", "unconfirmed")
    .execute();
}

export async function listSites(
  db: Db,
  sites: readonly string[],
): Promise<{ id: string; name: string; latitude: number | null; longitude: number | null; time_zone: string }[]> {
  return db
    .selectFrom("sites")
    .select(["id", "name", "latitude", "longitude", "time_zone"])
    .where((eb) => eb.not(eb.exists(eb.selectFrom("collectors as c").select("c.id").whereRef("c.id", "=", "sites.id"))))
    .$if(sites.length > 0, (query) => query.where("id", "in", [...sites]))
    .orderBy("name")
    .limit(10_000)
    .execute();
}
