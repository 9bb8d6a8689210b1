/** The received chains as exact bytes, their order of arrival, and what could not be taken. */
export const logs: readonly string[] = [
  `create table collector_logs (
    log_id bytea primary key, collector_id uuid not null references collectors (id), class text, next bigint not null default 0,
    head bytea not null, durable bigint not null default 0, status text not null default 'new', session bytea, device_key bytea,
    created_at timestamptz not null, updated_at timestamptz not null)`,
  "create index collector_logs_collector on collector_logs (collector_id)",
  `create table log_records (
    log_id bytea not null, seq bigint not null, kind smallint not null, version smallint not null, rid uuid not null,
    header bytea not null, payload bytea, payload_digest bytea not null, hash bytea not null, primary key (log_id, seq))`,
  "create index log_records_rid on log_records (rid)",
  `create table log_checkpoints (
    log_id bytea not null, next bigint not null, bytes bytea not null, signature bytea not null, received_at timestamptz not null,
    primary key (log_id, next))`,
  `create table log_forks (
    id bigint generated always as identity primary key, log_id bytea not null, next bigint not null, checkpoint bytea not null,
    signature bytea not null, received_at timestamptz not null)`,
  "create unique index log_forks_once on log_forks (log_id, next, signature)",
  "create table arrivals (arrival bigint primary key, rid uuid not null, kind smallint not null)",
  `create table arrivals_pending (
    pending bigint generated always as identity primary key, rid uuid, kind smallint not null, log_id bytea, next bigint,
    xact_id bigint not null default (pg_current_xact_id()::text::bigint))`,
  "create table tree_nodes (level smallint not null, position bigint not null, hash bytea not null, primary key (level, position))",
  `create table tree_heads (
    size bigint not null, root bytea not null, incarnation bytea not null, signature bytea not null, signed_at timestamptz not null,
    primary key (incarnation, size))`,
  "create table record_ids (rid uuid primary key, content_digest bytea not null, erased boolean not null default false)",
  `create table projection_errors (
    log_id bytea not null, seq bigint not null, rid uuid not null, kind smallint not null, version smallint not null, why text not null,
    at timestamptz not null, resolved_at timestamptz, primary key (log_id, seq))`,
  `create table quarantine (
    id bigint generated always as identity primary key, collector_id uuid not null, log_id bytea, at timestamptz not null,
    why text not null, bytes bytea not null)`,
  "create index quarantine_collector on quarantine (collector_id, id)",
  `create table time_corrections (
    rid uuid primary key, collector_id uuid not null, device_key bytea not null, boot bytea not null,
    utc_minus_mono_ms bigint not null, uncertainty_ms bigint not null, source text not null, received_at timestamptz not null)`,
  "create index time_corrections_boot on time_corrections (boot)",
];
