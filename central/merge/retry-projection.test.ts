import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { encodeAlertOp } from "../../shared/log/payloads/alert-op-payload.ts";
import { encodeRehome, REHOME_VERSION, rehomedFrom } from "../../shared/log/payloads/rehome-payload.ts";
import { hexToBytes } from "../../shared/model/ids.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { addDetection, addRecord, appendOf, newRid, testLog } from "../ingest/test-collector.ts";
import { mergeAppend } from "./merge-append.ts";
import { retryProjections } from "./retry-projection.ts";
import { knownCollector, mergeDepsOf, openTestLogs } from "./test-world.ts";

test.before(loadSodium);
test.after(closeTestDb);

test("what a release could not take is projected by the next one, once, and numbered again", async () => {
  const db = await testDb();
  const owner = await knownCollector(db);
  const log = testLog(owner);
  await openTestLogs(db, [log]);
  const pass = newRid();
  const rid = newRid();
  const op = { rid, pass, seen: [], verb: "note", hlc: "0".repeat(16) as never, author: "Dov", args: {}, relies: null } as const;
  addRecord(log, { kind: "alert-op", rid, fields: encodeAlertOp(op) });
  addRecord(log, { kind: "rehome", fields: new Uint8Array([0x90]) });
  addDetection(log);

  const refusing = mergeDepsOf(db, {
    alerts: {
      addFindings: async () => undefined,
      addAlertOps: async () => {
        throw new TypeError("an older release");
      },
    },
  });
  const append = appendOf(log, 0);
  assert.is((await mergeAppend(refusing, { collectorId: owner.id, append, direct: true })).kind, "at");
  assert.is(await retryProjections(refusing), 0);

  const taken: string[] = [];
  const knowing = mergeDepsOf(db, {
    alerts: { addFindings: async () => undefined, addAlertOps: async (_tx, ops) => void taken.push(...ops.map((one) => one.op.rid)) },
  });
  assert.is(await retryProjections(knowing), 1);
  assert.equal(taken, [rid]);
  assert.is(await retryProjections(knowing), 0);
  const numbered = await db.selectFrom("arrivals_pending").select("rid").where("rid", "=", rid).execute();
  assert.is(numbered.length, 2);
  const open = await db.selectFrom("projection_errors").select("seq").where("resolved_at", "is", null).execute();
  assert.equal(
    open.map((row) => Number(row.seq)),
    [2],
  );
});

test("what a record that waits carries gets its rid and its proof, like with a release that understands it at once", async () => {
  const db = await testDb();
  const owner = await knownCollector(db);
  const [left, log] = [testLog(owner), testLog(owner)];
  await openTestLogs(db, [left, log]);
  const seen = addDetection(left).rid;
  const unreadable = addRecord(left, { kind: "detection", fields: new Uint8Array([0x90]) });
  for (const record of left.records.slice(1))
    addRecord(log, { kind: "rehome", version: REHOME_VERSION, fields: encodeRehome(rehomedFrom(left.logId, record)) });
  const deps = mergeDepsOf(db);
  await mergeAppend(deps, { collectorId: owner.id, append: appendOf(log, 0), direct: true });
  // As a release leaves it that knows no `rehome`: of both, only the wrapping stands there, and waits.
  const carried = [seen, unreadable];
  await db.deleteFrom("detections").where("id", "in", carried).execute();
  await db.deleteFrom("record_ids").where("rid", "in", carried).execute();
  await db.deleteFrom("detection_proofs").where("rid", "in", carried).execute();
  await db.deleteFrom("projection_errors").execute();
  const log_id = hexToBytes(log.logId);
  for (const { tail } of log.records.slice(1)) {
    const { seq, rid, kind, version } = tail;
    await db
      .insertInto("projection_errors")
      .values({ log_id, seq, rid, kind, version, why: "unknown", at: new Date(), resolved_at: null })
      .execute();
  }

  assert.is(await retryProjections(deps), 1);
  const rids = async (table: "record_ids" | "detection_proofs") =>
    (await db.selectFrom(table).select("rid").where("rid", "in", carried).orderBy("rid").execute()).map((row) => row.rid);
  assert.equal(await rids("record_ids"), [...carried].sort());
  assert.equal(await rids("detection_proofs"), [...carried].sort());
  assert.is((await db.selectFrom("detections").select("id").where("id", "=", seen).execute()).length, 1);
});

test.run();
