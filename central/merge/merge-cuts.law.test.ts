import fc from "fast-check";
import { sql } from "kysely";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { encodeClockFix } from "../../shared/log/payloads/site-payloads.ts";
import { chainRecord, encodeTail, RECORD_KINDS, sealPayload } from "../../shared/log/record.ts";
import type { Db } from "../db/open-db.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { openLogs } from "../ingest/session-rows.ts";
import { addDetection, addRecord, appendOf, momentOf, newRid, type TestLog, testCollector, testLog } from "../ingest/test-collector.ts";
import { mergeAppend } from "./merge-append.ts";
import { bindKey, mergeDepsOf, registerCollector } from "./test-world.ts";
import { understandRecords } from "./understand-records.ts";

test.before(loadSodium);
test.after(closeTestDb);

const SEED = 20261122;
const nowMs = Date.now();

function sampleLog(): TestLog {
  const owner = testCollector();
  const log = testLog(owner);
  const rebooted = { ...momentOf(owner, 0, 0), boot: "00112233aabbccdd" as never };
  for (let at = 0; at < 6; at++) addDetection(log, { plate: `AB${at % 3}` as never }, momentOf(owner, nowMs - at * 1000, 3));
  addDetection(log, {}, { ...rebooted, monoMs: 1_000 });
  const fix = { boot: rebooted.boot, monoMs: 2_000, utcMs: nowMs - 50_000, uncertaintyMs: 10, source: "heartbeat" };
  addRecord(log, { kind: "clock-fix", fields: encodeClockFix(fix), moment: { ...rebooted, monoMs: 2_000 } });
  for (let at = 0; at < 4; at++) addDetection(log, {}, { ...rebooted, monoMs: 3_000 + at });
  addRecord(log, { kind: "rehome", fields: new Uint8Array([0x90]) });
  addRecord(log, { kind: "detection", fields: new Uint8Array([0xc1]) });
  addDetection(log, {}, { ...rebooted, monoMs: 9_000 });
  return log;
}

/** Merges the log in pieces and answers every table that must not depend on them. */
async function mergedIn(log: TestLog, pieces: readonly number[]): Promise<unknown> {
  const db = await testDb();
  await registerCollector(db, log.owner.id);
  await bindKey(db, log.owner.id, log.owner.deviceKey);
  await db.transaction().execute((tx) => openLogs(tx, log.owner.id, [log.logId], log.owner.session, nowMs));
  const deps = mergeDepsOf(db, { nowMs: () => nowMs });
  let from = 0;
  for (const size of [...pieces, log.records.length]) {
    const count = Math.min(size, log.records.length - from);
    if (count === 0) break;
    const answer = await mergeAppend(deps, { collectorId: log.owner.id, append: appendOf(log, from, count), direct: true });
    if (answer.kind !== "at") throw new Error(answer.kind);
    from = answer.next;
  }
  return dump(db);
}

const TABLES = {
  log_records: "log_id, seq",
  record_ids: "rid",
  detections: "id",
  detection_images: "rid, role",
  detection_proofs: "rid, via",
  plates: "plate",
  plate_months: "plate, month",
  projection_errors: "log_id, seq",
  time_corrections: "rid",
} as const;

async function dump(db: Db): Promise<unknown> {
  const all: Record<string, unknown> = {};
  for (const [table, order] of Object.entries(TABLES)) {
    // The site is made anew for each run.
    const { rows } = await sql<{
      row: Record<string, unknown>;
    }>`select to_jsonb(t) - 'site_id' as row from ${sql.raw(table)} t order by ${sql.raw(order)}`.execute(db);
    all[table] = rows.map((one) => one.row);
  }
  return all;
}

test("however a log is cut into APPENDs, central holds the same", async () => {
  const log = sampleLog();
  const whole = await mergedIn(log, []);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 12 }), async (pieces) => {
      assert.equal(await mergedIn(log, pieces), whole);
    }),
    { seed: SEED, numRuns: 12 },
  );
});

test("reading a record never throws, whatever its kind and bytes are", () => {
  const kinds = [...Object.values(RECORD_KINDS), 200, 70_000];
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.uint8Array({ maxLength: 400 }), (kind, fields) => {
      const moment = { boot: "0011223344556677" as never, monoMs: 1, wallMs: 1, clockQuality: 0 };
      const tail = encodeTail({ seq: 1, kind, version: 1, rid: newRid(), ...moment });
      const record = chainRecord("0".repeat(32) as never, new Uint8Array(32), tail, sealPayload(new Uint8Array(16), fields))!;
      assert.is(understandRecords([record])[0]!.record, record);
    }),
    { seed: SEED, numRuns: 3_000 },
  );
});

test.run();
