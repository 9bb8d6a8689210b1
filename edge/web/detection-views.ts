import type { DetectionView, ImageView } from "../../shared/api/views.ts";
import { parseClockQuality } from "../../shared/clock/clock.ts";
import { type ClockFix, correctTime, wallUncertaintyMs } from "../../shared/clock/clock-quality.ts";
import { decodeDetection, decodeRevision } from "../../shared/log/payloads/detection-payload.ts";
import { decodeTail, SALT_BYTES } from "../../shared/log/record.ts";
import type { DetectionImage } from "../../shared/model/detection.ts";
import type { CameraId, Rid } from "../../shared/model/ids.ts";
import type { DetectionRow } from "../log/detection-rows.ts";
import type { LedgerState } from "../log/image-rows.ts";
import { knownFixes } from "../log/known-fixes.ts";
import type { StoreRows } from "../log/store-rows.ts";
import type { SiteFacts } from "./site-facts.ts";

export interface DetectionViews {
  readonly view: (rid: Rid) => DetectionView | null;
  /** Newest first; `before` is the cursor of the last answer, null for the first page. */
  readonly page: (before: number | null, limit: number) => { readonly views: DetectionView[]; readonly next: number | null };
}

export function makeDetectionViews(rows: StoreRows, site: SiteFacts, cameraName: (id: CameraId) => string | null): DetectionViews {
  const viewOf = (row: DetectionRow, fixes: readonly ClockFix[]): DetectionView | null => {
    const record = rows.logs.recordAt(row.log, row.seq);
    const detection = record?.payload == null ? undefined : decodeDetection(row.rid, record.payload.subarray(SALT_BYTES));
    if (record === undefined || detection === undefined) return null;
    const time = capturedAt(row, fixes, decodeTail(record.tail)?.clockQuality ?? 0);
    return {
      id: row.rid,
      pass: row.pass,
      plate: detection.plate,
      plate_read: detection.plateRead,
      confidence: detection.confidence?.value ?? null,
      confidence_scale: detection.confidence?.scale ?? null,
      region: detection.region,
      direction: detection.direction,
      lane: detection.lane,
      vehicle: detection.vehicle,
      speed_kmh: detection.speedKmh,
      box: detection.box,
      captured_at: iso(time.utcMs),
      uncertainty_ms: time.uncertaintyMs,
      received_at: iso(row.wallMs),
      collector_id: site.collectorId,
      camera_id: row.camera,
      camera: cameraName(row.camera) ?? "a camera that was removed",
      site_id: site.collectorId,
      site: site.name,
      time_zone: site.timeZone,
      test: detection.test,
      late: detection.historical,
      images: imagesOf(rows, row.rid, detection.images),
      revisions: revisionsOf(rows, row.rid),
    };
  };
  const fixesNow = () => knownFixes(rows);
  return {
    view(rid) {
      const row = rows.detections.byRid(rid);
      return row === undefined ? null : viewOf(row, fixesNow());
    },
    page(before, limit) {
      const found = rows.detections.page(before ?? Number.MAX_SAFE_INTEGER, limit);
      const fixes = fixesNow();
      const views = found.flatMap((row) => viewOf(row, fixes) ?? []);
      return { views, next: found.length < limit ? null : found.at(-1)!.n };
    },
  };
}

/** Corrected by what became known of that boot's clock later; else the wall time as it was, with what its quality is worth. */
function capturedAt(row: DetectionRow, fixes: readonly ClockFix[], quality: number): { utcMs: number; uncertaintyMs: number | null } {
  const asItWas = { utcMs: row.wallMs, uncertaintyMs: wallUncertaintyMs(parseClockQuality(quality) ?? 0) };
  return quality >= 3 ? asItWas : (correctTime(fixes, row.boot, row.monoMs) ?? asItWas);
}

function imagesOf(rows: StoreRows, rid: Rid, images: readonly DetectionImage[]): ImageView[] {
  const own = images.map(({ role, sha256, bytes }): ImageView => {
    const held = rows.images.byHash(sha256);
    return { role, sha256, bytes, state: imageState(held?.state) };
  });
  // Pictures that came with a later reading of the same vehicle are its pictures too.
  for (const later of rows.images.ofDetection(rid)) {
    const isNew = !own.some((one) => one.sha256 === later.sha256 || one.role === later.role);
    if (isNew && later.state !== "dropped") {
      own.push({ role: later.role, sha256: later.sha256, bytes: later.bytes, state: imageState(later.state) });
    }
  }
  return own;
}

/** As this page can show it: one that was removed here to make room is still at central. */
function imageState(held: LedgerState | undefined): ImageView["state"] {
  if (held === undefined || held === "dropped") return "dropped";
  return held === "freed" ? "at-central" : "stored";
}

function revisionsOf(rows: StoreRows, rid: Rid): DetectionView["revisions"] {
  return rows.detections.revisionsOf(rid).flatMap((row) => {
    const payload = rows.logs.recordAt(row.log, row.seq)?.payload;
    const revision = payload == null ? undefined : decodeRevision(row.rid, payload.subarray(SALT_BYTES));
    return revision === undefined ? [] : [{ plate: revision.plate, plate_read: revision.plateRead, at: iso(row.wallMs) }];
  });
}

/** RFC 3339 UTC with milliseconds. */
export const iso = (ms: number): string => new Date(ms).toISOString();
