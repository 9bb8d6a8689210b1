import { sql } from "kysely";
import type { PlateRoute, PlateSummary } from "../../shared/api/central-api.ts";
import type { Tx } from "../db/open-db.ts";
import { seesSite } from "../db/site-filter.ts";

/** Newest detections of one plate that its summary is made of: two years of passing ten times a day. */
export const HISTORY_MAX = 10_000;
const DAYS_MAX = 90;

/** One statement makes the shared set, so that every figure of the page is of the same moment. */
const history = (plate: string, sees: readonly string[]) => sql`
  select d.id, d.at as captured_at, d.site_id, d.camera_id, d.pass, d.direction, (d.at at time zone s.time_zone) as local_at
  from plate_months pm
  cross join lateral (
    select d.*, coalesce(t.corrected_at, d.captured_at) as at from detections d left join detection_times t on t.id = d.id
    where d.plate = pm.plate and d.captured_at >= (pm.month::timestamp at time zone 'UTC')
      and d.captured_at < ((pm.month + interval '1 month')::timestamp at time zone 'UTC') and not d.test and ${seesSite("d.site_id", sees)}
    order by d.captured_at desc, d.id desc limit ${HISTORY_MAX}) d
  join sites s on s.id = d.site_id
  where pm.plate = ${plate} order by d.at desc, d.id desc limit ${HISTORY_MAX}`;

export async function plateFigures(
  tx: Tx,
  plate: string,
  sees: readonly string[],
): Promise<Pick<PlateSummary, "detections" | "first_seen" | "last_seen" | "days" | "week">> {
  const { rows } = await sql<{ n: number; first: Date | null; last: Date | null }>`
    with h as (${history(plate, sees)}) select count(*)::int as n, min(captured_at) as first, max(captured_at) as last from h`.execute(tx);
  const { rows: days } = await sql<{ day: string; n: number }>`
    with h as (${history(plate, sees)})
    select to_char(local_at, 'YYYY-MM-DD') as day, count(*)::int as n from h group by 1 order by 1 desc limit ${DAYS_MAX}`.execute(tx);
  const { rows: hours } = await sql<{ weekday: number; hour: number; n: number }>`
    with h as (${history(plate, sees)})
    select extract(isodow from local_at)::int as weekday, extract(hour from local_at)::int as hour, count(*)::int as n from h group by 1, 2`.execute(
    tx,
  );
  const week = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0));
  for (const { weekday, hour, n } of hours) week[weekday - 1]![hour] = n;
  return {
    detections: rows[0]?.n ?? 0,
    first_seen: rows[0]?.first?.toISOString() ?? null,
    last_seen: rows[0]?.last?.toISOString() ?? null,
    days: days.map((row): [string, number] => [row.day, row.n]).reverse(),
    week,
  };
}

export async function plateSites(tx: Tx, plate: string, sees: readonly string[]): Promise<PlateSummary["sites"]> {
  const { rows } = await sql<PlateSummary["sites"][number]>`
    with h as (${history(plate, sees)})
    select s.id as site_id, s.name as site, s.latitude, s.longitude, count(*)::int as detections
    from h join sites s on s.id = h.site_id group by s.id order by detections desc, s.id`.execute(tx);
  return rows;
}

/** Detections of each of these plates, newest months first, counted up to a bound. */
export async function countPlates(
  tx: Tx,
  plates: readonly string[],
  sees: readonly string[],
): Promise<{ plate: string; detections: number }[]> {
  const { rows } = await sql<{ plate: string; detections: number }>`
    select pm.plate, sum(n.n)::int as detections from plate_months pm
    cross join lateral (
      select count(*) as n from detections d
      where d.plate = pm.plate and d.captured_at >= (pm.month::timestamp at time zone 'UTC')
        and d.captured_at < ((pm.month + interval '1 month')::timestamp at time zone 'UTC') and not d.test and ${seesSite("d.site_id", sees)}) n
    where pm.plate = any(${[...plates]}::text[]) group by pm.plate having sum(n.n) > 0 order by detections desc, pm.plate`.execute(tx);
  return rows;
}

/** One stop per pass, oldest first: the newest `limit` of them within the range. */
export async function plateStops(
  tx: Tx,
  plate: string,
  sees: readonly string[],
  range: { fromMs: number; toMs: number },
  limit: number,
): Promise<PlateRoute["stops"]> {
  const { rows } = await sql<{
    id: string;
    captured_at: Date;
    site: string;
    camera: string | null;
    latitude: number | null;
    longitude: number | null;
    direction: string;
  }>`
    with h as (${history(plate, sees)}), passes as (select distinct on (pass) * from h
      where captured_at >= ${new Date(range.fromMs)}::timestamptz and captured_at < ${new Date(range.toMs)}::timestamptz order by pass, captured_at)
    select p.id, p.captured_at, s.name as site, c.name as camera, coalesce(c.latitude, s.latitude) as latitude,
      coalesce(c.longitude, s.longitude) as longitude, p.direction
    from passes p join sites s on s.id = p.site_id left join cameras c on c.id = p.camera_id
    order by p.captured_at desc, p.id desc limit ${limit}`.execute(tx);
  return rows.reverse().map(({ id, captured_at, ...stop }) => ({
    detection_id: id,
    captured_at: captured_at.toISOString(),
    ...stop,
    camera: stop.camera ?? "",
  }));
}

export interface Companion {
  readonly plate: string;
  /** Passes within the window of one of the plate's, at the same site. */
  readonly together: number;
  readonly sites: number;
  readonly last_seen: string;
}

/** Plates that passed the same site within `windowMs` of the plate's newest passes, at least twice. */
export async function plateCompanions(
  tx: Tx,
  plate: string,
  sees: readonly string[],
  windowMs: number,
  limit: number,
): Promise<Companion[]> {
  const around = sql`make_interval(secs => ${windowMs / 1000}::float8)`;
  const { rows } = await sql<{ plate: string; together: number; sites: number; last: Date }>`
    with h as (${history(plate, sees)}), own as (select distinct on (pass) pass, site_id, captured_at from h order by pass, captured_at),
      newest as (select * from own order by captured_at desc limit 200)
    select d.plate, count(distinct o.pass)::int as together, count(distinct o.site_id)::int as sites, max(d.captured_at) as last
    from newest o cross join lateral (
      select d.plate, d.captured_at from detections d where d.site_id = o.site_id and d.captured_at between o.captured_at - ${around} and o.captured_at + ${around}
        and d.plate is not null and d.plate <> ${plate} and not d.test order by d.captured_at desc, d.id desc limit 200) d
    group by d.plate having count(distinct o.pass) >= 2 order by together desc, sites desc, d.plate limit ${limit}`.execute(tx);
  return rows.map(({ last, ...row }) => ({ ...row, last_seen: last.toISOString() }));
}
