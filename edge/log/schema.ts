import type { Database } from "better-sqlite3";

/**
 * data/events.db. `records` are the truth, byte for byte as signed; every other table is either an index into them that can be made
 * again from them, or this site's own business (sessions, cursors). Migrations only ever move forward, one transaction each.
 */
const MIGRATIONS: readonly string[] = [
  `
create table meta (key text primary key, value text not null) without rowid;

-- One row per log of this device; n keeps the key of records short.
create table logs (
  n integer primary key, log_id text not null unique, class text not null, status text not null default 'active',
  first integer not null, next integer not null, head blob not null, bytes integer not null,
  acknowledged integer not null default 0, durable integer not null default 0);
create unique index logs_active on logs (class) where status = 'active';

-- upto: bytes of tails and payloads of the log up to and with this record, so that "waiting" is one subtraction.
create table records (
  log integer not null, seq integer not null, tail blob not null, payload blob, digest blob, hash blob not null, upto integer not null,
  primary key (log, seq)) without rowid;
create table checkpoints (
  log integer not null, next integer not null, bytes blob not null, signature blob not null, primary key (log, next)) without rowid;

-- A camera that repeats a message makes one detection; a known event under a new key makes a revision.
create table source_keys (
  camera text not null, key text not null, detection text not null, at_ms integer not null, trusted integer not null,
  primary key (camera, key)) without rowid;
create index source_keys_age on source_keys (at_ms);
create table event_keys (key text primary key, detection text not null, at_ms integer not null, trusted integer not null) without rowid;
create index event_keys_age on event_keys (at_ms);

create table detections (
  n integer primary key autoincrement, rid text not null unique, log integer not null, seq integer not null, pass text not null,
  camera text not null, plate text, boot text not null, mono_ms integer not null, wall_ms integer not null, test integer not null);
create index detections_pass on detections (pass, n);
create index detections_camera on detections (camera, wall_ms);
create index detections_boot on detections (boot, mono_ms);
create table revisions (
  rid text primary key, detection text not null, log integer not null, seq integer not null, wall_ms integer not null) without rowid;
create index revisions_detection on revisions (detection);

-- state: waiting (here, central has it not), stored (at central), gone (central wants it no more), dropped (never reached this disk).
create table images (
  sha256 text primary key, bytes integer not null, role text not null, rid text not null, priority integer not null,
  log integer not null, seq integer not null, state text not null) without rowid;
create index images_waiting on images (priority, log, seq) where state = 'waiting';
create index images_rid on images (rid);
-- Counted as it changes: after a week offline there are hundreds of thousands, and the page asks every second.
create table image_counts (state text primary key, count integer not null) without rowid;
insert into image_counts (state, count) values ('waiting', 0);
create trigger images_waiting_more after insert on images when new.state = 'waiting'
  begin update image_counts set count = count + 1 where state = 'waiting'; end;
create trigger images_waiting_change after update of state on images when (old.state = 'waiting') <> (new.state = 'waiting')
  begin update image_counts set count = count + iif(new.state = 'waiting', 1, -1) where state = 'waiting'; end;
create trigger images_waiting_less after delete on images when old.state = 'waiting'
  begin update image_counts set count = count - 1 where state = 'waiting'; end;

-- n is also the outbox: what a page has not been told yet is what lies after its last n.
create table alerts (
  n integer primary key autoincrement, alert text not null unique, pass text not null, kind text not null, log integer not null,
  seq integer not null);
create index alerts_pass on alerts (pass);
create table findings (log integer not null, seq integer not null, alert text not null, pass text not null, primary key (log, seq))
  without rowid;
create index findings_pass on findings (pass, seq);
create table alert_items (
  pass text primary key, n integer not null, raised_ms integer not null, detection text not null, test integer not null) without rowid;
create index alert_items_n on alert_items (n);
create table alert_ops (rid text primary key, pass text not null, log integer not null, seq integer not null) without rowid;
create index alert_ops_pass on alert_ops (pass);

-- A list as held: its feed part, folded per entry, in canonical bytes; own ops that the feed has not brought back; and what people
-- and pages see of the two together.
create table lists (
  list text primary key, generation text not null, cursor integer not null, checksum blob not null, facts text) without rowid;
create table feed_entries (list text not null, entry text not null, state blob not null, primary key (list, entry)) without rowid;
create table own_ops (rid text primary key, list text not null, entry text not null, log integer not null, seq integer not null)
  without rowid;
create index own_ops_list on own_ops (list, log, seq);
create table entries (
  list text not null, entry text not null, added_ms integer not null, entry_json text not null, primary key (list, entry)) without rowid;
create index entries_age on entries (list, added_ms, entry);

create table clock_fixes (
  n integer primary key autoincrement, boot text not null, mono_ms integer not null, utc_ms integer not null,
  uncertainty_ms integer not null, source integer not null);
create table camera_states (camera text primary key, state text not null, detail text not null, since_ms integer not null) without rowid;
create table camera_cursors (camera text primary key, cursor text not null) without rowid;

create table sessions (token text primary key, person text not null, made_ms integer not null, expires_ms integer not null) without rowid;
create table sign_in_failures (n integer primary key autoincrement, person text not null, address text not null, at_ms integer not null);
create index sign_in_failures_who on sign_in_failures (person, address);
`,
  `
-- A log that cannot go on is left: why (a word), when, and the next of its records to be offered again in its successor (null: all were).
alter table logs add column left_why text;
alter table logs add column left_ms integer;
alter table logs add column offered integer;
`,
  `
-- Commands of central: the id is here before anything runs. log and seq: of the record that answers it.
create table commands (
  id text primary key, kind text not null, state text not null, expires_ms integer not null, revision integer, log integer, seq integer)
  without rowid;
`,
  `
-- part: under which key a list's rows stand in feed_entries and entries (null: its own id). A snapshot is written under a new key beside
-- the old rows and swapped in by this one column; what no list names any more waits in stale_parts to be removed piece by piece.
alter table lists add column part text;
create table stale_parts (part text primary key) without rowid;
-- at: feed position by which the row was known; gone: deleted, kept only until every replica knows.
alter table feed_entries add column at integer not null default 0;
alter table feed_entries add column gone integer not null default 0;
create index feed_entries_gone on feed_entries (list, at) where gone = 1;
`,
  `
-- What the disk ladder takes first. State freed: at central, and removed here to make room.
create index images_stored on images (priority, log, seq) where state = 'stored';
`,
  `
-- This edge as witness: the largest tree head of a central that was verified, and heads that did not fit together, with signatures.
create table tree_witnesses (central text primary key, head blob not null, seen_ms integer not null) without rowid;
create table tree_events (
  n integer primary key autoincrement, kind text not null, why text not null, central text not null, held blob not null,
  shown blob not null, at_ms integer not null, ended_ms integer);
`,
  `
-- Central's signed DELTAs as received, until two of its backups hold what they brought.
create table held_deltas (
  n integer primary key autoincrement, list text not null, generation text not null, upto integer not null, frame blob not null,
  bytes integer not null);
create index held_deltas_list on held_deltas (list, generation, upto);
`,
  `
-- Own edits that a feed has brought back, until two of central's backups hold them. upto: a feed position by which they were published;
-- stamp: the one that decides since then.
create table published_ops (
  rid text primary key, list text not null, log integer not null, seq integer not null, generation text not null, upto integer not null,
  stamp text not null) without rowid;
create index published_ops_list on published_ops (list, log, seq);
`,
  `
-- gone = 2: deleted, and an edit that knew nothing of it stands beside; a person decides at central.
create index feed_entries_contested on feed_entries (list) where gone = 2;
`,
  `
-- Of a log that was left: central_next, the records that central had of it; lost, how many behind those cannot be offered any more.
alter table logs add column central_next integer not null default 0;
alter table logs add column lost integer not null default 0;
`,
  `
-- The moment of a key by its boot's own clock, which nobody can set; null in what an older release wrote.
alter table source_keys add column boot text;
alter table source_keys add column mono_ms integer;
alter table event_keys add column boot text;
alter table event_keys add column mono_ms integer;
`,
  `
-- Of an active log: with its records below this, everything that logs of its class that were left held has been offered again.
alter table logs add column carries_to integer;
update logs set carries_to = next where status = 'active';
`,
];

export type SchemaOutcome = { readonly kind: "ready" } | { readonly kind: "newer"; readonly words: string };

/** Brings the file to this release's schema. A file that a newer release wrote is left untouched and named. */
export function migrate(db: Database): SchemaOutcome {
  const version = db.pragma("user_version", { simple: true }) as number;
  if (version > MIGRATIONS.length) {
    return {
      kind: "newer",
      words: `data/events.db was written by a newer release (schema ${version}, this one knows ${MIGRATIONS.length}).`,
    };
  }
  for (let at = version; at < MIGRATIONS.length; at++) {
    db.transaction(() => {
      db.exec(MIGRATIONS[at]!);
      db.pragma(`user_version = ${at + 1}`);
    })();
  }
  return { kind: "ready" };
}
