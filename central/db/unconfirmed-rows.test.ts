import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { ALERT_VERSION, encodeAlert } from "../../shared/log/payloads/alert-payload.ts";
import { encodeRehome, REHOME_VERSION, rehomedFrom } from "../../shared/log/payloads/rehome-payload.ts";
import { alertId } from "../../shared/match/alert-id.ts";
import { type EntryId, type ListId, uuid } from "../../shared/model/ids.ts";
import { alertSink } from "../alerts/take-alerts.ts";
import { addDetection, addRecord, appendOf, type TestLog, testCollector, testLog } from "../ingest/test-collector.ts";
import { mergeAppend } from "../merge/merge-append.ts";
import { bindKey, knownCollector, mergeDepsOf, openTestLogs } from "../merge/test-world.ts";
import { detectionViewsById } from "./detection-view-rows.ts";
import { closeTestDb, testDb } from "./test-db.ts";

test.before(loadSodium);
test.after(closeTestDb);

/** A site's own device, and another that came later under the same API key. */
async function world() {
  const db = await testDb();
  const owner = await knownCollector(db);
  const other = testCollector(owner.id);
  await bindKey(db, owner.id, other.deviceKey);
  const confirm = (confirmed: boolean) =>
    db.updateTable("collector_keys").set({ confirmed }).where("device_key", "=", other.deviceKey).execute();
  await confirm(false);
  const deps = mergeDepsOf(db, { alerts: alertSink });
  const merge = async (log: TestLog) => {
    assert.is((await mergeAppend(deps, { collectorId: owner.id, append: appendOf(log, 0), direct: true })).kind, "at");
  };
  const send = async (log: TestLog) => {
    await openTestLogs(db, [log]);
    await merge(log);
  };
  const marked = async (ids: readonly string[]) => (await detectionViewsById(db, ids)).map((view) => view.unconfirmed_key === true);
  return { db, owner, other, confirm, merge, send, marked };
}

test("each detection of a device whose key nobody has confirmed says so, the site's own do not, and confirming ends it", async () => {
  const { owner, other, confirm, send, marked } = await world();
  const own = testLog(owner);
  const strange = testLog(other);
  const ids = [addDetection(own).rid, addDetection(strange).rid];
  await send(own);
  await send(strange);
  assert.equal(await marked(ids), [false, true]);
  await confirm(true);
  assert.equal(await marked(ids), [false, false]);
});

test("a detection that the confirmed device vouches for as well is not marked, whoever brought it first", async () => {
  const { owner, other, send, marked } = await world();
  const own = testLog(owner);
  const { rid } = addDetection(own);
  const strange = testLog(other);
  addRecord(strange, { kind: "rehome", version: REHOME_VERSION, fields: encodeRehome(rehomedFrom(own.logId, own.records[1]!)) });
  await send(strange);
  assert.equal(await marked([rid]), [true]);
  await send(own);
  assert.equal(await marked([rid]), [false]);
});

test("an alert's early copy is marked as its own record is, before the detection's log has caught up", async () => {
  const { db, other, confirm, merge, marked } = await world();
  const [detections, urgent] = [testLog(other), testLog(other, "urgent")];
  const { rid, pass, plate } = addDetection(detections);
  const { header, tailBytes, payload } = detections.records[1]!;
  const carried = { logId: detections.logId, prevHash: header.subarray(0, 32), tail: tailBytes, payload: payload! };
  const entry = uuid<EntryId>(uuidv7());
  const finding = {
    alert: alertId(pass, entry),
    pass,
    entry,
    list: uuid<ListId>(uuidv7()),
    detection: rid,
    explanation: { kind: "exact" as const, plate: plate!, pattern: plate!, differences: [] },
    listVersion: { generation: "0".repeat(32), cursor: 1, overlay: 0 },
    listName: "Break-ins",
    listOwner: "Main & Maple",
    critical: false,
    reason: "seen at two break-ins",
    expiresMs: Date.now() + 1e9,
  };
  addRecord(urgent, { kind: "alert", version: ALERT_VERSION, fields: encodeAlert({ finding, detection: carried }) });
  await openTestLogs(db, [detections, urgent]);
  await merge(urgent);
  assert.equal(await marked([rid]), [true]);
  await confirm(true);
  assert.equal(await marked([rid]), [false]);
});

test.run();
