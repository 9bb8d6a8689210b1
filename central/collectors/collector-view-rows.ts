import { sql } from "kysely";
import type { CollectorView } from "../../shared/api/central-api.ts";
import type { CameraView } from "../../shared/api/views.ts";
import type { CameraState } from "../../shared/model/camera.ts";
import type { Db } from "../db/open-db.ts";
import { linkOf } from "./collector-link.ts";

const HOUR_MS = 3_600_000;
const COLLECTORS_MAX = 10_000;

export interface CollectorFilter {
  /** Sites the asker may see; empty: all. */
  readonly sites: readonly string[];
  readonly ids?: readonly string[];
}

/** Collectors with their link, cameras and keys; 4 queries whatever the number. `withKeys`: administrators only. */
export async function listCollectorViews(
  db: Db,
  filter: CollectorFilter,
  nowMs: number,
  options: { withKeys: boolean },
): Promise<CollectorView[]> {
  const rows = await collectorRows(db, filter, nowMs);
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return [];
  const cameras = await listCameraViews(db, ids, nowMs);
  const keys = options.withKeys
    ? await db
        .selectFrom("api_keys")
        .select(["id", "collector_id", "prefix", "created_at", "revoked_at"])
        .where("collector_id", "in", ids)
        .orderBy("created_at")
        .execute()
    : [];
  return rows.map((row) => {
    const link = linkOf(row.beat_at?.getTime() ?? null, row.connected === true, Number(row.waiting_records ?? 0), nowMs);
    return {
      id: row.id,
      name: row.name,
      site_id: row.site_id,
      site: row.site,
      time_zone: row.time_zone,
      latitude: row.latitude,
      longitude: row.longitude,
      link: link.state,
      words: [link.words, ...remarksOf(row)].join(" "),
      last_heartbeat_at: row.beat_at?.toISOString() ?? null,
      lag_ms: row.lag_ms,
      waiting: Number(row.waiting_records ?? 0),
      clock_quality: row.clock_quality,
      disk_free_bytes: row.disk_free_bytes,
      version: row.version,
      wanted_config_revision: row.wanted_config_revision,
      config_revision: row.config_revision,
      unconfirmed_key: row.unconfirmed,
      cameras: cameras.get(row.id) ?? [],
      api_keys: keys
        .filter((key) => key.collector_id === row.id)
        .map((key) => ({
          id: key.id,
          prefix: key.prefix,
          created_at: key.created_at.toISOString(),
          revoked_at: key.revoked_at?.toISOString() ?? null,
        })),
    };
  });
}

/** What an administrator should know of it beside its link. */
function remarksOf(row: { unconfirmed: boolean; not_understood: number; set_aside: number }): string[] {
  return [
    ...(row.unconfirmed ? ["It came with another device key: confirm it if you know why."] : []),
    ...(row.not_understood > 0
      ? [`${row.not_understood} of its records are kept but not understood here; a newer release may show them.`]
      : []),
    ...(row.set_aside > 0 ? [`${row.set_aside} of its messages did not verify in the last 24 hours and were set aside.`] : []),
  ];
}

function collectorRows(db: Db, filter: CollectorFilter, nowMs: number) {
  return (
    db
      .selectFrom("collectors as c")
      .innerJoin("sites as s", "s.id", "c.site_id")
      .leftJoin("heartbeats as h", "h.collector_id", "c.id")
      .select([
        "c.id",
        "c.name",
        "c.site_id",
        "s.name as site",
        "s.time_zone",
        "s.latitude",
        "s.longitude",
        "h.at as beat_at",
        "h.connected",
        "h.waiting_records",
        "h.lag_ms",
        "h.clock_quality",
        "h.disk_free_bytes",
        "h.version",
        "h.config_revision",
        "c.wanted_config_revision",
        sql<boolean>`exists (select 1 from collector_keys k where k.collector_id = c.id and not k.confirmed)`.as("unconfirmed"),
        sql<number>`(select count(*) from projection_errors e join collector_logs l on l.log_id = e.log_id
          where l.collector_id = c.id and e.resolved_at is null)::int`.as("not_understood"),
        sql<number>`(select count(*) from quarantine q where q.collector_id = c.id
          and q.at > ${new Date(nowMs - 24 * HOUR_MS)}::timestamptz)::int`.as("set_aside"),
      ])
      .where("c.retired_at", "is", null)
      // Central's own log is a collector too, whose site carries the same id: it has no edge to show.
      .whereRef("c.id", "!=", "c.site_id")
      .$if(filter.sites.length > 0, (query) => query.where("c.site_id", "in", [...filter.sites]))
      .$if(filter.ids !== undefined, (query) => query.where("c.id", "in", [...filter.ids!]))
      .orderBy("s.name")
      .orderBy("c.id")
      .limit(COLLECTORS_MAX)
      .execute()
  );
}

/** Cameras by collector, each with its detections in the last 24 hours. */
export async function listCameraViews(db: Db, collectorIds: readonly string[], nowMs: number): Promise<Map<string, CameraView[]>> {
  const cameras = await db
    .selectFrom("cameras")
    .selectAll()
    .where("collector_id", "in", [...collectorIds])
    .orderBy("name")
    .orderBy("id")
    .execute();
  const counts = await countLast24Hours(
    db,
    cameras.map((camera) => camera.id),
    nowMs,
  );
  const views = new Map<string, CameraView[]>();
  for (const camera of cameras) {
    const view: CameraView = {
      id: camera.id,
      name: camera.name,
      adapter: camera.adapter,
      mode: camera.mode,
      state: camera.state as CameraState,
      detail: camera.detail,
      last_message_at: camera.last_message_at?.toISOString() ?? null,
      last_detection_at: camera.last_detection_at?.toISOString() ?? null,
      last_24h: counts.get(camera.id) ?? Array.from({ length: 24 }, () => 0),
      latitude: camera.latitude,
      longitude: camera.longitude,
    };
    const own = views.get(camera.collector_id);
    if (own === undefined) views.set(camera.collector_id, [view]);
    else own.push(view);
  }
  return views;
}

async function countLast24Hours(db: Db, cameraIds: readonly string[], nowMs: number): Promise<Map<string, number[]>> {
  const counts = new Map<string, number[]>();
  if (cameraIds.length === 0) return counts;
  const { rows } = await sql<{ camera_id: string; hours_ago: number; n: number }>`
    select camera_id, least(23, floor(extract(epoch from (${new Date(nowMs)}::timestamptz - captured_at)) / 3600))::int as hours_ago, count(*)::int as n
    from detections
    where camera_id = any(${[...cameraIds]}::uuid[]) and captured_at > ${new Date(nowMs - 24 * HOUR_MS)}::timestamptz
      and captured_at <= ${new Date(nowMs)}::timestamptz and not test
    group by 1, 2`.execute(db);
  for (const row of rows) {
    const hours = counts.get(row.camera_id) ?? Array.from({ length: 24 }, () => 0);
    hours[23 - row.hours_ago] = row.n;
    counts.set(row.camera_id, hours);
  }
  return counts;
}
