/** The site's page: JSON of the edge's HTTP API and of its `/api/live` WebSocket. */
import type { AlertItemView, CameraView, DetectionView, EntryView, WatchlistView } from "./views.ts";

/** State of the edge's way to central. */
export type UplinkState = "connected" | "connecting" | "offline" | "refused" | "not-configured";

export interface SiteStatus {
  site: { name: string; time_zone: string; latitude: number | null; longitude: number | null };
  collector_id: string;
  person: string | null;
  now: string;
  clock: { quality: number; words: string };
  uplink: {
    state: UplinkState;
    /** One plain sentence: "Uplink down 12 min. Still watching. 34 waiting." */
    words: string;
    since: string | null;
    /** Records not yet acknowledged by central. */
    waiting: number;
    images_waiting: number;
    last_contact_at: string | null;
    /** What a person must do so that central takes everything again; null when nothing. */
    refusal: string | null;
  };
  storage: { records: number; bytes: number; free_bytes: number | null; words: string };
  cameras: CameraView[];
  notices: { at: string; level: "info" | "warning" | "alarm"; words: string }[];
  /** Who carries for whom on the local network; empty when nobody does, or it is turned off. `at` is null where no moment belongs to it. */
  neighbours: { words: string; at: string | null }[];
  version: string;
}

export interface SiteDetectionsAnswer {
  detections: DetectionView[];
  next_cursor: string | null;
}
export interface SiteAlertsAnswer {
  alerts: AlertItemView[];
  next_cursor: string | null;
}
export interface SiteWatchlistsAnswer {
  watchlists: WatchlistView[];
}
export interface SiteEntriesAnswer {
  entries: EntryView[];
  /** Off the list, though somebody changed it without knowing of the delete: a person decides at central. */
  contested: EntryView[];
}
export interface NewSiteEntry {
  plate: string;
  reason: string;
  /** RFC 3339, or hours from now. */
  expires_at?: string;
  expires_hours?: number;
  vehicle?: string;
}

/** `GET /api/bundle/waiting`: what a bundle for a stick would hold, and the one that is being made. */
export interface BundleWaitingAnswer {
  /** Why none can be made, in plain words; null when one can. */
  refusal: string | null;
  records: number;
  /** On this disk; in the bundle they take about a third. */
  record_bytes: number;
  /** Bytes of pictures are estimates. */
  alert_images: { count: number; bytes: number };
  images: { count: number; bytes: number };
  /** The one that is being downloaded now. */
  making: BundleProgress | null;
  /** The last one that was made since the edge started. */
  last: (BundleProgress & { at: string; file: string; whole: boolean; full: boolean; missing: number }) | null;
}
export interface BundleProgress {
  records: number;
  records_total: number;
  images: number;
  images_total: number;
  bytes: number;
}

/** Pushed on `/api/live`, JSON text; `sent_at_ms` only for measuring. */
export type SiteLiveMessage =
  | { type: "hello"; status: SiteStatus }
  | { type: "detection"; detection: DetectionView }
  | { type: "alert"; alert: AlertItemView /** false for a late or repeated one: no sound. */; ring: boolean }
  | { type: "alert-op"; alert: AlertItemView }
  | { type: "watchlists" }
  | { type: "status"; status: SiteStatus };
