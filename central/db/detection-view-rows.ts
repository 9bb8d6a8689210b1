import { type RawBuilder, sql } from "kysely";
import type { DetectionView, ImageState, ImageView } from "../../shared/api/views.ts";
import { parseClockQuality, TRUSTED_QUALITY } from "../../shared/clock/clock.ts";
import { wallUncertaintyMs } from "../../shared/clock/clock-quality.ts";
import type { ImageRole } from "../../shared/model/detection.ts";
import { type BootId, bytesToHex } from "../../shared/model/ids.ts";
import type { DetectionsTable } from "./detection-tables.ts";
import type { Db, Tx } from "./open-db.ts";
import { correctedTime, correctionsOfBoots, type OwnedCorrection } from "./time-corrections.ts";
import { unconfirmedAmong } from "./unconfirmed-rows.ts";

/** A detection that reached central later than this after the car passed. */
const LATE_AFTER_MS = 15 * 60_000;

export interface DetectionKey {
  readonly id: string;
  /** Names the partition: without it every one would be probed. */
  readonly capturedMs: number;
}

/** Detections as both pages show them, in the order of `keys`; those that are not there are left out. 6 queries at most, whatever the number. */
export async function detectionViews(db: Db | Tx, keys: readonly DetectionKey[]): Promise<DetectionView[]> {
  if (keys.length === 0) return [];
  const ids = keys.map((key) => key.id);
  const times = keys.map((key) => key.capturedMs);
  const found = await readRows(
    db,
    sql`d.id = any(${ids}::uuid[]) and d.captured_at between ${new Date(Math.min(...times))}::timestamptz and ${new Date(Math.max(...times))}::timestamptz`,
  );
  return inOrder(ids, await toViews(db, found));
}

/** As above by id alone, for the few places that have nothing else (a link, an arrival): probes every partition's primary key. */
export async function detectionViewsById(db: Db | Tx, ids: readonly string[]): Promise<DetectionView[]> {
  if (ids.length === 0) return [];
  return inOrder(ids, await toViews(db, await readRows(db, sql`d.id = any(${[...ids]}::uuid[])`)));
}

/** Columns that no page shows. */
type Unshown = "folded" | "character_confidence" | "camera_time_ms" | "camera_offset_minutes" | "historical" | "wall_ms";
interface Row extends Omit<DetectionsTable, Unshown> {
  camera: string | null;
  site: string | null;
  time_zone: string | null;
}

