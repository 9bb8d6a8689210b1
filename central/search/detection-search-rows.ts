import { type RawBuilder, sql } from "kysely";
import type { DetectionKey } from "../db/detection-view-rows.ts";
import type { Tx } from "../db/open-db.ts";
import { seesSite } from "../db/site-filter.ts";

export interface DetectionFilter {
  /** Sites the asker may see; empty: all. */
  readonly sees: readonly string[];
  readonly fromMs: number | null;
  /** Exclusive. */
  readonly toMs: number | null;
  readonly camera: string | null;
  readonly site: string | null;
  readonly colour: string | null;
  readonly vehicleType: string | null;
  readonly test: "include" | "leave-out";
}

/** Where the page before ended. `distance` counts only where results are ranked by it. */
export interface Keyset {
  readonly distance: number;
  readonly capturedMs: number;
  readonly id: string;
}

export interface FoundDetection extends DetectionKey {
  readonly plate: string | null;
  readonly distance: number;
  /** When the car passed as far as it is known today; `capturedMs` is what the row was merged with and names its partition. */
  readonly shownMs: number;
}

interface Row {
  id: string;
  captured_at: Date;
  at: Date;
  plate: string | null;
  distance: number;
}

/** Of detections that were dated after their merge (`detection_times`), by that time; all others by their own. */
const NOT_DATED_LATER = sql`not exists (select from detection_times x where x.id = d.id)`;
const MERGED = sql`d.captured_at`;
const DATED_LATER = sql`t.corrected_at`;
const KNOWN_TODAY = sql`coalesce(t.corrected_at, d.captured_at)`;

/**
 * Newest detections by attributes: one walk down an index in time order, however long the history, and one down the few that were
 * dated later.
 */
export async function newestDetections(tx: Tx, filter: DetectionFilter, after: Keyset | null, limit: number): Promise<FoundDetection[]> {
  const { rows } = await sql<Row>`
    select id, captured_at, at, plate, 0::float8 as distance from (
      (select d.id, d.captured_at, d.captured_at as at, d.plate from detections d
        where ${conditions(filter, MERGED)} and ${beyond(after, MERGED)} and ${NOT_DATED_LATER}
        order by d.captured_at desc, d.id desc limit ${limit})
      union all
      (select d.id, d.captured_at, t.corrected_at as at, d.plate
        from detection_times t join detections d on d.id = t.id and d.captured_at = t.merged_at
        where ${conditions(filter, DATED_LATER)} and ${beyond(after, DATED_LATER)}
        order by t.corrected_at desc, t.id desc limit ${limit})) as both_ways
    order by at desc, id desc limit ${limit}`.execute(tx);
  return rows.map(toFound);
}

/**
 * Newest detections of these plates: for each plate only the months in which it was seen are probed, by (plate, captured_at desc).
 * Includes detections whose plate one of these became by a later reading. `ranked`: nearest plates first, else newest first.
 */
