import type { ColumnType, Generated } from "kysely";

/** jsonb: read as a value, written as JSON text (a JS array given to `pg` would become an SQL array). */
export type Json<T> = ColumnType<T, string, string>;

export interface SitesTable {
  id: string;
  name: string;
  latitude: number | null;
  longitude: number | null;
  time_zone: string;
  created_at: Date;
}

export interface CollectorsTable {
  id: string;
  name: string;
  site_id: string;
  created_at: Date;
  retired_at: Date | null;
  /** What central wants the edge to run; null before the first pushed config. */
  wanted_config_revision: number | null;
  /** Of the newest file for its stick; null before the first. Never goes back. */
  down_made_at: Generated<Date | null>;
}

/** API keys: SHA-256 at rest, a revoked one stays as a row. */
export interface ApiKeysTable {
  id: string;
  collector_id: string;
  key_hash: Uint8Array;
  prefix: string;
  created_at: Date;
  revoked_at: Date | null;
  last_used_at: Date | null;
}

/** Device keys seen under an API key: the first is bound (confirmed), another later is stored and waits for an administrator. */
export interface CollectorKeysTable {
  collector_id: string;
  device_key: Uint8Array;
  api_key_id: string | null;
  confirmed: boolean;
  first_seen_at: Date;
  confirmed_at: Date | null;
  confirmed_by: string | null;
}

export interface CamerasTable {
  id: string;
  collector_id: string;
  site_id: string;
  name: string;
  adapter: string;
  mode: string;
  latitude: number | null;
  longitude: number | null;
  /** CameraState of the last report. */
  state: Generated<string>;
  detail: Generated<string>;
  last_message_at: Date | null;
  last_detection_at: Date | null;
  updated_at: Date;
}

/** The newest heartbeat of a collector. */
export interface HeartbeatsTable {
  collector_id: string;
  at: Date;
  connected: boolean;
  waiting_records: number;
  waiting_bytes: number;
  waiting_images: number;
  oldest_waiting_at: Date | null;
  clock_quality: number | null;
  clock_offset_ms: number | null;
  disk_free_bytes: number | null;
  lag_ms: number | null;
  version: string | null;
  config_revision: number | null;
}

/** A stretch in which a camera did not watch; `to_at` null while it lasts. Coverage of a search is read from here. */
export interface CameraGapsTable {
  camera_id: string;
  from_at: Date;
  to_at: Date | null;
  state: string;
}

/** A stretch without contact with a collector. */
export interface CollectorGapsTable {
  collector_id: string;
  from_at: Date;
  to_at: Date | null;
}

/** Central's own keys and small facts; `value` is sealed with the secret key when `sealed`. */
export interface SettingsTable {
  name: string;
  value: Uint8Array;
  sealed: boolean;
  updated_at: Date;
}

/** One row per life of this database; the newest is in force. */
export interface CentralLifeTable {
  incarnation: Uint8Array;
  system_identifier: string;
  timeline: string;
  why: string;
  started_at: Date;
}

/** Where each follower of `arrivals` stands. */
export interface CursorsTable {
  name: string;
  position: number;
}

/** What administrators should read: one row per (code, subject), cleared when it is over. */
export interface NoticesTable {
  id: Generated<number>;
  code: string;
  subject: string;
  level: "info" | "warning" | "alarm";
  words: string;
  collector_id: string | null;
  raised_at: Date;
  cleared_at: Date | null;
}

/** Instructions for one collector, signed by central; kept for ever. */
export interface CommandsTable {
  id: string;
  collector_id: string;
  kind: string;
  args: Uint8Array;
  /** Of a set-config. */
  revision: number | null;
  reason: string;
  made_by: string;
  made_by_id: string | null;
  made_at: Date;
  not_before: Date;
  expires_at: Date;
  signature: Uint8Array;
  /** The last time it went down, and in which session of the edge. */
  sent_at: Date | null;
  sent_session: Uint8Array | null;
}

/** What became of a command, by the site's signed record; also of commands that this database does not know (any more). */
export interface CommandResultsTable {
  rid: string;
  command_id: string;
  collector_id: string;
  /** Of the log that the record stands in: only a confirmed key's word ends a command. */
  device_key: Uint8Array;
  outcome: string;
  words: string;
  config_revision: number;
  detail: Uint8Array | null;
  received_at: Date;
}
