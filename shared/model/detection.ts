import type { CameraId, Plate, Rid, Sha256 } from "./ids.ts";

/** Which way the vehicle went, as seen from the camera, after the camera's own `facing` was applied. */
export type Direction = "approaching" | "leaving" | "unknown";

/** `full` is the scene, `crop` the plate, `vehicle` a cut of the vehicle. */
export type ImageRole = "full" | "crop" | "vehicle";

export interface DetectionImage {
  readonly role: ImageRole;
  readonly sha256: Sha256;
  /** Size in bytes. */
  readonly bytes: number;
}

/** The camera's own figure with its own scale; never compared across vendors, never filtered on alone. */
export interface Confidence {
  readonly value: number;
  /** What the vendor calls certain: 100 or 1. */
  readonly scale: 1 | 100;
}

export interface Vehicle {
  readonly type: string | null;
  readonly colour: string | null;
  readonly make: string | null;
  readonly model: string | null;
}

/** Where the plate is on the full scene, in thousandths of its width and height, origin top left. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What a camera said of one vehicle at one moment: the fields that are the same in a detection and in a revision of it. */
export interface Reading {
  readonly camera: CameraId;
  /** The camera's own clock, ms UTC; null when it sent none that can be read. */
  readonly cameraTimeMs: number | null;
  /** Minutes east of UTC that the camera stated; null when it stated none (then the site's zone was assumed). */
  readonly cameraOffsetMinutes: number | null;
  /** Null: a vehicle whose plate was not read, or that has none. */
  readonly plate: Plate | null;
  /** Exactly as the camera said it, before normalisation; null when it said nothing. */
  readonly plateRead: string | null;
  readonly confidence: Confidence | null;
  /** 0-100 per character of the plate as read; null when not given. */
  readonly characterConfidence: readonly number[] | null;
  /** ISO 3166 country, or country and state where the vendor tells it ("US", "US-NY"). */
  readonly region: string | null;
  readonly direction: Direction;
  readonly lane: number | null;
  readonly vehicle: Vehicle | null;
  /** km/h. */
  readonly speedKmh: number | null;
  readonly box: Box | null;
  readonly images: readonly DetectionImage[];
  /** Made by the "send a test detection" button; inside the signed bytes. */
  readonly test: boolean;
  /** The camera sent it late, from its own buffer. */
  readonly historical: boolean;
}

/** One plate read by one camera at one moment, as it stands in the log. */
export interface Detection extends Reading {
  readonly rid: Rid;
  /** Rid of the first detection of the pass; its own rid in that one. */
  readonly pass: Rid;
}

/** A later reading of the same vehicle by the same camera. */
export interface Revision extends Reading {
  readonly rid: Rid;
  readonly revises: Rid;
}
