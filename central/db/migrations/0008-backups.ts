/** Copies of this database that were brought up and compared, and how far each log reaches inside them. */
export const backups: readonly string[] = [
  `create table backups (
    id uuid primary key, kind text not null, label text not null, made_at timestamptz not null, verified_at timestamptz not null,
    incarnation bytea, counts jsonb not null, tree_size bigint, tree_root bytea, proof text not null)`,
  "create index backups_made on backups (made_at desc, id desc)",
  `create table backup_cursors (
    backup_id uuid not null references backups (id), log_id bytea not null, next bigint not null, head bytea not null,
    primary key (backup_id, log_id))`,
];
