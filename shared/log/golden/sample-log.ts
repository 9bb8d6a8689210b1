/** One small log with fixed keys, salts and times: what the golden files hold. Never change it; a new release adds another sample. */
import { makeSigner, signingKeysFromSeed } from "../../crypto/device-keys.ts";
import type { Finding } from "../../model/alert.ts";
import type { Detection } from "../../model/detection.ts";
import { type AlertId, type BootId, type CameraId, type CollectorId, type EntryId, hexToBytes, type ListId, type Plate, type Rid, type Sha256 } from "../../model/ids.ts";
import { appendRecord, beginLog, type LogHead, type RecordDraft } from "../chain.ts";
import { signCheckpoint } from "../checkpoint.ts";
import { ALERT_VERSION, encodeAlert } from "../payloads/alert-payload.ts";
import { DETECTION_VERSION, encodeDetection } from "../payloads/detection-payload.ts";
import { encodeGenesis, SMALL_VERSION } from "../payloads/site-payloads.ts";
import type { LogRecord, RecordKind } from "../record.ts";

export const SEED = hexToBytes("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
const BOOT = "b007b007b007b007" as BootId;
const START_MS = 1_795_305_600_000;
export const COLLECTOR = "01999999-0000-7000-8000-0000000000c1" as CollectorId;
export const CAMERA = "01999999-0000-7000-8000-0000000000ca" as CameraId;
export const RID = "01999999-0000-7000-8000-00000000d001" as Rid;

export const SAMPLE_DETECTION: Detection = {
  rid: RID, pass: RID, camera: CAMERA, cameraTimeMs: START_MS + 1_000, cameraOffsetMinutes: -300, plate: "A8C123" as Plate, plateRead: "A8C-123",
  confidence: { value: 91, scale: 100 }, characterConfidence: [99, 61, 98, 99, 99, 99], region: "US", direction: "approaching", lane: 1,
  vehicle: { type: "suv", colour: "white", make: null, model: null }, speedKmh: 42, box: { x: 413, y: 241, width: 26, height: 10 },
  images: [
    { role: "full", sha256: "11".repeat(32) as Sha256, bytes: 61_440 },
    { role: "crop", sha256: "22".repeat(32) as Sha256, bytes: 14_336 },
  ],
  test: false, historical: false,
};

export const SAMPLE_FINDING: Finding = {
  alert: "01999999-0000-8000-8000-00000000a1e7" as AlertId, pass: RID, entry: "01999999-0000-7000-8000-00000000e001" as EntryId,
  list: "01999999-0000-7000-8000-000000000115" as ListId, detection: RID,
  explanation: { kind: "confusable", plate: "A8C123", pattern: "ABC123", differences: [{ at: 1, read: "8", wanted: "B" }] },
  listVersion: { generation: "ab".repeat(16), cursor: 7, overlay: 1 }, listName: "Main & Maple", listOwner: "North watch", critical: false,
  reason: "seen at two break-ins", expiresMs: START_MS + 604_800_000,
};

/** Genesis, one detection, one alert about it, and the checkpoint over all three. */
export function sampleLog() {
  const keys = signingKeysFromSeed(SEED);
  const genesis = encodeGenesis({
    deviceKey: keys.publicKey, collector: COLLECTOR, class: "detections", nonce: hexToBytes("33".repeat(16)), previous: null, reason: "first start",
  });
  const first = beginLog(draft("genesis", SMALL_VERSION, "01999999-0000-7000-8000-000000000001", genesis, 0));
  const records: LogRecord[] = [first.record];
  let head: LogHead = first.head;
  const append = (made: RecordDraft) => {
    const next = appendRecord(first.logId, head, made);
    records.push(next.record);
    head = next.head;
    return next.record;
  };
  const detection = append(draft("detection", DETECTION_VERSION, RID, encodeDetection(SAMPLE_DETECTION), 1));
  const carried = { logId: first.logId, prevHash: detection.header.slice(0, 32), tail: detection.tailBytes, payload: detection.payload! };
  append(draft("alert", ALERT_VERSION, "01999999-0000-7000-8000-00000000f001", encodeAlert({ finding: SAMPLE_FINDING, detection: carried }), 2));
  const checkpoint = signCheckpoint(
    { logId: first.logId, next: head.next, headHash: head.head, wallMs: START_MS + 3_000, clockQuality: 3, boot: BOOT },
    makeSigner(keys),
  );
  return { logId: first.logId, publicKey: keys.publicKey, records, head, checkpoint };
}

function draft(kind: RecordKind, version: number, rid: string, fields: Uint8Array, second: number): RecordDraft {
  const moment = { boot: BOOT, monoMs: 5_000 + second * 1_000, wallMs: START_MS + second * 1_000, clockQuality: 3 };
  return { kind, version, rid: rid as Rid, moment, salt: new Uint8Array(16).fill(0x50 + second), fields };
}