export async function detectionsOfPlates(
  tx: Tx,
  plates: readonly { readonly plate: string; readonly distance: number }[],
  order: "newest" | "ranked",
  filter: DetectionFilter,
  after: Keyset | null,
  limit: number,
): Promise<FoundDetection[]> {
  if (plates.length === 0) return [];
  const monthStart = sql`(pm.month::timestamp at time zone 'UTC')`;
  const monthEnd = sql`((pm.month + interval '1 month')::timestamp at time zone 'UTC')`;
  const ordering = order === "ranked" ? sql`distance, at desc, id desc` : sql`at desc, id desc`;
  const rest = (time: Expression) => (order === "ranked" ? beyondRanked(after, time) : beyond(after, time));
  const { rows } = await sql<Row>`
    with asked as (
      select * from unnest(${plates.map((each) => each.plate)}::text[], ${plates.map((each) => each.distance)}::float8[]) as a(plate, distance)),
    read as (
      select f.id, f.captured_at, f.captured_at as at, f.plate, a.distance from asked a
      join plate_months pm on pm.plate = a.plate and ${months(filter)}
      cross join lateral (
        select d.id, d.captured_at, d.plate from detections d
        where d.plate = a.plate and d.captured_at >= ${monthStart} and d.captured_at < ${monthEnd} and ${conditions(filter, MERGED)}
          and ${rest(MERGED)} and ${NOT_DATED_LATER}
        order by d.captured_at desc, d.id desc limit ${limit}) f),
    dated_later as (
      select d.id, d.captured_at, t.corrected_at as at, d.plate, a.distance from asked a
      join detections d on d.plate = a.plate and d.clock_quality < 2
      join detection_times t on t.id = d.id and t.merged_at = d.captured_at
      where exists (select from detection_times) and ${conditions(filter, DATED_LATER)} and ${rest(DATED_LATER)}
      order by t.corrected_at desc, d.id desc limit ${limit}),
    corrected as (
      select d.id, d.captured_at, coalesce(t.corrected_at, d.captured_at) as at, d.plate, a.distance from asked a
      join detection_revisions r on r.plate = a.plate
      join detections d on d.id = r.revises and d.captured_at between r.captured_at - interval '1 hour' and r.captured_at + interval '1 hour'
      left join detection_times t on t.id = d.id
      where d.plate is distinct from a.plate and ${conditions(filter, KNOWN_TODAY)} and ${rest(KNOWN_TODAY)}
      order by at desc, d.id desc limit ${limit}),
    found as (
      select distinct on (id) id, captured_at, at, plate, distance
      from (select * from read union all select * from dated_later union all select * from corrected) as every_way
      order by id, distance)
    select id, captured_at, at, plate, distance from found order by ${ordering} limit ${limit}`.execute(tx);
  return rows.map(toFound);
}

type Expression = RawBuilder<unknown>;

function conditions(filter: DetectionFilter, time: Expression): RawBuilder<boolean> {
  const parts: RawBuilder<unknown>[] = [seesSite("d.site_id", filter.sees)];
  if (filter.test === "leave-out") parts.push(sql`not d.test`);
  if (filter.fromMs !== null) parts.push(sql`${time} >= ${new Date(filter.fromMs)}::timestamptz`);
  if (filter.toMs !== null) parts.push(sql`${time} < ${new Date(filter.toMs)}::timestamptz`);
  if (filter.camera !== null) parts.push(sql`d.camera_id = ${filter.camera}::uuid`);
  if (filter.site !== null) parts.push(sql`d.site_id = ${filter.site}::uuid`);
  if (filter.colour !== null) parts.push(sql`lower(d.colour) = ${filter.colour.toLowerCase()}`);
  if (filter.vehicleType !== null) parts.push(sql`lower(d.vehicle_type) = ${filter.vehicleType.toLowerCase()}`);
  return sql<boolean>`${sql.join(parts, sql` and `)}`;
}

function months(filter: DetectionFilter): RawBuilder<boolean> {
  const first = filter.fromMs === null ? sql`true` : sql`pm.month >= ${monthText(filter.fromMs)}::date`;
  const last = filter.toMs === null ? sql`true` : sql`pm.month <= ${monthText(filter.toMs)}::date`;
  return sql<boolean>`${first} and ${last}`;
}

function monthText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 7)}-01`;
}

function beyond(after: Keyset | null, time: Expression): RawBuilder<boolean> {
  return after === null
    ? sql<boolean>`true`
    : sql<boolean>`(${time}, d.id) < (${new Date(after.capturedMs)}::timestamptz, ${after.id}::uuid)`;
}

function beyondRanked(after: Keyset | null, time: Expression): RawBuilder<boolean> {
  if (after === null) return sql<boolean>`true`;
  return sql<boolean>`(a.distance > ${after.distance}::float8 or (a.distance = ${after.distance}::float8 and ${beyond(after, time)}))`;
}

function toFound(row: Row): FoundDetection {
  return { id: row.id, capturedMs: row.captured_at.getTime(), shownMs: row.at.getTime(), plate: row.plate, distance: row.distance };
}
