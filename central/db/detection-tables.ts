import type { Generated } from "kysely";
import type { Direction, ImageRole } from "../../shared/model/detection.ts";

/** What a camera said: the columns that detections and revisions share. */
export interface ReadingColumns {
  camera_id: string;
  plate: string | null;
  plate_read: string | null;
  folded: string | null;
  confidence: number | null;
  confidence_scale: number | null;
  character_confidence: number[] | null;
  region: string | null;
  direction: Direction;
  lane: number | null;
  vehicle_type: string | null;
  colour: string | null;
  make: string | null;
  model: string | null;
  speed_kmh: number | null;
  box_x: number | null;
  box_y: number | null;
  box_width: number | null;
  box_height: number | null;
  camera_time_ms: number | null;
  camera_offset_minutes: number | null;
  test: boolean;
  historical: boolean;
}

/** When it was, as the record says and as central settled it; both have these as well. */
interface MomentColumns {
  collector_id: string;
  /** Fixed once at merge; see the README of this room. */
  captured_at: Date;
  received_at: Date;
  wall_ms: number;
  mono_ms: number;
  boot: Uint8Array;
  clock_quality: number;
}

/** Partitioned by month of captured_at. INSERT-only. */
export interface DetectionsTable extends ReadingColumns, MomentColumns {
  /** The record's rid. */
  id: string;
  pass: string;
  site_id: string;
}

export interface DetectionRevisionsTable extends ReadingColumns, MomentColumns {
  id: string;
  revises: string;
}

/** Where a detection is proved. An alert's early copy has via "alert" and no (log_id, seq). */
export interface DetectionProofsTable {
  rid: string;
  log_id: Uint8Array | null;
  seq: number | null;
  via: string;
}

export interface DetectionImagesTable {
  rid: string;
  role: ImageRole;
  sha256: Uint8Array;
  bytes: number;
}

/** One stored object per SHA-256. */
export interface ImageObjectsTable {
  sha256: Uint8Array;
  bytes: number;
  object_key: string;
  stored_at: Date;
}

/** offered | stored | moved | expired | dropped | mismatch: append-only, the shown state is derived. */
export interface ImageEventsTable {
  id: Generated<number>;
  sha256: Uint8Array;
  event: string;
  at: Date;
  detail: string | null;
}

/** One row per distinct normalised plate. */
export interface PlatesTable {
  plate: string;
  folded: string;
}

/** Which months hold detections of a plate: the partitions a look-up probes. `month` is "YYYY-MM-01". */
export interface PlateMonthsTable {
  plate: string;
  month: string;
}
