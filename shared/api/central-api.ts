/** The dashboard: JSON of central's HTTP API (`/api/v1`) and of its `/live` WebSocket. */
import type { AlertItemView, CameraView, DetectionView, EntryView, WatchlistView } from "./views.ts";

export type Role = "admin" | "operator" | "viewer";
export type SearchMatch = "exact" | "confusable" | "wildcard" | "fuzzy";

export interface Me {
  id: string;
  email: string;
  name: string;
  role: Role;
  /** Empty: all sites. */
  sites: string[];
}

export interface DetectionSearch {
  plate?: string;
  match?: SearchMatch;
  from?: string;
  to?: string;
  camera?: string;
  site?: string;
  colour?: string;
  vehicle_type?: string;
  include?: "test"[];
  limit?: number;
  cursor?: string;
  /** Required with `plate`: why the plate is looked up. */
  reason?: string;
  case?: string;
}
/** Reasons offered by the pages; the API takes any text of 3 to 200 characters. */
export const SEARCH_REASONS = ["alert-follow-up", "incident", "police-request", "resident-report", "system-test", "other"] as const;

/** What of the period and place searched was really watched. */
export interface Coverage {
  from: string;
  to: string;
  /** Cameras that were offline in the range, and how long in all. */
  gaps: { camera_id: string; camera: string; site: string; offline_ms: number; since: string | null }[];
  /** Sites whose log has not caught up: detections up to this age may still be on their edge. */
  behind: { site: string; collector_id: string; waiting: number; last_contact_at: string | null }[];
}
export interface DetectionSearchAnswer {
  detections: DetectionView[];
  next_cursor: string | null;
  coverage: Coverage;
}
export interface PlateSummary {
  plate: string;
  detections: number;
  first_seen: string | null;
  last_seen: string | null;
  /** Detections per day, newest 90 days with any: [YYYY-MM-DD in the site's zone, n]. */
  days: [string, number][];
  /** 7 x 24, Monday first, hour in the site's zone. */
  week: number[][];
  sites: { site_id: string; site: string; latitude: number | null; longitude: number | null; detections: number }[];
  /** Plates at one or two confusable differences that were really seen. */
  look_alikes: { plate: string; detections: number }[];
}
export interface PlateRoute {
  plate: string;
  stops: {
    detection_id: string;
    captured_at: string;
    site: string;
    camera: string;
    latitude: number | null;
    longitude: number | null;
    direction: string;
  }[];
}
/** Central's verified backups, and what stands in for them where there are none. */
export interface BackupsAnswer {
  standing: {
    state: "backed-up" | "edges-are-backup";
    level: "info" | "warning" | "alarm";
    /** For people, with what to do. */
    words: string;
    /** Days until the first edge must give something up; null: not known, or two backups stand. */
    days_left: number | null;
    /** Where that is. */
    site: string | null;
  };
  /** Newest first, 10 at most. */
  backups: { id: string; kind: string; label: string; made_at: string; verified_at: string }[];
}
export interface CollectorView {
  id: string;
  name: string;
  site_id: string;
  site: string;
  time_zone: string;
  latitude: number | null;
  longitude: number | null;
  /** Silence is shown after 150 s without a heartbeat. */
  link: "connected" | "silent" | "never";
  words: string;
  last_heartbeat_at: string | null;
  lag_ms: number | null;
  waiting: number;
  clock_quality: number | null;
  disk_free_bytes: number | null;
  version: string | null;
  /** Of the configuration that central sent: wanted, and in force at the site; null before there is one. */
  wanted_config_revision: number | null;
  config_revision: number | null;
  unconfirmed_key: boolean;
  cameras: CameraView[];
  api_keys: { id: string; prefix: string; created_at: string; revoked_at: string | null }[];
}
/** What went wrong or changed and needs a person to know; nobody has acknowledged it yet. */
export interface NoticeView {
  id: string;
  code: string;
  level: "info" | "warning" | "alarm";
  words: string;
  collector_id: string | null;
  site: string | null;
  time_zone: string;
  raised_at: string;
}
export interface NoticesAnswer {
  /** Alarms first, then the newest; bounded. */
  notices: NoticeView[];
  /** All that are open. */
  open: number;
}
/** A record that is kept and verified but could not be shown. */
export interface UnreadRecordView {
  rid: string;
  seq: number;
  /** The kind's name, or "kind 42" for one that this release does not know. */
  kind: string;
  version: number;
  why: string;
  at: string;
  collector_id: string;
  site: string;
  time_zone: string;
}
export interface UnreadAnswer {
  /** The newest first; bounded. */
  records: UnreadRecordView[];
  /** All that wait. */
  open: number;
}
/** An instruction for a site: made here, signed, carried down, answered by the site's signed record. */
export interface CommandView {
  id: string;
  kind: string;
  /** Of a configuration. */
  revision: number | null;
  reason: string;
  made_by: string;
  made_at: string;
  /** Null: at once. */
  not_before: string | null;
  expires_at: string;
  sent_at: string | null;
  result_at: string | null;
  /** waiting, sent: on its way · unanswered, expired, replaced: over without an answer · the others as the site said. */
  state: "waiting" | "sent" | "done" | "refused" | "expired" | "unanswered" | "replaced" | "unknown" | "rolled-back";
  words: string;
  /** report-now: what the site said of itself. */
  report: Record<string, unknown> | null;
}
export interface CommandsAnswer {
  commands: CommandView[];
}
/** Null revisions: none was ever sent; nothing was heard of the site. */
export interface ConfigAnswer {
  wanted_revision: number | null;
  running_revision: number | null;
  yaml: string;
}
export interface UserView {
  id: string;
  email: string;
  name: string;
  role: Role;
  sites: string[];
  disabled: boolean;
  last_sign_in_at: string | null;
}
export interface NewEntry {
  pattern: string;
  reason: string;
  expires_at: string;
  vehicle?: string;
  note?: string;
}
export interface AlertsAnswer {
  alerts: AlertItemView[];
  next_cursor: string | null;
  counts: Record<"new" | "acknowledged" | "verified" | "escalated" | "dismissed", number>;
}
/** An entry that a person must decide about: an edit met its delete (`conflict`), or came when nobody held it any more (`review`). */
export interface EntryDecisionView {
  id: string;
  kind: "conflict" | "review";
  watchlist_id: string;
  watchlist: string;
  entry_id: string;
  pattern: string;
  reason: string;
  /** Who made the edit. */
  author: string;
  /** Who changed the entry last, the delete included. */
  changed_by: string;
  at: string;
}
export interface EntryDecisionsAnswer {
  decisions: EntryDecisionView[];
}
export interface WatchlistsAnswer {
  watchlists: WatchlistView[];
}
export interface EntriesAnswer {
  entries: EntryView[];
  next_cursor: string | null;
}
export interface AddedEntryAnswer {
  entry: EntryView;
  /** The car may have passed before the entry was added: earlier detections, newest first, bounded (30 days, 50). */
  earlier: DetectionView[];
}

/** Pushed on `/live`, JSON text. `after` is the cursor to resume from (`/live?after=`). */
export type LiveMessage =
  | { type: "hello"; after: string }
  | { type: "detection"; after: string; detection: DetectionView }
  | { type: "alert"; after: string; alert: AlertItemView; ring: boolean }
  | { type: "alert-op"; after: string; alert: AlertItemView }
  | { type: "collector"; collector: CollectorView }
  | { type: "camera"; collector_id: string; camera: CameraView };

/** What became of a bundle that was imported. */
export interface BundleImportAnswer {
  readonly bundle: string;
  readonly collector_id: string;
  /** The file was read to its end. */
  readonly whole: boolean;
  /** For people, a sentence each. */
  readonly words: readonly string[];
  /** New at central. */
  readonly records: number;
  readonly images: number;
  readonly logs: readonly {
    readonly log: string;
    readonly class: string;
    readonly from: number;
    readonly to: number;
    /** Records that central had before, and has now. */
    readonly before: number;
    readonly next: number;
    readonly trouble: string | null;
  }[];
  /** The signed receipt's file, base64: for the way back to the site. */
  readonly receipt: string;
}
