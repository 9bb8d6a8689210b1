import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeHlc } from "../../shared/clock/hlc.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { encodeAlertOp } from "../../shared/log/payloads/alert-op-payload.ts";
import { ALERT_VERSION, encodeAlert } from "../../shared/log/payloads/alert-payload.ts";
import { encodeCameraStatus, encodeImageDropped } from "../../shared/log/payloads/site-payloads.ts";
import { alertId } from "../../shared/match/alert-id.ts";
import type { Detection } from "../../shared/model/detection.ts";
import { type CameraId, type EntryId, type ListId, type Rid, uuid } from "../../shared/model/ids.ts";
import type { Db } from "../db/open-db.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { upsertCameras } from "../ingest/heartbeat-rows.ts";
import { addDetection, addRecord, appendOf, newRid, type TestLog, testCollector, testLog } from "../ingest/test-collector.ts";
import type { ReceivedAlertOp, ReceivedFinding } from "./alert-sink.ts";
import { mergeAppend } from "./merge-append.ts";
import type { MergeDeps } from "./merge-deps.ts";
import { knownCollector, mergeDepsOf, openTestLogs, registerCollector } from "./test-world.ts";

test.before(loadSodium);
test.after(closeTestDb);

async function world() {
  const db = await testDb();
  const owner = await knownCollector(db);
  const findings: ReceivedFinding[] = [];
  const ops: ReceivedAlertOp[] = [];
  const deps = mergeDepsOf(db, {
    alerts: {
      addFindings: async (_tx, more) => void findings.push(...more),
      addAlertOps: async (_tx, more) => void ops.push(...more),
    },
  });
  const detections = testLog(owner, "detections");
  const urgent = testLog(owner, "urgent");
  await openTestLogs(db, [detections, urgent]);
  return { db, deps, detections, urgent, findings, ops };
}

const merge = async (deps: MergeDeps, log: TestLog, from: number): Promise<number> => {
  const answer = await mergeAppend(deps, { collectorId: log.owner.id, append: appendOf(log, from), direct: true });
  if (answer.kind !== "at") throw new Error(`answered ${answer.kind}`);
  return answer.next;
};

function addAlert(urgent: TestLog, detections: TestLog, seq: number, detection: Detection): Rid {
  const record = detections.records[seq]!;
  const entry = uuid<EntryId>(uuidv7());
  const finding = {
    alert: alertId(detection.pass, entry),
    pass: detection.pass,
    entry,
    list: uuid<ListId>(uuidv7()),
    detection: detection.rid,
    explanation: { kind: "exact" as const, plate: detection.plate!, pattern: detection.plate!, differences: [] },
    listVersion: { generation: "0".repeat(32), cursor: 1, overlay: 0 },
    listName: "Break-ins",
    listOwner: "Main & Maple",
    critical: false,
    reason: "seen at two break-ins",
    expiresMs: Date.now() + 1e9,
  };
  const prevHash = record.header.subarray(0, 32);
  const carried = { logId: detections.logId, prevHash, tail: record.tailBytes, payload: record.payload! };
  return addRecord(urgent, { kind: "alert", version: ALERT_VERSION, fields: encodeAlert({ finding, detection: carried }) });
}

const proofs = async (db: Db) => (await db.selectFrom("detection_proofs").select("via").orderBy("via").execute()).map((row) => row.via);

test("an alert shows its detection before the other log has caught up; the log then only adds its proof", async () => {
  const { db, deps, detections, urgent, findings } = await world();
  const detection = addDetection(detections);
  const alert = addAlert(urgent, detections, 1, detection);
  addAlert(urgent, detections, 1, detection);
  await merge(deps, urgent, 0);
  assert.is(findings.length, 2);
  assert.is(findings[0]?.recordRid, alert);
  assert.is(findings[0]?.cameraId, detection.camera);
  assert.equal(
    (await db.selectFrom("detections").select("id").execute()).map((row) => row.id),
    [detection.rid],
  );
  assert.equal(await proofs(db), ["alert"]);
  await merge(deps, detections, 0);
  assert.is((await db.selectFrom("detections").select("id").execute()).length, 1);
  assert.equal(await proofs(db), ["alert", "log"]);
  const arrivals = await db.selectFrom("arrivals_pending").select("rid").where("rid", "=", detection.rid).execute();
  assert.is(arrivals.length, 1);
});

