import type { LogHead } from "../../shared/log/chain.ts";
import type { LogClass } from "../../shared/log/record.ts";
import { bytesToHex, type LogId } from "../../shared/model/ids.ts";
import type { Tx } from "../db/open-db.ts";

/** The setting that names central as a collector: its site and collector rows carry this id. */
export const OWN_COLLECTOR_SETTING = "own-collector";

/** Central's own collector id; the first one ever proposed stays. */
export async function claimOwnCollector(tx: Tx, proposed: string, publicKey: Uint8Array, atMs: number): Promise<string> {
  const at = new Date(atMs);
  await tx
    .insertInto("settings")
    .values({ name: OWN_COLLECTOR_SETTING, value: new TextEncoder().encode(proposed), sealed: false, updated_at: at })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .execute();
  const row = await tx.selectFrom("settings").select("value").where("name", "=", OWN_COLLECTOR_SETTING).executeTakeFirstOrThrow();
  const id = new TextDecoder().decode(row.value);
  await tx
    .insertInto("sites")
    .values({ id, name: "Central", latitude: null, longitude: null, time_zone: "UTC", created_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await tx
    .insertInto("collectors")
    .values({ id, name: "central", site_id: id, created_at: at, retired_at: null, wanted_config_revision: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await tx
    .insertInto("collector_keys")
    .values({
      collector_id: id,
      device_key: publicKey,
      api_key_id: null,
      confirmed: true,
      first_seen_at: at,
      confirmed_at: at,
      confirmed_by: "central",
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return id;
}

export interface OwnLogRow extends LogHead {
  readonly logId: LogId;
}

/** The newest open log of this key and class, locked until the transaction ends. */
export async function lockOwnLog(tx: Tx, collectorId: string, publicKey: Uint8Array, logClass: LogClass): Promise<OwnLogRow | undefined> {
  const row = await tx
    .selectFrom("collector_logs")
    .select(["log_id", "next", "head"])
    .where("collector_id", "=", collectorId)
    .where("device_key", "=", publicKey)
    .where("class", "=", logClass)
    .where("status", "=", "active")
    .orderBy("created_at", "desc")
    .orderBy("log_id")
    .limit(1)
    .forUpdate()
    .executeTakeFirst();
  return row === undefined ? undefined : { logId: bytesToHex(row.log_id) as LogId, next: Number(row.next), head: row.head };
}
