/** Records that come in another log than they were signed in. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { encodeRehome, REHOME_VERSION, rehomedFrom } from "../../shared/log/payloads/rehome-payload.ts";
import { encodeMissingRange } from "../../shared/log/payloads/site-payloads.ts";
import { bytesToHex, type Rid } from "../../shared/model/ids.ts";
import type { Db } from "../db/open-db.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { addDetection, addRecord, appendOf, type TestLog, testLog } from "../ingest/test-collector.ts";
import { mergeAppend } from "./merge-append.ts";
import { knownCollector, mergeDepsOf, openTestLogs } from "./test-world.ts";

test.before(loadSodium);
test.after(closeTestDb);

async function world() {
  const db = await testDb();
  const owner = await knownCollector(db);
  const deps = mergeDepsOf(db);
  const open = (log: TestLog) => openTestLogs(db, [log]);
  const merge = (log: TestLog, from = 0, count?: number) =>
    mergeAppend(deps, { collectorId: owner.id, append: appendOf(log, from, count), direct: true });
  return { db, owner, open, merge };
}

/** What an edge offers again: everything of `from` behind record `next`. */
function offerAgain(into: TestLog, from: TestLog, next: number): void {
  for (const record of from.records.slice(Math.max(1, next))) {
    addRecord(into, { kind: "rehome", version: REHOME_VERSION, fields: encodeRehome(rehomedFrom(from.logId, record)) });
  }
}
const shown = async (db: Db): Promise<Rid[]> =>
  (await db.selectFrom("detections").select("id").orderBy("id").execute()).map((row) => row.id as Rid);

test("what central had is not shown twice, what it lacked is shown, and both are proved", async () => {
  const { db, owner, open, merge } = await world();
  const old = testLog(owner);
  const rids = Array.from({ length: 6 }, () => addDetection(old).rid).sort();
  await open(old);
  assert.is((await merge(old, 0, 4)).kind, "at");
  const fresh = testLog(owner, "detections", owner.id, { logId: old.logId, next: 2, hash: old.heads[2]!.head });
  offerAgain(fresh, old, 2);
  await open(fresh);
  assert.is((await merge(fresh)).kind, "at");
  assert.equal(await shown(db), rids);
  assert.is(
    Number(
      (
        await db
          .selectFrom("log_records")
          .select((eb) => eb.fn.countAll().as("n"))
          .executeTakeFirstOrThrow()
      ).n,
    ),
    4 + 6,
  );
  const proofs = await db.selectFrom("detection_proofs").select(["rid", "via", "seq"]).where("via", "=", "rehome").orderBy("seq").execute();
  assert.equal(
    proofs.map((one) => Number(one.seq)),
    [1, 2, 3, 4, 5],
  );
  const images = await db.selectFrom("detection_images").select("rid").execute();
  assert.is(images.length, 12, "pictures of re-homed records are expected too");
  assert.is((await db.selectFrom("projection_errors").selectAll().execute()).length, 0);
});

test("the log that was continued takes nothing more, says where it ended, and people read why", async () => {
  const { db, owner, open, merge } = await world();
  const old = testLog(owner);
  for (let at = 0; at < 3; at++) addDetection(old);
  await open(old);
  await merge(old);
  const fresh = testLog(owner, "detections", owner.id, { logId: old.logId, next: 4, hash: old.heads[4]!.head });
  await open(fresh);
  await merge(fresh);
  addDetection(old);
  const answer = await merge(old, 4);
  assert.is(answer.kind === "rewind" && answer.why, "closed");
  assert.equal(answer.kind === "rewind" && answer.pairs.map(([seq]) => seq), [3, 2, 0]);
  const notices = await db.selectFrom("notices").select(["code", "words", "collector_id"]).execute();
  assert.is(notices.length, 1);
  assert.is(notices[0]!.code, "log-continued");
  assert.match(notices[0]!.words, /began a new log.*from record 4.*nothing is counted twice/);
  assert.is(notices[0]!.collector_id, owner.id);
});

