import { sql } from "kysely";
import type { DetectionKey } from "../db/detection-view-rows.ts";
import type { Tx } from "../db/open-db.ts";
import { seesSite } from "../db/site-filter.ts";

/** A pattern that fits more plates than this is not followed further back. */
const PLATES_MAX = 200;

/** Newest detections of the plates that fit, by the dictionary and then by (plate, captured_at desc). */
export async function earlierKeys(
  tx: Tx,
  asked: { pattern: string; isWildcard: boolean; sees: readonly string[]; fromMs: number; limit: number },
): Promise<DetectionKey[]> {
  const from = new Date(asked.fromMs);
  const like = asked.pattern.replaceAll("?", "_").replaceAll("*", "%");
  const plates = asked.isWildcard
    ? sql`select plate from plates where plate like ${like} order by plate limit ${PLATES_MAX}`
    : sql`select ${asked.pattern}::text as plate`;
  const { rows } = await sql<{ id: string; captured_at: Date }>`
    with asked as (${plates})
    select f.id, f.captured_at from asked a cross join lateral (
      select d.id, d.captured_at from detections d
      where d.plate = a.plate and d.captured_at >= ${from}::timestamptz and not d.test and ${seesSite("d.site_id", asked.sees)}
      order by d.captured_at desc, d.id desc limit ${asked.limit}) f
    order by f.captured_at desc, f.id desc limit ${asked.limit}`.execute(tx);
  return rows.map((row) => ({ id: row.id, capturedMs: row.captured_at.getTime() }));
}
