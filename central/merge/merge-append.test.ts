import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { encodeClockFix } from "../../shared/log/payloads/site-payloads.ts";
import { hexToBytes } from "../../shared/model/ids.ts";
import type { Db } from "../db/open-db.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { openLogs } from "../ingest/session-rows.ts";
import {
  addDetection,
  addRecord,
  appendOf,
  checkpointAt,
  momentOf,
  type TestLog,
  testCollector,
  testLog,
} from "../ingest/test-collector.ts";
import { mergeAppend } from "./merge-append.ts";
import type { MergeDeps } from "./merge-deps.ts";
import { knownCollector, mergeDepsOf, registerCollector } from "./test-world.ts";

test.before(loadSodium);
test.after(closeTestDb);

async function world(more: Partial<MergeDeps> = {}) {
  const db = await testDb();
  const owner = await knownCollector(db);
  const deps = mergeDepsOf(db, more);
  const log = testLog(owner);
  await openLog(db, log);
  return { db, deps, owner, log };
}

const openLog = (db: Db, log: TestLog) =>
  db.transaction().execute((tx) => openLogs(tx, log.owner.id, [log.logId], log.owner.session, Date.now()));

const merge = (deps: MergeDeps, log: TestLog, from: number, count?: number) =>
  mergeAppend(deps, { collectorId: log.owner.id, append: appendOf(log, from, count), direct: true });

async function count(
  db: Db,
  table: "log_records" | "detections" | "detection_proofs" | "arrivals_pending" | "projection_errors" | "quarantine",
) {
  return Number(
    (
      await db
        .selectFrom(table)
        .select((e) => e.fn.countAll().as("n"))
        .executeTakeFirstOrThrow()
    ).n,
  );
}

test("a batch is stored with its exact bytes and shown as detections", async () => {
  const { db, deps, log } = await world();
  for (let i = 0; i < 12; i++) addDetection(log, { plate: "ABC123" as never, plateRead: "ABC-123" });
  const answer = await merge(deps, log, 0);
  assert.is(answer.kind, "at");
  assert.is(answer.kind === "at" && answer.next, 13);
  const rows = await db.selectFrom("log_records").selectAll().orderBy("seq").execute();
  assert.equal(
    rows.map((row) => row.hash),
    log.records.map((one) => one.hash),
  );
  assert.equal(
    rows.map((row) => row.payload),
    log.records.map((one) => one.payload),
  );
  const [first] = await db.selectFrom("detections").selectAll().orderBy("id").execute();
  assert.is(first!.plate, "ABC123");
  assert.is(first!.plate_read, "ABC-123");
  assert.is(first!.folded, "A8C123");
  assert.is(first!.confidence, 97);
  assert.is(await count(db, "detection_proofs"), 12);
  assert.is(await count(db, "arrivals_pending"), 13 + 1, "each record for its number, and the checkpoint for the tree");
  assert.equal(await db.selectFrom("plates").selectAll().execute(), [{ plate: "ABC123", folded: "A8C123" }]);
  assert.is((await db.selectFrom("detection_images").selectAll().execute()).length, 24);
  const row = await db.selectFrom("collector_logs").selectAll().executeTakeFirstOrThrow();
  assert.is(row.status, "active");
  assert.is(row.class, "detections");
  assert.equal(row.head, log.heads[13]!.head);
});

test("T-47 the same batch a hundred times leaves one copy", async () => {
  const { db, deps, log } = await world();
  for (let i = 0; i < 5; i++) addDetection(log);
  const answers = await Promise.all(Array.from({ length: 100 }, () => merge(deps, log, 0)));
  assert.ok(answers.every((answer) => answer.kind === "at" && answer.next === 6));
  assert.is(await count(db, "log_records"), 6);
  assert.is(await count(db, "detections"), 5);
});

test("a gap and a partial overlap are answered with where the log stands", async () => {
  const { deps, log } = await world();
  for (let i = 0; i < 9; i++) addDetection(log);
  await merge(deps, log, 0, 4);
  const gap = await merge(deps, log, 6, 2);
  assert.is(gap.kind === "rewind" && gap.why, "gap");
  assert.is(gap.kind === "rewind" && gap.next, 4);
  const overlap = await merge(deps, log, 2, 4);
  assert.is(overlap.kind === "rewind" && overlap.next, 4);
  const rest = await merge(deps, log, 4);
  assert.is(rest.kind === "at" && rest.next, 10);
});