test("an alert that comes after its detection adds the finding and nothing twice", async () => {
  const { db, deps, detections, urgent, findings } = await world();
  const detection = addDetection(detections);
  await merge(deps, detections, 0);
  addAlert(urgent, detections, 1, detection);
  await merge(deps, urgent, 0);
  assert.is(findings.length, 1);
  assert.is((await db.selectFrom("detections").select("id").execute()).length, 1);
});

test("an act with a stamp from the future counts from five minutes after its receipt", async () => {
  const { deps, urgent, ops } = await world();
  const rid = newRid();
  const hlc = makeHlc(Date.now() + 1e10, 0);
  addRecord(urgent, {
    kind: "alert-op",
    rid,
    fields: encodeAlertOp({ rid, pass: newRid(), seen: [], verb: "note", hlc, author: "Dov", args: {}, relies: null }),
  });
  await merge(deps, urgent, 0);
  assert.ok(ops[0]!.effectiveHlc <= makeHlc(ops[0]!.receivedMs + 5 * 60_000, 0));
});

test("a camera that stops and resumes leaves the stretch in which it did not watch", async () => {
  const { db, deps, urgent } = await world();
  const camera = uuid<Detection["camera"]>(uuidv7());
  const fromMs = Date.now() - 60_000;
  const status = (state: "silent" | "watching", sinceMs: number) =>
    addRecord(urgent, { kind: "camera-status", fields: encodeCameraStatus({ camera, state, detail: "", sinceMs }) });
  status("silent", fromMs);
  status("watching", fromMs + 20_000);
  await merge(deps, urgent, 0);
  const gaps = await db.selectFrom("camera_gaps").selectAll().execute();
  assert.is(gaps.length, 1);
  assert.is(gaps[0]!.to_at!.getTime() - gaps[0]!.from_at.getTime(), 20_000);
});

test("what a collector says of another's camera is not taken", async () => {
  const { db, deps, urgent } = await world();
  const other = testCollector();
  const { siteId } = await registerCollector(db, other.id);
  const id = uuid<CameraId>(uuidv7());
  const facts = { name: "North gate", adapter: "hikvision", mode: "stream", state: "watching", detail: "" };
  const camera = { id, ...facts, lastMessageMs: null, lastDetectionMs: null, latitude: null, longitude: null };
  await db.transaction().execute((tx) => upsertCameras(tx, other.id, siteId, [camera], Date.now()));
  const fields = encodeCameraStatus({ camera: id, state: "silent", detail: "", sinceMs: Date.now() });
  addRecord(urgent, { kind: "camera-status", fields });
  await merge(deps, urgent, 0);
  assert.equal(await db.selectFrom("camera_gaps").selectAll().execute(), []);
  assert.equal(await db.selectFrom("cameras").select("state").execute(), [{ state: "watching" }]);
});

test("a picture that the edge had to give up is noted as dropped", async () => {
  const { db, deps, detections } = await world();
  const { rid, images } = addDetection(detections);
  const fields = encodeImageDropped({ detection: rid, sha256: images[0]!.sha256, why: "disk full" });
  addRecord(detections, { kind: "image-dropped", fields });
  await merge(deps, detections, 0);
  assert.equal(await db.selectFrom("image_events").select(["event", "detail"]).execute(), [{ event: "dropped", detail: "disk full" }]);
});

test("a new log that names the one before closes that one", async () => {
  const { db, deps, detections } = await world();
  addDetection(detections);
  await merge(deps, detections, 0);
  const { owner } = detections;
  const previous = { logId: detections.logId, next: 2, hash: detections.heads[2]!.head };
  const next = testLog(owner, "detections", owner.id, previous);
  await openTestLogs(db, [next]);
  await merge(deps, next, 0);
  addDetection(detections);
  const answer = await mergeAppend(deps, { collectorId: owner.id, append: appendOf(detections, 2), direct: true });
  assert.is(answer.kind === "rewind" && answer.why, "closed");
});

test.run();
