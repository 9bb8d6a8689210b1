import { sql } from "kysely";
import { hexToBytes, type Sha256 } from "../../shared/model/ids.ts";
import type { Db } from "../db/open-db.ts";

export interface FoundImage {
  readonly objectKey: string | null;
  readonly lastEvent: string | null;
  /** Sites of the detections that name it. */
  readonly sites: readonly string[];
}

/** Detections that may name one picture: a camera repeats a frame, but not without end. */
const NAMED_BY_MAX = 50;

/** A picture that some detection or revision names; undefined for any other digest. */
export async function findImage(db: Db, sha256: Sha256): Promise<FoundImage | undefined> {
  const digest = hexToBytes(sha256);
  const { rows } = await sql<{ object_key: string | null; event: string | null; sites: string[] | null }>`
    with named as (select rid from detection_images where sha256 = ${digest} limit ${NAMED_BY_MAX})
    select (select object_key from image_objects where sha256 = ${digest}) as object_key,
      (select event from image_events where sha256 = ${digest} order by id desc limit 1) as event,
      (select array_agg(distinct site_id::text) from (
        select d.site_id from named join detections d on d.id = named.rid
        union all
        select c.site_id from named join detection_revisions r on r.id = named.rid join collectors c on c.id = r.collector_id) as places) as sites`.execute(
    db,
  );
  const [row] = rows;
  return row === undefined || row.sites === null ? undefined : { objectKey: row.object_key, lastEvent: row.event, sites: row.sites };
}
