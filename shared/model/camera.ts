import type { CameraId } from "./ids.ts";

export const ADAPTERS = ["hikvision", "unifi", "dahua", "axis", "frigate", "platerecognizer", "rekor", "replay"] as const;
export type AdapterKind = (typeof ADAPTERS)[number];
export type CameraMode = "stream" | "push" | "poll";
/** How busy the road is; sets the flush window of the uplink: 30, 10 or 5 s. */
export type Traffic = "residential" | "commercial" | "busy";
/** Which way the vendor's "forward" is. */
export type Facing = "approaching" | "leaving";

/** One camera of a site, as configured. */
export interface CameraConfig {
  readonly id: CameraId;
  readonly name: string;
  readonly adapter: AdapterKind;
  readonly mode: CameraMode;
  readonly traffic: Traffic;
  readonly url: string;
  readonly username: string;
  readonly passwordRef: string;
  readonly channel: number;
  readonly facing: Facing;
  readonly pushSecret: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/** What the watchdog knows of a camera; words are for people. */
export const CAMERA_STATES = ["starting", "watching", "silent", "refused", "unreachable", "stopped"] as const;
export type CameraState = (typeof CAMERA_STATES)[number];
export interface CameraHealth {
  readonly state: CameraState;
  /** One sentence that says what is wrong and what to do; empty when all is well. */
  readonly detail: string;
  /** ms UTC of the last message of any kind; null before the first. */
  readonly lastMessageMs: number | null;
  readonly lastDetectionMs: number | null;
}
