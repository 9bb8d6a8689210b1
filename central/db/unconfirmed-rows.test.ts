import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { encodeRehome, REHOME_VERSION, rehomedFrom } from "../../shared/log/payloads/rehome-payload.ts";
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
  const send = async (log: TestLog) => {
    await openTestLogs(db, [log]);
    assert.is((await mergeAppend(mergeDepsOf(db), { collectorId: owner.id, append: appendOf(log, 0), direct: true })).kind, "at");
  };
  const marked = async (ids: readonly string[]) => (await detectionViewsById(db, ids)).map((view) => view.unconfirmed_key === true);
  return { owner, other, confirm, send, marked };
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

test.run();
