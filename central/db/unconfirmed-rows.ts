import { sql } from "kysely";
import type { Db, Tx } from "./open-db.ts";

/**
 * Of these detections, those for which only devices vouch whose key nobody has confirmed. Two queries at most, and one as long as the
 * collectors have no such key, which is nearly always.
 */
export async function unconfirmedAmong(
  db: Db | Tx,
  detections: readonly { readonly id: string; readonly pass: string; readonly collector_id: string }[],
): Promise<ReadonlySet<string>> {
  const collectors = [...new Set(detections.map((one) => one.collector_id))];
  if (collectors.length === 0) return new Set();
  const suspected = await db
    .selectFrom("collector_keys")
    .select("collector_id")
    .distinct()
    .where("confirmed", "=", false)
    .where("collector_id", "in", collectors)
    .execute();
  const of = new Set(suspected.map((row) => row.collector_id));
  const asked = detections.filter((one) => of.has(one.collector_id));
  if (asked.length === 0) return new Set();
  const ids = asked.map((one) => one.id);
  const passes = [...new Set(asked.map((one) => one.pass))];
  // An alert's early copy is vouched for by the log of the alert's own record, until the detection's log has caught up.
  const { rows } = await sql<{ id: string }>`
    select v.id from (
      select p.rid as id, p.log_id from detection_proofs p where p.rid = any(${ids}::uuid[]) and p.log_id is not null
      union all
      select f.detection_id, r.log_id from alert_findings f join log_records r on r.rid = f.record_rid
      where f.pass = any(${passes}::uuid[]) and f.detection_id = any(${ids}::uuid[])) v
    join collector_logs l on l.log_id = v.log_id
    join collector_keys k on k.collector_id = l.collector_id and k.device_key = l.device_key
    group by v.id having not bool_or(k.confirmed)`.execute(db);
  return new Set(rows.map((row) => row.id));
}
