/** Instructions for sites, and what the sites answered: the answer is projected from a signed record and is never changed. */
export const commands: readonly string[] = [
  `create table commands (
    id uuid primary key, collector_id uuid not null references collectors (id), kind text not null, args bytea not null, revision bigint,
    reason text not null, made_by text not null, made_by_id uuid, made_at timestamptz not null, not_before timestamptz not null,
    expires_at timestamptz not null, signature bytea not null, sent_at timestamptz, sent_session bytea)`,
  "create index commands_collector on commands (collector_id, made_at desc, id)",
  `create table command_results (
    rid uuid primary key, command_id uuid not null, collector_id uuid not null, device_key bytea not null, outcome text not null,
    words text not null, config_revision bigint not null, detail bytea, received_at timestamptz not null)`,
  "create index command_results_command on command_results (command_id, collector_id)",
];
