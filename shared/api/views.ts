/**
 * JSON that both programs' pages show: times are RFC 3339 UTC with milliseconds, ids are text. The central dashboard and the site's
 * page draw a detection, an alert and an entry with the same parts, so both APIs send them in the same shape.
 */
import type { AlertState, AlertVerb, Explanation } from "../model/alert.ts";
import type { CameraState } from "../model/camera.ts";
import type { Box, Direction, ImageRole, Vehicle } from "../model/detection.ts";
import type { WatchlistKind } from "../model/watchlist.ts";

/**
 * Where a picture is: at hand, still on the edge, on its way up, gone by policy or by the disk ladder, or not what it said it was.
 * `at-central` (site's page only): removed from the edge to make room, after central had stored it.
 */
export type ImageState = "stored" | "on-edge" | "on-its-way" | "at-central" | "expired" | "dropped" | "mismatch";

export interface ImageView {
  role: ImageRole;
  sha256: string;
  bytes: number;
  state: ImageState;
}

export interface DetectionView {
  id: string;
  pass: string;
  /** Normalised plate; null for a vehicle without a read plate. */
  plate: string | null;
  plate_read: string | null;
  /** Camera's own figure, with `confidence_scale` 1 or 100. */
  confidence: number | null;
  confidence_scale: number | null;
  region: string | null;
  direction: Direction;
  lane: number | null;
  vehicle: Vehicle | null;
  speed_kmh: number | null;
  box: Box | null;
  captured_at: string;
  /** How far captured_at may be wrong, ms; null when nobody can say (clock of unknown quality). */
  uncertainty_ms: number | null;
  received_at: string;
  collector_id: string;
  camera_id: string;
  camera: string;
  site_id: string;
  site: string;
  time_zone: string;
  test: boolean;
  late: boolean;
  /** Dashboard only, and left out otherwise: the device that signed it uses a key that nobody has confirmed. */
  unconfirmed_key?: boolean;
  images: ImageView[];
  /** Later readings of the same vehicle by the same camera. */
  revisions: { plate: string | null; plate_read: string | null; at: string }[];
  /** Search only: how this plate differs from the one asked for. */
  explanation?: Explanation;
}

export interface FindingView {
  /** The alert's id: one per (pass, entry). */
  id: string;
  entry_id: string;
  watchlist_id: string;
  watchlist: string;
  owner: string;
  critical: boolean;
  reason: string;
  expires_at: string;
  explanation: Explanation;
  detection_id: string;
  /** Who found it: the site's edge or central. */
  raised_by: ("edge" | "central")[];
}

export interface AlertOpView {
  id: string;
  verb: AlertVerb;
  author: string;
  at: string;
  text: string | null;
  outcome: string | null;
  to: string | null;
  how: string | null;
  reference: string | null;
}

/** What people see and work: one item per pass, naming all entries that it matched. `id` is the pass's rid. */
export interface AlertItemView {
  id: string;
  state: AlertState;
  late: boolean;
  test: boolean;
  critical: boolean;
  raised_at: string;
  /** The detection whose picture and plate lead the item; null for a moment when central has the alert before its detection. */
  detection: DetectionView | null;
  /** How many detections the pass has ("x3"). */
  detections: number;
  alerts: FindingView[];
  work: AlertOpView[];
}

export interface EntryView {
  id: string;
  watchlist_id: string;
  pattern: string;
  reason: string;
  expires_at: string;
  expired: boolean;
  vehicle: string;
  notes: string[];
  added_by: string;
  added_at: string;
  changed_by: string;
  /** Site's page: not yet at central. */
  waiting: boolean;
}

export interface WatchlistView {
  id: string;
  name: string;
  owner: string;
  kind: WatchlistKind;
  differences_max: number;
  critical: boolean;
  entries: number;
  sites: string[];
}

export interface CameraView {
  id: string;
  name: string;
  adapter: string;
  mode: string;
  state: CameraState;
  detail: string;
  last_message_at: string | null;
  last_detection_at: string | null;
  /** Detections in each of the last 24 hours, oldest first. */
  last_24h: number[];
  latitude: number | null;
  longitude: number | null;
}

export interface ErrorBody {
  error: { code: string; message: string; details: unknown; request_id: string };
}
