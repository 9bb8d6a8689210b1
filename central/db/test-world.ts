import { randomUUID } from "node:crypto";
import { uuidv7 } from "uuidv7";
import { hexToBytes } from "../../shared/model/ids.ts";
import { foldPlate } from "../../shared/plate/confusable-glyphs.ts";
import { ensurePartition, monthOf } from "./ensure-partition.ts";
import type { Db } from "./open-db.ts";
import type { HeartbeatsTable } from "./registry-tables.ts";

/** Rows for tests that need a site with a camera, or detections as the merge leaves them. */
export interface TestSite {
  readonly site: string;
  readonly collector: string;
  readonly camera: string;
}

export async function addTestSite(db: Db, name: string, options: { timeZone?: string; atMs?: number } = {}): Promise<TestSite> {
  const at = new Date(options.atMs ?? Date.now());
  const [site, collector, camera] = [randomUUID(), randomUUID(), randomUUID()];
  await db
    .insertInto("sites")
    .values({ id: site, name, latitude: 41.1, longitude: -74, time_zone: options.timeZone ?? "UTC", created_at: at })
    .execute();
  await db
    .insertInto("collectors")
    .values({ id: collector, name: `${name} edge`, site_id: site, created_at: at, retired_at: null, wanted_config_revision: null })
    .execute();
  await db
    .insertInto("cameras")
    .values({
      id: camera,
      collector_id: collector,
      site_id: site,
      name: `${name} gate`,
      adapter: "replay",
      mode: "stream",
      latitude: null,
      longitude: null,
      last_message_at: null,
      last_detection_at: null,
      updated_at: at,
    })
    .execute();
  return { site, collector, camera };
}

/** What a collector last said of itself: all is well with it but for `over`. */
export async function addTestHeartbeat(db: Db, collector: string, over: Partial<HeartbeatsTable> = {}): Promise<void> {
  const well = {
    collector_id: collector,
    at: new Date(),
    connected: true,
    waiting_records: 0,
    waiting_bytes: 0,
    waiting_images: 0,
    oldest_waiting_at: null,
    clock_quality: 3,
    clock_offset_ms: 0,
    disk_free_bytes: null,
    lag_ms: 0,
    version: "test",
    config_revision: null,
  };
  await db
    .insertInto("heartbeats")
    .values({ ...well, ...over })
    .execute();
}

export interface TestDetection {
  readonly plate: string | null;
  readonly capturedMs: number;
  readonly receivedMs?: number;
  readonly pass?: string;
  readonly test?: boolean;
  readonly colour?: string;
  readonly images?: readonly { readonly role: "full" | "crop"; readonly sha256: string; readonly bytes: number }[];
}

/** Inserts one detection with its words in the dictionary; answers its id. */
export async function addTestDetection(db: Db, at: TestSite, detection: TestDetection): Promise<string> {
  const id = uuidv7();
  const captured = new Date(detection.capturedMs);
  await ensurePartition(db, monthOf(detection.capturedMs));
  await db
    .insertInto("detections")
    .values({
      id,
      pass: detection.pass ?? id,
      collector_id: at.collector,
      site_id: at.site,
      camera_id: at.camera,
      plate: detection.plate,
      plate_read: detection.plate,
      folded: detection.plate === null ? null : foldPlate(detection.plate),
      confidence: 97,
      confidence_scale: 100,
      character_confidence: null,
      region: "US-NY",
      direction: "approaching",
      lane: 1,
      vehicle_type: "car",
      colour: detection.colour ?? "white",
      make: null,
      model: null,
      speed_kmh: 40,
      box_x: 1,
      box_y: 2,
      box_width: 3,
      box_height: 4,
      camera_time_ms: detection.capturedMs,
      camera_offset_minutes: 0,
      test: detection.test ?? false,
      historical: false,
      captured_at: captured,
      received_at: new Date(detection.receivedMs ?? detection.capturedMs),
      wall_ms: detection.capturedMs,
      mono_ms: 1_000,
      boot: new Uint8Array(8),
      clock_quality: 3,
    })
    .execute();
  for (const image of detection.images ?? []) {
    await db
      .insertInto("detection_images")
      .values({ rid: id, role: image.role, sha256: hexToBytes(image.sha256), bytes: image.bytes })
      .execute();
  }
  if (detection.plate !== null) {
    await db
      .insertInto("plates")
      .values({ plate: detection.plate, folded: foldPlate(detection.plate) })
      .onConflict((c) => c.doNothing())
      .execute();
    await db
      .insertInto("plate_months")
      .values({ plate: detection.plate, month: monthOf(detection.capturedMs) })
      .onConflict((c) => c.doNothing())
      .execute();
  }
  return id;
}
