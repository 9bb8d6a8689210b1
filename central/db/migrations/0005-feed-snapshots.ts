/** Snapshots of lists by their digest: kept in the database, so that any central process can serve what another one offered. */
export const feedSnapshots: readonly string[] = [
  `create table feed_snapshots (
    sha256 bytea primary key, list_id uuid not null, generation bytea not null, at_position bigint not null, bytes bytea not null,
    made_at timestamptz not null)`,
  "create index feed_snapshots_list on feed_snapshots (list_id, at_position desc)",
];
