/** Sites, collectors, their keys and health, people, audit: the permanent registry. */
export const registry: readonly string[] = [
  "create extension if not exists pg_trgm",
  `create table sites (
    id uuid primary key, name text not null, latitude double precision, longitude double precision,
    time_zone text not null, created_at timestamptz not null)`,
  `create table collectors (
    id uuid primary key, name text not null, site_id uuid not null references sites (id), created_at timestamptz not null,
    retired_at timestamptz, wanted_config_revision bigint)`,
  "create unique index collectors_name on collectors (lower(name))",
  `create table api_keys (
    id uuid primary key, collector_id uuid not null references collectors (id), key_hash bytea not null unique,
    prefix text not null, created_at timestamptz not null, revoked_at timestamptz, last_used_at timestamptz)`,
  "create index api_keys_collector on api_keys (collector_id)",
  `create table collector_keys (
    collector_id uuid not null references collectors (id), device_key bytea not null, api_key_id uuid,
    confirmed boolean not null, first_seen_at timestamptz not null, confirmed_at timestamptz, confirmed_by text,
    primary key (collector_id, device_key))`,
  `create table cameras (
    id uuid primary key, collector_id uuid not null references collectors (id), site_id uuid not null references sites (id),
    name text not null, adapter text not null, mode text not null, latitude double precision, longitude double precision,
    state text not null default 'starting', detail text not null default '', last_message_at timestamptz,
    last_detection_at timestamptz, updated_at timestamptz not null)`,
  "create index cameras_collector on cameras (collector_id)",
  `create table heartbeats (
    collector_id uuid primary key references collectors (id), at timestamptz not null, connected boolean not null,
    waiting_records bigint not null, waiting_bytes bigint not null, waiting_images bigint not null, oldest_waiting_at timestamptz,
    clock_quality smallint, clock_offset_ms bigint, disk_free_bytes bigint, lag_ms bigint, version text, config_revision bigint)`,
  `create table camera_gaps (
    camera_id uuid not null, from_at timestamptz not null, to_at timestamptz, state text not null, primary key (camera_id, from_at))`,
  `create table collector_gaps (
    collector_id uuid not null, from_at timestamptz not null, to_at timestamptz, primary key (collector_id, from_at))`,
  `create table settings (
    name text primary key, value bytea not null, sealed boolean not null, updated_at timestamptz not null)`,
  `create table central_life (
    incarnation bytea primary key, system_identifier text not null, timeline text not null, why text not null,
    started_at timestamptz not null)`,
  "create table cursors (name text primary key, position bigint not null)",
  `create table notices (
    id bigint generated always as identity primary key, code text not null, subject text not null, level text not null,
    words text not null, collector_id uuid, raised_at timestamptz not null, cleared_at timestamptz)`,
  "create unique index notices_open on notices (code, subject) where cleared_at is null",
];

export const people: readonly string[] = [
  `create table users (
    id uuid primary key, email text not null unique check (email = lower(email)), name text not null,
    role text not null check (role in ('admin', 'operator', 'viewer')), password_hash text not null,
    disabled boolean not null default false, created_at timestamptz not null, last_sign_in_at timestamptz)`,
  `create table user_sites (
    user_id uuid not null references users (id), site_id uuid not null references sites (id), primary key (user_id, site_id))`,
  `create table sessions (
    sid uuid primary key, user_id uuid not null references users (id), created_at timestamptz not null,
    expires_at timestamptz not null, ended_at timestamptz, address text not null)`,
  "create index sessions_user on sessions (user_id)",
  "create table sign_in_failures (email text not null, address text not null, at timestamptz not null)",
  "create index sign_in_failures_who on sign_in_failures (email, address, at)",
  "create table setup_tokens (token_hash bytea primary key, expires_at timestamptz not null, used_at timestamptz)",
  `create table audit_log (
    seq bigint generated always as identity primary key, at timestamptz not null, user_id uuid, user_name text not null,
    action text not null, subject text, plate text, reason text, case_number text, outcome text not null, address text,
    request_id text, details jsonb not null)`,
  "create index audit_log_at on audit_log (at desc, seq desc)",
];
