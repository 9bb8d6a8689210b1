/** Watchlists (feed and fold) and alerts (findings, ops and the item that people work). */
export const watchlists: readonly string[] = [
  `create table watchlists (
    id uuid primary key, name text not null, owner text not null, kind text not null, differences_max smallint not null default 1,
    critical boolean not null default false, keep_wins boolean not null default false, created_at timestamptz not null,
    deleted_at timestamptz, feed_next bigint not null default 0, feed_hash bytea, feed_checksum bytea)`,
  `create table watchlist_sites (
    list_id uuid not null references watchlists (id), site_id uuid not null references sites (id), primary key (list_id, site_id))`,
  "create index watchlist_sites_site on watchlist_sites (site_id)",
  `create table watchlist_entries (
    list_id uuid not null, entry_id uuid not null, causal_length bigint not null, pattern text not null, reason text not null,
    expires_at timestamptz not null, vehicle text not null, added_by text not null, added_at timestamptz not null,
    changed_by text not null, changed_at timestamptz not null, deleted_at timestamptz, state bytea not null,
    primary key (list_id, entry_id))`,
  "create index watchlist_entries_expiry on watchlist_entries (expires_at)",
  `create table entry_ops (
    list_id uuid not null, position bigint not null, rid uuid not null unique, entry_id uuid not null, effective_hlc text not null,
    author text not null, op bytea not null, running_hash bytea not null, checksum bytea not null, received_at timestamptz not null,
    primary key (list_id, position))`,
  `create table entry_conflicts (
    id bigint generated always as identity primary key, list_id uuid not null, entry_id uuid not null, rid uuid not null unique,
    why text not null, at timestamptz not null, resolved_at timestamptz)`,
];

export const alerts: readonly string[] = [
  `create table alert_items (
    pass uuid primary key, state text not null, site_id uuid not null, camera_id uuid not null, collector_id uuid not null,
    late boolean not null, test boolean not null, critical boolean not null, raised_at timestamptz not null,
    changed_at timestamptz not null)`,
  "create index alert_items_newest on alert_items (raised_at desc, pass desc)",
  "create index alert_items_state on alert_items (state, raised_at desc, pass desc)",
  `create table alerts (
    id uuid primary key, pass uuid not null, entry_id uuid not null, list_id uuid not null, raised_at timestamptz not null,
    unique (pass, entry_id))`,
  `create table alert_findings (
    alert_id uuid not null references alerts (id), detection_id uuid not null, raised_by text not null, pass uuid not null,
    record_rid uuid, explanation jsonb not null, list_version jsonb not null, list_name text not null, list_owner text not null,
    critical boolean not null, reason text not null, expires_at timestamptz not null, found_at timestamptz not null,
    primary key (alert_id, detection_id, raised_by))`,
  "create index alert_findings_pass on alert_findings (pass)",
  "create index alert_findings_record on alert_findings (record_rid)",
  `create table alert_ops (
    rid uuid primary key, pass uuid not null, verb text not null, hlc text not null, effective_hlc text not null, author text not null,
    args jsonb not null, seen jsonb not null, relies uuid, received_at timestamptz not null)`,
  "create index alert_ops_pass on alert_ops (pass)",
];
