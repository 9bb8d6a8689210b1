import { sql } from "kysely";
import type { AlarmReport, CameraReport, SiteReport } from "../../shared/protocol/frames.ts";
import { float8Array, textArray, timestamptzArray, uuidArray } from "../db/binary-arrays.ts";
import type { Tx } from "../db/open-db.ts";
import { dateOf } from "./session-rows.ts";

const REMOVED = "Not among the site's cameras any more.";

/** The cameras of a collector as it last reported them. A camera id that another collector holds is left alone. */
export async function upsertCameras(
  tx: Tx,
  collectorId: string,
  siteId: string,
  cameras: readonly CameraReport[],
  atMs: number,
): Promise<void> {
  if (cameras.length === 0) return;
  const rows = [...new Map(cameras.map((one) => [one.id, one])).values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const words = (read: (one: CameraReport) => string) => textArray(rows.map((one) => read(one).replaceAll("\0", "")));
  const times = (read: (one: CameraReport) => number | null) => timestamptzArray(rows.map((one) => msOf(read(one))));
  await sql`insert into cameras (id, collector_id, site_id, name, adapter, mode, state, detail, latitude, longitude, last_message_at,
      last_detection_at, updated_at)
    select c.id, ${collectorId}::uuid, ${siteId}::uuid, c.name, c.adapter, c.mode, c.state, c.detail, c.latitude, c.longitude, c.message,
      c.detection, ${new Date(atMs)}::timestamptz
    from unnest(${uuidArray(rows.map((one) => one.id))}::uuid[], ${words((one) => one.name)}::text[], ${words((one) => one.adapter)}::text[],
      ${words((one) => one.mode)}::text[], ${words((one) => one.state)}::text[], ${words((one) => one.detail)}::text[],
      ${float8Array(rows.map((one) => one.latitude))}::float8[], ${float8Array(rows.map((one) => one.longitude))}::float8[],
      ${times((one) => one.lastMessageMs)}::timestamptz[], ${times((one) => one.lastDetectionMs)}::timestamptz[])
      as c(id, name, adapter, mode, state, detail, latitude, longitude, message, detection)
    on conflict (id) do update set name = excluded.name, adapter = excluded.adapter, mode = excluded.mode, state = excluded.state,
      detail = excluded.detail, latitude = excluded.latitude, longitude = excluded.longitude, last_message_at = excluded.last_message_at,
      last_detection_at = excluded.last_detection_at, updated_at = excluded.updated_at
    where cameras.collector_id = excluded.collector_id`.execute(tx);
  // Its detections stay and name it, so the row stays; without the words a camera that was taken down would look like a broken one.
  await sql`update cameras set state = 'stopped', detail = ${REMOVED}
    where collector_id = ${collectorId}::uuid and id <> all(${uuidArray(rows.map((one) => one.id))}::uuid[]) and detail <> ${REMOVED}`.execute(
    tx,
  );
}

/** What the edge says of its site; an empty name or zone says nothing. */
export async function updateSite(tx: Tx, siteId: string, site: SiteReport): Promise<void> {
  const change = {
    ...(site.name.trim() === "" ? {} : { name: site.name.replaceAll("\0", "") }),
    ...(isTimeZone(site.timeZone) ? { time_zone: site.timeZone } : {}),
    ...(site.latitude === null || site.longitude === null ? {} : { latitude: site.latitude, longitude: site.longitude }),
  };
  if (Object.keys(change).length === 0) return;
  await tx.updateTable("sites").set(change).where("id", "=", siteId).execute();
}

/** Pages format times with it: a name that the runtime does not know would break them all. */
function isTimeZone(name: string): boolean {
  try {
    return name !== "" && new Intl.DateTimeFormat("en", { timeZone: name }) !== null;
  } catch {
    return false;
  }
}

const msOf = (ms: number | null): number | null => (ms === null ? null : dateOf(Math.round(ms)).getTime());

/**
 * What an edge warns of, for administrators: one open notice for LOG_FORK and one for all that this release does not know, whatever a
 * collector sends: the next of several is told when the one before it was cleared. It stands until somebody clears it, also when the edge
 * says it is over: it is evidence. Read once, the same alarm of the next heartbeats is no news.
 */
export async function raiseAlarms(tx: Tx, collectorId: string, alarms: readonly AlarmReport[], atMs: number): Promise<void> {
  for (const alarm of alarms) await raiseAlarm(tx, collectorId, alarm.code === "LOG_FORK" ? "log-fork" : "edge-alarm", alarm, atMs);
}

async function raiseAlarm(tx: Tx, collectorId: string, code: string, alarm: AlarmReport, atMs: number): Promise<void> {
  const words = `A site reports: ${alarm.words.replaceAll("\0", "")}`;
  await sql`insert into notices (code, subject, level, words, collector_id, raised_at)
    select ${code}::text, ${collectorId}::text, 'alarm', ${words}::text, ${collectorId}::uuid, ${new Date(atMs)}::timestamptz
    where not exists (select from notices n where n.code = ${code}::text and n.subject = ${collectorId}::text and n.words = ${words}::text
      and n.raised_at >= ${dateOf(alarm.sinceMs)}::timestamptz)
    on conflict (code, subject) where cleared_at is null do nothing`.execute(tx);
}
