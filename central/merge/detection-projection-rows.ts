import { sql } from "kysely";
import { hexToBytes } from "../../shared/model/ids.ts";
import {
  boolArray,
  byteaArray,
  dateArray,
  float4Array,
  float8Array,
  int2Array,
  int4Array,
  int8Array,
  textArray,
  timestamptzArray,
  uuidArray,
} from "../db/binary-arrays.ts";
import type { ReadingColumns } from "../db/detection-tables.ts";
import type { Tx } from "../db/open-db.ts";
import type { PlateMonth } from "./known-plates.ts";
import type { DetectionRow, ImageRow, RevisionRow } from "./project-records.ts";

/** Detections, their pictures and the dictionary of plates, in one statement. `plates`: only those that may be missing, in order. */
export async function insertDetections(
  tx: Tx,
  rows: readonly DetectionRow[],
  images: readonly ImageRow[],
  plates: readonly PlateMonth[],
): Promise<void> {
  await sql`/* prepared insert-detections */
    with pictures as (
      insert into detection_images (rid, role, sha256, bytes)
      select * from unnest(${uuidArray(images.map((one) => one.rid))}::uuid[], ${textArray(images.map((one) => one.role))}::text[],
        ${byteaArray(images.map((one) => hexToBytes(one.sha256)))}::bytea[], ${int4Array(images.map((one) => one.bytes))}::int4[])
      on conflict do nothing),
    words as (
      insert into plates (plate, folded)
      select distinct on (plate) plate, folded from unnest(${textArray(plates.map((one) => one.plate))}::text[],
        ${textArray(plates.map((one) => one.folded))}::text[]) as w(plate, folded) order by plate
      on conflict do nothing),
    months as (
      insert into plate_months (plate, month)
      select plate, month from unnest(${textArray(plates.map((one) => one.plate))}::text[],
        ${dateArray(plates.map((one) => one.month))}::date[]) as m(plate, month) order by plate, month
      on conflict do nothing)
    insert into detections (id, captured_at, received_at, wall_ms, mono_ms, boot, clock_quality, collector_id, pass, site_id, ${READING})
    select id, captured_at, received_at, wall_ms, mono_ms, boot, clock_quality, collector_id, pass, site_id, ${READING_VALUES}
    from unnest(${commonArrays(rows)}, ${uuidArray(rows.map((one) => one.pass))}::uuid[], ${uuidArray(rows.map((one) => one.site_id))}::uuid[],
      ${readingArrays(rows)}) as d(id, captured_at, received_at, wall_ms, mono_ms, boot, clock_quality, collector_id, pass, site_id, ${READING})`.execute(
    tx,
  );
}

/** Later readings of vehicles. */
export async function insertRevisions(tx: Tx, rows: readonly RevisionRow[]): Promise<void> {
  await sql`/* prepared insert-revisions */
    insert into detection_revisions (id, captured_at, received_at, wall_ms, mono_ms, boot, clock_quality, collector_id, revises, ${READING})
    select id, captured_at, received_at, wall_ms, mono_ms, boot, clock_quality, collector_id, revises, ${READING_VALUES}
    from unnest(${commonArrays(rows)}, ${uuidArray(rows.map((one) => one.revises))}::uuid[], ${readingArrays(rows)})
      as d(id, captured_at, received_at, wall_ms, mono_ms, boot, clock_quality, collector_id, revises, ${READING})`.execute(tx);
}

const COLUMNS = [
  "camera_id",
  "plate",
  "plate_read",
  "folded",
  "confidence",
  "confidence_scale",
  "character_confidence",
  "region",
  "direction",
  "lane",
  "vehicle_type",
  "colour",
  "make",
  "model",
  "speed_kmh",
  "box_x",
  "box_y",
  "box_width",
  "box_height",
  "camera_time_ms",
  "camera_offset_minutes",
  "test",
  "historical",
] as const satisfies readonly (keyof ReadingColumns)[];
const READING = sql.raw(COLUMNS.join(", "));
/** An array of arrays would be flattened by unnest, so it travels as its text form. */
const READING_VALUES = sql.raw(
  COLUMNS.map((name) => (name === "character_confidence" ? "character_confidence::smallint[]" : name)).join(", "),
);

type Timed = Pick<DetectionRow, "id" | "captured_at" | "received_at" | "wall_ms" | "mono_ms" | "boot" | "clock_quality" | "collector_id">;

function commonArrays(rows: readonly Timed[]) {
  return sql`${uuidArray(rows.map((one) => one.id))}::uuid[], ${timestamptzArray(rows.map((one) => one.captured_at))}::timestamptz[],
    ${timestamptzArray(rows.map((one) => one.received_at))}::timestamptz[], ${int8Array(rows.map((one) => one.wall_ms))}::int8[],
    ${int8Array(rows.map((one) => one.mono_ms))}::int8[], ${byteaArray(rows.map((one) => one.boot))}::bytea[],
    ${int2Array(rows.map((one) => one.clock_quality))}::int2[], ${uuidArray(rows.map((one) => one.collector_id))}::uuid[]`;
}

function readingArrays(rows: readonly ReadingColumns[]) {
  const texts = (name: keyof ReadingColumns) => textArray(rows.map((one) => one[name] as string | null));
  const smalls = (name: keyof ReadingColumns) => int2Array(rows.map((one) => one[name] as number | null));
  const characters = rows.map((one) => (one.character_confidence === null ? null : `{${one.character_confidence.join(",")}}`));
  return sql`${uuidArray(rows.map((one) => one.camera_id))}::uuid[], ${texts("plate")}::text[], ${texts("plate_read")}::text[],
    ${texts("folded")}::text[], ${float8Array(rows.map((one) => one.confidence))}::float8[], ${smalls("confidence_scale")}::int2[],
    ${textArray(characters)}::text[], ${texts("region")}::text[], ${texts("direction")}::text[], ${smalls("lane")}::int2[],
    ${texts("vehicle_type")}::text[], ${texts("colour")}::text[], ${texts("make")}::text[], ${texts("model")}::text[],
    ${float4Array(rows.map((one) => one.speed_kmh))}::float4[], ${smalls("box_x")}::int2[], ${smalls("box_y")}::int2[],
    ${smalls("box_width")}::int2[], ${smalls("box_height")}::int2[], ${int8Array(rows.map((one) => one.camera_time_ms))}::int8[],
    ${smalls("camera_offset_minutes")}::int2[], ${boolArray(rows.map((one) => one.test))}::bool[],
    ${boolArray(rows.map((one) => one.historical))}::bool[]`;
}