async function readRows(db: Db | Tx, where: RawBuilder<unknown>): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select d.id, d.pass, d.plate, d.plate_read, d.confidence, d.confidence_scale, d.region, d.direction, d.lane, d.vehicle_type, d.colour,
      d.make, d.model, d.speed_kmh, d.box_x, d.box_y, d.box_width, d.box_height, d.captured_at, d.received_at, d.mono_ms, d.boot,
      d.clock_quality, d.collector_id, d.camera_id, c.name as camera, d.site_id, s.name as site, s.time_zone, d.test
    from detections d left join cameras c on c.id = d.camera_id left join sites s on s.id = d.site_id where ${where}`.execute(db);
  return rows;
}

async function toViews(db: Db | Tx, rows: readonly Row[]): Promise<DetectionView[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const images = await readImages(db, ids);
  const revisions = await readRevisions(db, ids);
  const corrections = await readCorrections(db, rows);
  const unconfirmed = await unconfirmedAmong(db, rows);
  return rows.map((row) => ({
    ...viewOf(row, shownTime(row, corrections), images.get(row.id) ?? [], revisions.get(row.id) ?? []),
    ...(unconfirmed.has(row.id) ? { unconfirmed_key: true } : {}),
  }));
}

function viewOf(row: Row, time: ReturnType<typeof shownTime>, images: ImageView[], revisions: DetectionView["revisions"]): DetectionView {
  return {
    id: row.id,
    pass: row.pass,
    plate: row.plate,
    plate_read: row.plate_read,
    confidence: row.confidence,
    confidence_scale: row.confidence_scale,
    region: row.region,
    direction: row.direction,
    lane: row.lane,
    vehicle:
      row.vehicle_type === null && row.colour === null && row.make === null && row.model === null
        ? null
        : { type: row.vehicle_type, colour: row.colour, make: row.make, model: row.model },
    speed_kmh: row.speed_kmh,
    box: row.box_x === null ? null : { x: row.box_x, y: row.box_y ?? 0, width: row.box_width ?? 0, height: row.box_height ?? 0 },
    captured_at: new Date(time.atMs).toISOString(),
    uncertainty_ms: time.uncertaintyMs,
    received_at: row.received_at.toISOString(),
    collector_id: row.collector_id,
    camera_id: row.camera_id,
    camera: row.camera ?? "",
    site_id: row.site_id,
    site: row.site ?? "",
    time_zone: row.time_zone ?? "UTC",
    test: row.test,
    late: row.received_at.getTime() - time.atMs > LATE_AFTER_MS,
    images,
    revisions,
  };
}

/** A clock-fix of that boot corrects the time shown; the row, which is evidence, stays as it was merged. */
function shownTime(row: Row, corrections: readonly OwnedCorrection[]): { atMs: number; uncertaintyMs: number | null } {
  const quality = parseClockQuality(row.clock_quality) ?? 0;
  const moment = { boot: bytesToHex(row.boot) as BootId, monoMs: Number(row.mono_ms) };
  const corrected =
    quality >= TRUSTED_QUALITY
      ? null
      : correctedTime(
          moment,
          corrections.filter((one) => one.collectorId === row.collector_id),
        );
  if (corrected === null) return { atMs: row.captured_at.getTime(), uncertaintyMs: wallUncertaintyMs(quality) };
  return { atMs: corrected.utcMs, uncertaintyMs: corrected.uncertaintyMs };
}

/** The clock-fixes of the boots that had no trusted time. */
function readCorrections(db: Db | Tx, rows: readonly Row[]): Promise<OwnedCorrection[]> {
  const boots = rows.filter((row) => row.clock_quality < TRUSTED_QUALITY).map((row) => [bytesToHex(row.boot), row.boot] as const);
  return correctionsOfBoots(db, [...new Map(boots).values()]);
}

async function readImages(db: Db | Tx, ids: readonly string[]): Promise<Map<string, ImageView[]>> {
  const { rows } = await sql<{ rid: string; role: ImageRole; sha256: Uint8Array; bytes: number; stored: boolean; event: string | null }>`
    select i.rid, i.role, i.sha256, i.bytes, o.sha256 is not null as stored,
      (select e.event from image_events e where e.sha256 = i.sha256 order by e.id desc limit 1) as event
    from detection_images i left join image_objects o on o.sha256 = i.sha256
    where i.rid = any(${[...ids]}::uuid[]) order by i.rid, i.role`.execute(db);
  const images = new Map<string, ImageView[]>();
  for (const row of rows) {
    const view = { role: row.role, sha256: bytesToHex(row.sha256), bytes: row.bytes, state: imageState(row.event, row.stored) };
    const own = images.get(row.rid);
    if (own === undefined) images.set(row.rid, [view]);
    else own.push(view);
  }
  return images;
}

/** Where a picture is, from what happened to it last. */
export function imageState(lastEvent: string | null, stored: boolean): ImageState {
  if (lastEvent === "expired" || lastEvent === "dropped" || lastEvent === "mismatch") return lastEvent;
  if (stored) return "stored";
  return lastEvent === "offered" ? "on-its-way" : "on-edge";
}

async function readRevisions(db: Db | Tx, ids: readonly string[]): Promise<Map<string, DetectionView["revisions"]>> {
  const rows = await db
    .selectFrom("detection_revisions")
    .select(["revises", "plate", "plate_read", "captured_at"])
    .where("revises", "in", [...ids])
    .orderBy("captured_at")
    .orderBy("id")
    .execute();
  const revisions = new Map<string, DetectionView["revisions"]>();
  for (const row of rows) {
    const view = { plate: row.plate, plate_read: row.plate_read, at: row.captured_at.toISOString() };
    const own = revisions.get(row.revises);
    if (own === undefined) revisions.set(row.revises, [view]);
    else own.push(view);
  }
  return revisions;
}

function inOrder(ids: readonly string[], views: readonly DetectionView[]): DetectionView[] {
  const byId = new Map(views.map((view) => [view.id, view]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}
