import { sql } from "kysely";
import type { CollectorId } from "../../shared/model/ids.ts";
import type { NeighbourKey } from "../../shared/protocol/frames.ts";
import { NEIGHBOURS_MAX } from "../../shared/protocol/limits.ts";
import type { Db } from "../db/open-db.ts";

/** Characters of a site's name that go along; pages show no more. */
const NAME_MAX = 60;

/**
 * Confirmed devices of other collectors with a live API key, by the distance of their sites, the nearest first; those whose place is not known
 * come last. Only those may carry for a site: whoever waits for an administrator, is retired or has no key left is left out.
 */
export async function nearestDevices(db: Db, collectorId: string): Promise<NeighbourKey[]> {
  const { rows } = await sql<{ collector_id: string; device_key: Uint8Array; name: string }>`
    with own as (
      select s.id, s.latitude, s.longitude from collectors c join sites s on s.id = c.site_id where c.id = ${collectorId}::uuid)
    select k.collector_id, k.device_key, left(s.name, ${NAME_MAX}) as name
    from own, collectors c
    join sites s on s.id = c.site_id
    join collector_keys k on k.collector_id = c.id and k.confirmed
    where c.id <> ${collectorId}::uuid and c.retired_at is null
      and exists (select 1 from api_keys a where a.collector_id = c.id and a.revoked_at is null)
    order by s.id = own.id desc,
      power(s.latitude - own.latitude, 2) + power((s.longitude - own.longitude) * cos(radians(own.latitude)), 2) nulls last,
      c.id, k.first_seen_at desc
    limit ${NEIGHBOURS_MAX}`.execute(db);
  return rows.map((row) => ({ collectorId: row.collector_id as CollectorId, deviceKey: new Uint8Array(row.device_key), name: row.name }));
}
