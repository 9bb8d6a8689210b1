/**
 * What each edge holds of each list (the horizon below which tombstones go), what a person must decide, and the times of detections that
 * were dated after they had arrived.
 */
export const feedReplicas: readonly string[] = [
  `create table feed_replicas (
    collector_id uuid not null references collectors (id), list_id uuid not null, generation bytea not null, cursor bigint not null,
    checksum bytea not null, heard_at timestamptz not null, healed_at timestamptz, primary key (collector_id, list_id))`,
  "create index feed_replicas_list on feed_replicas (list_id)",
  "alter table watchlists add column feed_horizon bigint not null default 0",
  "alter table watchlists add column feed_durable bigint not null default 0",
  "alter table watchlist_entries add column forgotten_at timestamptz",
  "create index watchlist_entries_deleted on watchlist_entries (list_id) where deleted_at is not null and forgotten_at is null",
  "create index entry_ops_entry on entry_ops (list_id, entry_id, position desc)",
  "alter table entry_conflicts add column resolved_by text",
  "alter table entry_conflicts add column resolution text",
  "create index entry_conflicts_open on entry_conflicts (id) where resolved_at is null",
  `create table entry_reviews (
    id bigint generated always as identity primary key, rid uuid not null unique, list_id uuid not null, entry_id uuid not null,
    op bytea not null, author text not null, why text not null, at timestamptz not null, resolved_at timestamptz, resolved_by text,
    resolution text)`,
  "create index entry_reviews_open on entry_reviews (id) where resolved_at is null",
  `create table detection_times (
    id uuid primary key, merged_at timestamptz not null, corrected_at timestamptz not null, uncertainty_ms bigint not null,
    correction uuid not null)`,
  "alter table time_corrections add column mono_ms bigint",
  // Few rows have no trusted time of their own: these stay small, and a clock-fix finds its boot's, a plate its late dated ones.
  "create index detections_undated on detections (boot, id) where clock_quality < 2",
  "create index detections_undated_id on detections (id) where clock_quality < 2",
  "create index detections_undated_plate on detections (plate, id) where clock_quality < 2",
  "create index detection_times_newest on detection_times (corrected_at desc, id desc)",
];
