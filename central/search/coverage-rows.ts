import { sql } from "kysely";
import type { Coverage } from "../../shared/api/central-api.ts";
import type { Db, Tx } from "../db/open-db.ts";
import { seesSite } from "../db/site-filter.ts";

/** An edge that was not heard of for so long may hold detections that central does not know of. */
const SILENT_AFTER_MS = 150_000;
const ROWS_MAX = 200;

export interface CoverageQuestion {
  readonly fromMs: number;
  readonly toMs: number;
  readonly sees: readonly string[];
  readonly camera: string | null;
  readonly site: string | null;
  readonly nowMs: number;
}

/** What of the period and place asked for was really watched: without it "no result" could hide an outage. */
export async function readCoverage(db: Db | Tx, asked: CoverageQuestion): Promise<Coverage> {
  const from = new Date(asked.fromMs);
  const to = new Date(Math.min(asked.toMs, asked.nowMs));
  const { rows: gaps } = await sql<{ camera_id: string; camera: string; site: string; offline_ms: number; since: Date | null }>`
    select c.id as camera_id, c.name as camera, s.name as site,
      sum(extract(epoch from least(coalesce(g.to_at, ${to}::timestamptz), ${to}::timestamptz) - greatest(g.from_at, ${from}::timestamptz)) * 1000)::float8 as offline_ms,
      max(g.from_at) filter (where g.to_at is null) as since
    from camera_gaps g join cameras c on c.id = g.camera_id join sites s on s.id = c.site_id
    where g.from_at < ${to}::timestamptz and (g.to_at is null or g.to_at > ${from}::timestamptz) and ${seesSite("c.site_id", asked.sees)}
      and (${asked.camera}::uuid is null or c.id = ${asked.camera}::uuid) and (${asked.site}::uuid is null or c.site_id = ${asked.site}::uuid)
    group by c.id, c.name, s.name order by offline_ms desc, c.id limit ${ROWS_MAX}`.execute(db);
  const { rows: behind } = await sql<{ site: string; collector_id: string; waiting: number; at: Date | null }>`
    select s.name as site, k.id as collector_id, coalesce(h.waiting_records, 0)::int as waiting, h.at
    from collectors k join sites s on s.id = k.site_id left join heartbeats h on h.collector_id = k.id
    where k.retired_at is null and k.id <> k.site_id and ${seesSite("k.site_id", asked.sees)} and (${asked.site}::uuid is null or k.site_id = ${asked.site}::uuid)
      and (${asked.camera}::uuid is null or k.id = (select collector_id from cameras where id = ${asked.camera}::uuid))
      and (h.at is null or h.waiting_records > 0 or h.at < ${new Date(asked.nowMs - SILENT_AFTER_MS)}::timestamptz)
    order by s.name, k.id limit ${ROWS_MAX}`.execute(db);
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    gaps: gaps.map((gap) => ({ ...gap, offline_ms: Math.round(gap.offline_ms), since: gap.since?.toISOString() ?? null })),
    behind: behind.map(({ at, ...row }) => ({ ...row, last_contact_at: at?.toISOString() ?? null })),
  };
}
