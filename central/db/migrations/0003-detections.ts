/**
 * Detections by month, their readings, proofs and pictures, and the dictionary of plates that every look-up starts from.
 * A partition is made apart and then attached: CREATE ... PARTITION OF would lock out every reader of the parent meanwhile.
 */
const reading = `camera_id uuid not null, plate text, plate_read text, folded text, confidence double precision, confidence_scale smallint,
    character_confidence smallint[], region text, direction text not null, lane smallint, vehicle_type text, colour text, make text,
    model text, speed_kmh real, box_x smallint, box_y smallint, box_width smallint, box_height smallint, camera_time_ms bigint,
    camera_offset_minutes smallint, test boolean not null, historical boolean not null`;

export const detections: readonly string[] = [
  `create table detections (
    id uuid not null, pass uuid not null, collector_id uuid not null, site_id uuid not null, ${reading},
    captured_at timestamptz not null, received_at timestamptz not null, wall_ms bigint not null, mono_ms bigint not null,
    boot bytea not null, clock_quality smallint not null, primary key (id, captured_at)
  ) partition by range (captured_at)`,
  "create index detections_plate on detections (plate, captured_at desc, id desc)",
  "create index detections_camera on detections (camera_id, captured_at desc, id desc)",
  "create index detections_site on detections (site_id, captured_at desc, id desc)",
  "create index detections_newest on detections (captured_at desc, id desc)",
  "create index detections_pass on detections (pass)",
  `create function ensure_detections_partition(month date) returns boolean language plpgsql as $$
  declare
    first date := date_trunc('month', month)::date;
    name text := 'detections_' || to_char(first, 'YYYY_MM');
  begin
    if to_regclass(name) is not null then return false; end if;
    perform pg_advisory_xact_lock(hashtext('chaverim:detections:partition'));
    if to_regclass(name) is not null then return false; end if;
    execute format('create table %I (like detections including defaults)', name);
    execute format('alter table detections attach partition %I for values from (%L) to (%L)', name,
      to_char(first, 'YYYY-MM-DD') || ' 00:00:00+00', to_char(first + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
    return true;
  end $$`,
  `create table detection_revisions (
    id uuid primary key, revises uuid not null, collector_id uuid not null, ${reading},
    captured_at timestamptz not null, received_at timestamptz not null, wall_ms bigint not null, mono_ms bigint not null,
    boot bytea not null, clock_quality smallint not null)`,
  "create index detection_revisions_of on detection_revisions (revises)",
  "create index detection_revisions_plate on detection_revisions (plate, captured_at desc)",
  "create table detection_proofs (rid uuid not null, log_id bytea, seq bigint, via text not null)",
  "create unique index detection_proofs_once on detection_proofs (rid, log_id, seq, via) nulls not distinct",
  `create table detection_images (
    rid uuid not null, role text not null, sha256 bytea not null, bytes integer not null, primary key (rid, role, sha256))`,
  "create index detection_images_digest on detection_images (sha256)",
  `create table image_objects (
    sha256 bytea primary key, bytes integer not null, object_key text not null, stored_at timestamptz not null)`,
  `create table image_events (
    id bigint generated always as identity primary key, sha256 bytea not null, event text not null, at timestamptz not null,
    detail text)`,
  "create index image_events_digest on image_events (sha256, id)",
  "create table plates (plate text primary key, folded text not null)",
  "create index plates_folded on plates (folded)",
  // The pending list is flushed by whichever merge happens to fill it: at its default of 4 MB that one would take hundreds of ms.
  "create index plates_trigram on plates using gin (plate gin_trgm_ops) with (gin_pending_list_limit = 256)",
  "create table plate_months (plate text not null, month date not null, primary key (plate, month))",
];
