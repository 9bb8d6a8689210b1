import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodeDetection } from "../../shared/log/payloads/detection-payload.ts";
import type { Capture } from "../cameras/camera.ts";
import { openImageStore } from "../images/image-store.ts";
import { CAMERA, makeTestStore, type TestStore } from "../log/test-store.ts";
import { makeIngest, newIngestCounts } from "./ingest-capture.ts";
import { eventKeyOf, sourceKeyOf } from "./source-key.ts";

const jpeg = (text: string) => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from(text)]);
const CAPTURE: Capture = {
  vendorEventId: "77",
  vendorUpdate: null,
  raw: Buffer.from("<xml/>"),
  plateRead: "abc-123",
  cameraTimeMs: null,
  cameraOffsetMinutes: null,
  confidence: { value: 97, scale: 100 },
  characterConfidence: [97, 250, -3],
  region: "US",
  direction: "approaching",
  lane: 1,
  vehicle: null,
  speedKmh: Number.NaN,
  box: null,
  pictures: [
    { role: "full", bytes: jpeg("scene") },
    { role: "crop", bytes: jpeg("crop") },
    { role: "crop", bytes: jpeg("a second crop") },
    { role: "vehicle", bytes: Buffer.from("GIF89a") },
  ],
  historical: false,
};

let world: TestStore;
let home: string;
test.before.each(async () => {
  world = await makeTestStore();
  home = mkdtempSync(join(tmpdir(), "edge-ingest-"));
});
test.after.each(() => {
  world.remove();
  rmSync(home, { recursive: true, force: true });
});

const ingestInto = (put?: ReturnType<typeof openImageStore>["put"]) => {
  const images = openImageStore({ home, sleep: async (ms, signal) => void (await delay(ms, undefined, { signal }).catch(() => {})) });
  const counts = newIngestCounts();
  const writer = {
    appendDetection: async (draft: Parameters<Parameters<typeof makeIngest>[0]["writer"]["appendDetection"]>[0]) =>
      world.store.verb("appendDetection", draft),
  };
  return { images, counts, ingest: makeIngest({ images: { put: put ?? images.put }, writer, moment: world.now, counts }) };
};
const stored = (rid: string) => {
  const row = world.rows.detections.byRid(rid as Parameters<typeof world.rows.detections.byRid>[0])!;
  return decodeDetection(row.rid, world.rows.logs.recordAt(row.log, row.seq)!.payload!.subarray(16))!;
};

test("a capture's pictures are on disk when its detection is stored, one for each role, and nothing that is no JPEG", async () => {
  const { ingest, images } = ingestInto();
  const { rid } = await ingest(CAMERA, CAPTURE);
  const detection = stored(rid);
  assert.equal(
    detection.images.map((image) => image.role),
    ["crop", "full"],
  );
  assert.equal(await images.get(detection.images[0]!.sha256), jpeg("crop"));
});

test("what a camera says is made to fit the record", async () => {
  const { ingest } = ingestInto();
  const { rid } = await ingest(CAMERA, { ...CAPTURE, plateRead: `AB${"x".repeat(100)}`, region: "\ud800" });
  const detection = stored(rid);
  assert.equal([detection.plate, detection.plateRead!.length, detection.speedKmh], [null, 64, null]);
  assert.equal(detection.characterConfidence, [97, 100, 0]);
});

test("a picture that cannot be kept costs the picture, not the detection", async () => {
  const { ingest, counts } = ingestInto(async () => ({ kind: "dropped", why: "the disk is full" }));
  const { rid } = await ingest(CAMERA, CAPTURE);
  assert.is(counts.picturesDropped, 2);
  assert.is(world.rows.images.byHash(stored(rid).images[0]!.sha256)!.state, "dropped");
});

test("the button's detection says test in its signed bytes", async () => {
  const { ingest } = ingestInto();
  const { rid } = await ingest(CAMERA, CAPTURE, "by-test-button");
  assert.is(stored(rid).test, true);
});

test("the same message again is known; the same event with another plate revises", async () => {
  const { ingest, counts } = ingestInto();
  const first = await ingest(CAMERA, CAPTURE);
  assert.is((await ingest(CAMERA, CAPTURE)).kind, "known");
  const revised = await ingest(CAMERA, { ...CAPTURE, plateRead: "ABC124" });
  assert.equal([revised.kind, revised.rid], ["revised", first.rid]);
  assert.equal([counts.stored, counts.known, counts.revised], [1, 1, 1]);
});

test("a source key keeps its parts apart, and without an event id is of the message itself", () => {
  const raw = Buffer.from("a");
  const key = (vendorEventId: string | null, plateRead: string, bytes = raw) =>
    sourceKeyOf({ vendorEventId, plateRead, vendorUpdate: null, raw: bytes });
  assert.is.not(key("12", "3A"), key("123", "A"));
  assert.is(key("12", "3A"), key("12", "3A", Buffer.from("b")));
  assert.is.not(key(null, "3A"), key(null, "3A", Buffer.from("b")));
  assert.is(eventKeyOf(CAMERA, { vendorEventId: null }), null);
});

test.run();
