import { sql } from "kysely";
import { hexToBytes } from "../../shared/model/ids.ts";
import type { FeedCursor } from "../../shared/protocol/frames.ts";
import { byteaArray, int8Array, uuidArray } from "../db/binary-arrays.ts";
import type { Tx } from "../db/open-db.ts";

/**
 * As a bundle says it: of what it does not name, the site holds nothing. Such a row stays, at the beginning: the bundle may be old, and a
 * replica that is not there would no longer hold back what it has not passed.
 */
export async function replaceReplicas(tx: Tx, collectorId: string, feeds: readonly FeedCursor[], atMs: number): Promise<void> {
  await sql`update feed_replicas set generation = ${new Uint8Array(16)}::bytea, cursor = 0 where collector_id = ${collectorId}::uuid
    and list_id <> all(${uuidArray(feeds.map((one) => one.list))}::uuid[])`.execute(tx);
  await upsertReplicas(tx, collectorId, feeds, atMs);
}

/** What a collector says that it holds of the lists that name its site: the horizon of their tombstones is read from here. */
export async function upsertReplicas(tx: Tx, collectorId: string, feeds: readonly FeedCursor[], atMs: number): Promise<void> {
  const held = [...new Map(feeds.map((one) => [one.list, one])).values()].sort((a, b) => (a.list < b.list ? -1 : 1));
  if (held.length === 0) return;
  await sql`insert into feed_replicas (collector_id, list_id, generation, cursor, checksum, heard_at)
    select c.id, f.list, f.generation, f.cursor, f.checksum, ${new Date(atMs)}::timestamptz
    from unnest(${uuidArray(held.map((one) => one.list))}::uuid[], ${byteaArray(held.map((one) => hexToBytes(one.generation)))}::bytea[],
      ${int8Array(held.map((one) => one.cursor))}::int8[], ${byteaArray(held.map((one) => one.checksum))}::bytea[])
      as f(list, generation, cursor, checksum)
    join collectors c on c.id = ${collectorId}::uuid
    join watchlist_sites s on s.list_id = f.list and s.site_id = c.site_id order by f.list
    on conflict (collector_id, list_id) do update set generation = excluded.generation, cursor = excluded.cursor,
      checksum = excluded.checksum, heard_at = excluded.heard_at`.execute(tx);
}