test("a wrong signature changes nothing, its bytes are kept for support, and central's log says so", async () => {
  const { db, deps, owner, log } = await world();
  const said: string[] = [];
  const talking = { ...deps, log: { warn: (_facts: object, words: string) => said.push(words) } };
  addDetection(log);
  const append = appendOf(log, 0);
  const forged = { ...append, checkpoint: checkpointAt(log, 2, testCollector().sign) };
  const answer = await mergeAppend(talking, { collectorId: owner.id, append: forged, direct: true });
  assert.equal(said, ["records that do not verify were set aside"]);
  assert.is(answer.kind === "rewind" && answer.why, "bad-signature");
  assert.is(await count(db, "log_records"), 0);
  assert.is(await count(db, "quarantine"), 1);
  assert.is((await merge(deps, log, 0)).kind, "at");
});

test("a record that nobody understands is kept and said", async () => {
  const { db, deps, owner, log } = await world();
  addRecord(log, { kind: "detection", fields: new Uint8Array([0xc1, 1, 2, 3]) });
  const said: object[] = [];
  const talking = { ...deps, log: { warn: (facts: object, words: string) => said.push({ ...facts, words }) } };
  const answer = await mergeAppend(talking, { collectorId: owner.id, append: appendOf(log, 0), direct: true });
  assert.is(answer.kind === "at" && answer.next, 2);
  assert.is(await count(db, "projection_errors"), 1);
  assert.equal(said, [
    { log: log.logId, records: 1, why: "the payload cannot be read", words: "records were kept that this release does not understand" },
  ]);
});

test("a changed payload does not chain to the signed head", async () => {
  const { db, deps, owner, log } = await world();
  addDetection(log);
  log.records[1] = { ...log.records[1]!, payload: Uint8Array.from(log.records[1]!.payload!, (byte, at) => (at === 20 ? byte ^ 1 : byte)) };
  const answer = await mergeAppend(deps, { collectorId: owner.id, append: appendOf(log, 0), direct: true });
  assert.is(answer.kind === "rewind" && answer.why, "bad-prev");
  assert.is(await count(db, "log_records"), 0);
});

test("a log whose genesis names another collector is refused", async () => {
  const { db, deps, owner } = await world();
  const foreign = testLog(owner, "detections", testCollector().id);
  await openLog(db, foreign);
  const answer = await merge(deps, foreign, 0);
  assert.is(answer.kind === "rewind" && answer.why, "unknown-key");
  assert.is(await count(db, "log_records"), 0);
});

test("a log of another collector's is unknown to this one", async () => {
  const { db, deps, log } = await world();
  const other = testCollector();
  await registerCollector(db, other.id);
  const answer = await mergeAppend(deps, { collectorId: other.id, append: appendOf(log, 0), direct: true });
  assert.is(answer.kind, "unknown-log");
});

test("an unknown kind and an unreadable payload are stored, reported, and do not stop the log", async () => {
  const { db, deps, log } = await world();
  addRecord(log, { kind: "rehome", fields: new Uint8Array([0x90]) });
  addRecord(log, { kind: "detection", fields: new Uint8Array([0xc1]) });
  addDetection(log);
  const answer = await merge(deps, log, 0);
  assert.is(answer.kind === "at" && answer.next, 4);
  assert.is(await count(db, "log_records"), 4);
  assert.is(await count(db, "detections"), 1);
  const errors = await db.selectFrom("projection_errors").selectAll().orderBy("seq").execute();
  assert.equal(
    errors.map((error) => Number(error.seq)),
    [1, 2],
  );
});

test("what the database refuses is set aside alone", async () => {
  const { db, deps, log } = await world({
    alerts: {
      addFindings: async () => undefined,
      addAlertOps: async (tx) => {
        await tx
          .insertInto("alert_ops")
          .values({ rid: "no uuid" } as never)
          .execute();
      },
    },
  });
  addDetection(log);
  const fields = (await import("../../shared/log/payloads/alert-op-payload.ts")).encodeAlertOp({
    rid: log.records[1]!.tail.rid,
    pass: log.records[1]!.tail.rid,
    seen: [],
    verb: "note",
    hlc: "0".repeat(16) as never,
    author: "Dov",
    args: { text: "\0" },
    relies: null,
  });
  addRecord(log, { kind: "alert-op", fields });
  addDetection(log);
  const answer = await merge(deps, log, 0);
  assert.is(answer.kind === "at" && answer.next, 4);
  assert.is(await count(db, "detections"), 2);
  assert.equal(
    (await db.selectFrom("projection_errors").select("seq").execute()).map((row) => Number(row.seq)),
    [2],
  );
});

test("absurd numbers and zero bytes in a reading do not hide the detection", async () => {
  const { db, deps, log } = await world();
  addDetection(log, {
    lane: 123_456,
    region: "A\0B",
    speedKmh: 1e300,
    box: { x: 1e6, y: 0.4, width: -1, height: 5 },
    cameraTimeMs: 8.64e15,
  });
  assert.is((await merge(deps, log, 0)).kind, "at");
  const row = await db.selectFrom("detections").selectAll().executeTakeFirstOrThrow();
  assert.is(row.lane, null);
  assert.is(row.region, "A\ufffdB");
  assert.is(await count(db, "projection_errors"), 0);
});