test("records that cannot be had any more are told to people, once", async () => {
  const { db, owner, open, merge } = await world();
  const log = testLog(owner);
  const fields = encodeMissingRange({ logId: log.logId, from: 7, to: 9, why: "not readable on this disk any more" });
  addRecord(log, { kind: "gap", fields });
  addRecord(log, { kind: "gap", fields });
  await open(log);
  await merge(log);
  const notices = await db.selectFrom("notices").select(["code", "level", "words"]).execute();
  assert.equal(
    notices.map((one) => [one.code, one.level]),
    [["records-lost", "warning"]],
  );
  assert.match(notices[0]!.words, /Records 7 to 8 .* cannot be had any more: not readable/);
});

test("what a site removed by rule when its disk was full is told once, by its range, and is no alarm", async () => {
  const { db, owner, open, merge } = await world();
  const log = testLog(owner);
  for (let at = 0; at < 3; at++) addDetection(log);
  const why = "the disk was full";
  addRecord(log, { kind: "pruned", fields: encodeMissingRange({ logId: log.logId, from: 7, to: 10, why }) });
  addRecord(log, { kind: "pruned", fields: encodeMissingRange({ logId: log.logId, from: 7, to: 10, why }) });
  await open(log);
  await merge(log);
  const notices = await db.selectFrom("notices").select(["code", "level", "words", "collector_id"]).execute();
  assert.equal(
    notices.map((one) => [one.code, one.level, one.collector_id]),
    [["records-pruned", "info", owner.id]],
  );
  assert.is(notices[0]!.words, "Records 7 to 9 of one of the site's logs were removed at the site by rule: the disk was full.");
});

test("what a site cannot read any more and central has is no loss; of the rest the number is told", async () => {
  const { db, owner, open, merge } = await world();
  const old = testLog(owner);
  for (let at = 0; at < 5; at++) addDetection(old);
  await open(old);
  await merge(old);
  const why = "not readable on this disk any more";
  const fresh = testLog(owner, "detections", owner.id, { logId: old.logId, next: 3, hash: old.heads[3]!.head });
  addRecord(fresh, { kind: "gap", fields: encodeMissingRange({ logId: old.logId, from: 3, to: 5, why }) });
  addRecord(fresh, { kind: "gap", fields: encodeMissingRange({ logId: old.logId, from: 5, to: 9, why }) });
  await open(fresh);
  await merge(fresh);
  const lost = await db.selectFrom("notices").select("words").where("code", "=", "records-lost").execute();
  assert.is(lost.length, 1);
  assert.match(lost[0]!.words, /^3 of the records 5 to 8 of one of the site's logs cannot be had any more/);
});

test("a site whose log begins anew beside an earlier one is told once, as a possible loss; a first start is no news", async () => {
  const { db, owner, open, merge } = await world();
  const told = async () => await db.selectFrom("notices").select(["code", "level", "words", "collector_id"]).execute();
  const first = testLog(owner);
  const urgent = testLog(owner, "urgent");
  for (const log of [first, urgent]) {
    await open(log);
    await merge(log);
  }
  assert.equal(await told(), []);
  for (const log of [testLog(owner), testLog(owner, "urgent")]) {
    await open(log);
    await merge(log);
  }
  const notices = await told();
  assert.equal(
    notices.map((one) => [one.code, one.level, one.collector_id]),
    [["log-begun-anew", "warning", owner.id]],
  );
  assert.match(notices[0]!.words, /begins anew and continues none .*had not sent is lost, unless the old card can still be read/);
});

test("a carried record that cannot be read is kept for later under the record that carries it", async () => {
  const { db, owner, open, merge } = await world();
  const old = testLog(owner);
  addRecord(old, { kind: "detection", fields: new Uint8Array([0xc1]) });
  addDetection(old);
  const fresh = testLog(owner, "detections", owner.id, { logId: old.logId, next: 1, hash: old.heads[1]!.head });
  offerAgain(fresh, old, 1);
  await open(fresh);
  assert.is((await merge(fresh)).kind, "at");
  const errors = await db.selectFrom("projection_errors").select(["log_id", "seq", "kind"]).execute();
  assert.equal(
    errors.map((one) => [bytesToHex(one.log_id), Number(one.seq), one.kind]),
    [[fresh.logId, 1, 2]],
  );
  assert.is((await shown(db)).length, 1);
});

test.run();
