import { sql } from "kysely";
import type { BackupsAnswer } from "../../shared/api/central-api.ts";
import type { Db } from "../db/open-db.ts";
import type { EdgeRoom } from "./judge-backups.ts";

/** What one detection takes of an edge's store beside its pictures: record, index rows and their share of the alerts. */
const RECORD_BYTES = 1_500;

/** Edges that have told their free room, with what the last day added to them. A range of one day of an index; minutes apart at most. */
export async function findEdgeRoom(db: Db, nowMs: number): Promise<EdgeRoom[]> {
  const since = new Date(nowMs - 86_400_000);
  const { rows } = await sql<{ site: string; free: number; detections: number; pictures: number }>`
    select s.name as site, h.disk_free_bytes::float8 as free, coalesce(d.detections, 0)::float8 as detections,
      coalesce(d.pictures, 0)::float8 as pictures
    from heartbeats h join collectors c on c.id = h.collector_id join sites s on s.id = c.site_id
    left join (
      select d.collector_id, count(distinct d.id) as detections, sum(i.bytes) as pictures
      from detections d left join detection_images i on i.rid = d.id
      where d.captured_at > ${since}::timestamptz group by d.collector_id) d on d.collector_id = c.id
    where c.retired_at is null and c.id <> c.site_id and h.disk_free_bytes is not null
    order by s.name`.execute(db);
  return rows.map(({ site, free, detections, pictures }) => {
    return { site, freeBytes: Number(free), bytesPerDay: Number(detections) * RECORD_BYTES + Number(pictures) };
  });
}

/** Once a day again after somebody has read it. */
const READ_FOR_MS = 86_400_000;

/** One open notice, whose words follow the figure; it goes when two fresh backups stand. */
export async function keepNotice(db: Db, { state, level, words }: BackupsAnswer["standing"], nowMs: number): Promise<void> {
  const now = new Date(nowMs);
  if (state === "backed-up") {
    await sql`update notices set cleared_at = ${now} where code = 'edges-are-backup' and cleared_at is null`.execute(db);
    return;
  }
  await sql`insert into notices (code, subject, level, words, collector_id, raised_at)
    select 'edges-are-backup', 'central', ${level}, ${words}, null, ${now}::timestamptz
    where not exists (select from notices where code = 'edges-are-backup' and cleared_at > ${new Date(nowMs - READ_FOR_MS)}::timestamptz)
    on conflict (code, subject) where cleared_at is null do update set level = excluded.level, words = excluded.words`.execute(db);
}

/** One open notice that a planned backup failed, with the newest reason. */
export async function tellBackupFailure(db: Db, why: string, nowMs: number): Promise<void> {
  const words = `The planned backup of central failed: ${why.slice(0, 500)} It is tried again every hour.`;
  await sql`insert into notices (code, subject, level, words, collector_id, raised_at)
    values ('backup-failed', 'central', 'warning', ${words}, null, ${new Date(nowMs)})
    on conflict (code, subject) where cleared_at is null do update set words = excluded.words`.execute(db);
}

/** One open notice that no verified copy is as new as the plan asks for; null ends it. */
export async function keepLateNotice(db: Db, words: string | null, nowMs: number): Promise<void> {
  const now = new Date(nowMs);
  if (words === null) {
    await sql`update notices set cleared_at = ${now} where code = 'backup-late' and cleared_at is null`.execute(db);
    return;
  }
  await sql`insert into notices (code, subject, level, words, collector_id, raised_at)
    select 'backup-late', 'central', 'warning', ${words}, null, ${now}::timestamptz
    where not exists (select from notices where code = 'backup-late' and cleared_at > ${new Date(nowMs - READ_FOR_MS)}::timestamptz)
    on conflict (code, subject) where cleared_at is null do update set words = excluded.words`.execute(db);
}

export async function endBackupFailure(db: Db, nowMs: number): Promise<void> {
  await sql`update notices set cleared_at = ${new Date(nowMs)} where code = 'backup-failed' and cleared_at is null`.execute(db);
}