test("the same rid with other content is an alarm and the first content stands", async () => {
  const { db, deps, owner, log } = await world();
  const { rid } = addDetection(log, { plate: "FIRST1" as never });
  await merge(deps, log, 0);
  const second = testLog(owner);
  await openLog(db, second);
  addDetection(second, { rid, plate: "SECOND" as never });
  assert.is((await merge(deps, second, 0)).kind, "at");
  assert.equal(await db.selectFrom("detections").select("plate").execute(), [{ plate: "FIRST1" }]);
  assert.is((await db.selectFrom("notices").selectAll().execute())[0]?.code, "rid-conflict");
  assert.is(await count(db, "projection_errors"), 1);
  assert.is(await count(db, "detection_proofs"), 2);
});

test("a record without payload is stored and takes no rid", async () => {
  const { db, deps, owner, log } = await world();
  const { rid } = addDetection(log);
  log.records[1] = { ...log.records[1]!, payload: null };
  const append = appendOf(log, 0, 1);
  await mergeAppend(deps, { collectorId: owner.id, append, direct: true });
  const { packItems } = await import("../../shared/protocol/append-body.ts");
  const { nodeZstd } = await import("./zstd.ts");
  const [record] = log.records.slice(1);
  const body = packItems([{ tail: record!.tailBytes, payload: null, digest: record!.payloadDigest }], nodeZstd);
  const answer = await mergeAppend(deps, { collectorId: owner.id, append: { ...appendOf(log, 1, 1), ...body }, direct: true });
  assert.is(answer.kind === "at" && answer.next, 2);
  assert.is((await db.selectFrom("record_ids").selectAll().where("rid", "=", rid).execute()).length, 0);
});

test("times: trusted wall clock, receipt for a clock of 1970, corrected once a clock-fix of that boot is known", async () => {
  const nowMs = Date.now();
  const { db, deps, owner, log } = await world({ nowMs: () => nowMs });
  addDetection(log, {}, momentOf(owner, nowMs - 60_000, 3));
  addDetection(log, {}, { ...momentOf(owner, 0, 0), monoMs: 5_000 });
  addRecord(log, {
    kind: "clock-fix",
    fields: encodeClockFix({ boot: owner.boot, monoMs: 10_000, utcMs: nowMs - 30_000, uncertaintyMs: 20, source: "heartbeat" }),
  });
  addDetection(log, {}, { ...momentOf(owner, 0, 0), monoMs: 9_000 });
  await merge(deps, log, 0);
  addDetection(log, {}, { ...momentOf(owner, 0, 0), monoMs: 8_000 });
  await merge(deps, log, 5);
  const rows = await db.selectFrom("detections").select(["captured_at"]).orderBy("id").execute();
  assert.equal(
    rows.map((row) => row.captured_at.getTime() - nowMs),
    [-60_000, 0, -31_000, -32_000],
  );
});

test("an old month gets its partition", async () => {
  const { db, deps, owner, log } = await world();
  addDetection(log, {}, momentOf(owner, Date.UTC(2025, 4, 5), 3));
  assert.is((await merge(deps, log, 0)).kind, "at");
  assert.is(await count(db, "detections"), 1);
});

test("another session takes the log over, the first is told so", async () => {
  const { db, deps, owner, log } = await world();
  addDetection(log);
  const other = testCollector(owner.id);
  await db.transaction().execute((tx) => openLogs(tx, owner.id, [log.logId], other.session, Date.now()));
  assert.is((await merge(deps, log, 0)).kind, "fenced");
  const answer = await mergeAppend(deps, { collectorId: owner.id, append: appendOf(log, 0, undefined, other.session), direct: true });
  assert.is(answer.kind, "at");
  const row = await db.selectFrom("collector_logs").select("session").executeTakeFirstOrThrow();
  assert.equal(row.session, hexToBytes(other.session));
});

test("the question where branches part is answered with hashes of ours", async () => {
  const { db, deps, owner, log } = await world();
  for (let i = 0; i < 9; i++) addDetection(log);
  await merge(deps, log, 0);
  const branch: TestLog = { ...log, records: log.records.slice(0, 8), heads: log.heads.slice(0, 9) };
  addDetection(branch);
  const question = { ...appendOf(branch, 9, 0), checkpoint: checkpointAt(branch, 9) };
  const answer = await mergeAppend(deps, { collectorId: owner.id, append: question, direct: true });
  assert.is(answer.kind === "rewind" && answer.why, "fork");
  assert.equal(answer.kind === "rewind" && answer.pairs.map(([seq]) => seq), [9, 8, 6, 2]);
  assert.is((await db.selectFrom("log_forks").selectAll().execute()).length, 1);
});

test.run();
