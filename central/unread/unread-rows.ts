import type { UnreadRecordView } from "../../shared/api/central-api.ts";
import { kindOfNumber } from "../../shared/log/record.ts";
import type { Db } from "../db/open-db.ts";

/** Shown at once; the count says how many there are. */
const UNREAD_SHOWN_MAX = 100;

/** Records that wait to be read, the newest first. */
export async function listUnread(db: Db): Promise<UnreadRecordView[]> {
  const rows = await db
    .selectFrom("projection_errors as e")
    .innerJoin("collector_logs as l", "l.log_id", "e.log_id")
    .innerJoin("collectors as c", "c.id", "l.collector_id")
    .leftJoin("sites as s", "s.id", "c.site_id")
    .select(["e.rid", "e.seq", "e.kind", "e.version", "e.why", "e.at", "c.id as collector_id", "c.name", "s.name as site", "s.time_zone"])
    .where("e.resolved_at", "is", null)
    .orderBy("e.at", "desc")
    .orderBy("e.seq", "desc")
    .limit(UNREAD_SHOWN_MAX)
    .execute();
  return rows.map((row) => ({
    rid: row.rid,
    seq: Number(row.seq),
    kind: kindOfNumber(row.kind) ?? `kind ${row.kind}`,
    version: row.version,
    why: row.why,
    at: row.at.toISOString(),
    collector_id: row.collector_id,
    site: row.site ?? row.name,
    time_zone: row.time_zone ?? "UTC",
  }));
}

export async function countUnread(db: Db): Promise<number> {
  const { open } = await db
    .selectFrom("projection_errors")
    .select((eb) => eb.fn.countAll<string>().as("open"))
    .where("resolved_at", "is", null)
    .executeTakeFirstOrThrow();
  return Number(open);
}
