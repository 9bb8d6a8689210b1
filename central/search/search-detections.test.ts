import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SearchMatch } from "../../shared/api/central-api.ts";
import type { Db } from "../db/open-db.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { addTestDetection, addTestHeartbeat, addTestSite, type TestSite } from "../db/test-world.ts";
import { isRefusal } from "../http/refusal.ts";
import { decodeCursor } from "./search-cursor.ts";
import { type SearchQuestion, searchDetections } from "./search-detections.ts";

test.after(closeTestDb);

const NOW = Date.parse("2026-11-20T12:00:00Z");
const HOUR = 3_600_000;
const WHO = { userId: null, userName: "Dana", address: "127.0.0.1", requestId: null };
const FILTER = {
  sees: [],
  fromMs: null,
  toMs: null,
  camera: null,
  site: null,
  colour: null,
  vehicleType: null,
  test: "leave-out" as const,
};

async function search(db: Db, question: Partial<SearchQuestion>) {
  const asked = {
    plate: null,
    match: "exact" as SearchMatch,
    filter: FILTER,
    after: null,
    limit: 50,
    reason: "incident",
    caseNumber: null,
    ...question,
  };
  const found = await searchDetections({ db, nowMs: () => NOW }, asked, WHO);
  if (isRefusal(found)) throw new Error(found.kind);
  return found.answer;
}

async function town(db: Db): Promise<{ main: TestSite; oak: TestSite }> {
  const main = await addTestSite(db, "Main");
  const oak = await addTestSite(db, "Oak");
  await addTestDetection(db, main, { plate: "ABC123", capturedMs: NOW - HOUR });
  await addTestDetection(db, oak, { plate: "A8C123", capturedMs: NOW - 2 * HOUR });
  await addTestDetection(db, main, { plate: "ABC124", capturedMs: NOW - 3 * HOUR });
  await addTestDetection(db, main, { plate: "ABC123", capturedMs: NOW - 40 * 24 * HOUR });
  await addTestDetection(db, main, { plate: "XYZ999", capturedMs: NOW - HOUR, test: true });
  await addTestDetection(db, main, { plate: null, capturedMs: NOW - HOUR / 2, colour: "Red" });
  return { main, oak };
}

test("a plate search without a reason is refused and finds nothing", async () => {
  const db = await testDb();
  const question = { plate: "ABC123", match: "exact" as const, filter: FILTER, after: null, limit: 50, reason: null, caseNumber: null };
  const found = await searchDetections({ db, nowMs: () => NOW }, question, WHO);
  assert.is(found.kind, "reason_required");
  assert.is((await db.selectFrom("audit_log").selectAll().execute()).length, 0);
});

test("exact finds the plate in every month it was seen, newest first, and the look-up is recorded", async () => {
  const db = await testDb();
  await town(db);
  const answer = await search(db, { plate: "abc-123" });
  assert.equal(
    answer.detections.map((d) => d.plate),
    ["ABC123", "ABC123"],
  );
  assert.ok(answer.detections[0]!.captured_at > answer.detections[1]!.captured_at);
  assert.is(answer.detections[0]!.explanation?.kind, "exact");
  assert.is(answer.detections[0]!.camera, "Main gate");
  const audit = await db.selectFrom("audit_log").selectAll().executeTakeFirstOrThrow();
  assert.is(audit.plate, "ABC123");
  assert.is(audit.reason, "incident");
  assert.equal(audit.details, { match: "exact", results: 2, page: "first" });
});

test("confusable finds what OCR could have read instead and names the characters", async () => {
  const db = await testDb();
  await town(db);
  const answer = await search(db, { plate: "ABC123", match: "confusable" });
  assert.equal(
    answer.detections.map((d) => d.plate),
    ["ABC123", "A8C123", "ABC123"],
  );
  assert.equal(answer.detections[1]!.explanation, {
    kind: "confusable",
    plate: "A8C123",
    pattern: "ABC123",
    differences: [{ at: 1, read: "8", wanted: "B" }],
  });
});

test("a weak pair such as 7 and 1 is found by confusable as well", async () => {
  const db = await testDb();
  const site = await addTestSite(db, "Main");
  await addTestDetection(db, site, { plate: "KLM777", capturedMs: NOW - HOUR });
  assert.is((await search(db, { plate: "KLM717", match: "confusable" })).detections.length, 1);
});

test("wildcard follows the pattern through the dictionary; one too open is refused", async () => {
  const db = await testDb();
  await town(db);
  const answer = await search(db, { plate: "ABC12?", match: "wildcard" });
  assert.equal(new Set(answer.detections.map((d) => d.plate)), new Set(["ABC123", "ABC124"]));
  assert.is((await search(db, { plate: "*C123", match: "wildcard" })).detections.length, 3);
  const open = await searchDetections(
    { db, nowMs: () => NOW },
    { plate: "*", match: "wildcard", filter: FILTER, after: null, limit: 5, reason: "incident", caseNumber: null },
    WHO,
  );
  assert.is(open.kind, "invalid");
});

test("fuzzy ranks by how near the plate is, then by time", async () => {
  const db = await testDb();
  await town(db);
  const answer = await search(db, { plate: "ABC123", match: "fuzzy" });
  assert.equal(
    answer.detections.map((d) => d.plate),
    ["ABC123", "ABC123", "A8C123", "ABC124"],
  );
});

test("pages follow on without a gap or a repeat, whatever the match", async () => {
  const db = await testDb();
  const site = await addTestSite(db, "Main");
  for (let at = 0; at < 9; at++) await addTestDetection(db, site, { plate: at % 2 === 0 ? "ABC123" : "A8C123", capturedMs: NOW - HOUR });
  for (const question of [{}, { plate: "ABC123", match: "fuzzy" as const }, { plate: "A?C123", match: "wildcard" as const }]) {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const answer: Awaited<ReturnType<typeof search>> = await search(db, {
        ...question,
        limit: 2,
        after: cursor === null ? null : (decodeCursor(cursor) ?? null),
      });
      seen.push(...answer.detections.map((d) => d.id));
      cursor = answer.next_cursor;
    } while (cursor !== null);
    assert.is(seen.length, 9);
    assert.is(new Set(seen).size, 9);
  }
});

test("sites that a person may not see are neither found nor shown in the coverage", async () => {
  const db = await testDb();
  const { main, oak } = await town(db);
  const answer = await search(db, { plate: "ABC123", match: "confusable", filter: { ...FILTER, sees: [oak.site] } });
  assert.equal(
    answer.detections.map((d) => d.plate),
    ["A8C123"],
  );
  assert.equal(
    answer.coverage.behind.map((row) => row.collector_id),
    [oak.collector],
  );
  assert.is((await search(db, { filter: { ...FILTER, sees: [main.site] } })).detections.length, 4);
});

test("test detections are left out unless asked for; attributes filter", async () => {
  const db = await testDb();
  const { main } = await town(db);
  assert.is((await search(db, {})).detections.length, 5);
  assert.is((await search(db, { filter: { ...FILTER, test: "include" } })).detections.length, 6);
  assert.is((await search(db, { filter: { ...FILTER, colour: "red" } })).detections.length, 1);
  assert.is((await search(db, { filter: { ...FILTER, camera: main.camera, fromMs: NOW - 4 * HOUR, toMs: NOW } })).detections.length, 3);
});

test("coverage tells how long a camera did not watch within the range, and which sites are behind", async () => {
  const db = await testDb();
  const { main, oak } = await town(db);
  await db
    .insertInto("camera_gaps")
    .values({ camera_id: main.camera, from_at: new Date(NOW - 5 * HOUR), to_at: new Date(NOW - 3 * HOUR), state: "unreachable" })
    .execute();
  const at = new Date(NOW - 10_000);
  await addTestHeartbeat(db, main.collector, { at });
  await addTestHeartbeat(db, oak.collector, { at, waiting_records: 34 });
  const { coverage } = await search(db, { filter: { ...FILTER, fromMs: NOW - 4 * HOUR, toMs: NOW } });
  assert.equal(
    coverage.gaps.map((gap) => [gap.camera, gap.offline_ms, gap.since]),
    [["Main gate", HOUR, null]],
  );
  assert.equal(
    coverage.behind.map((row) => [row.site, row.waiting]),
    [["Oak", 34]],
  );
});

test("a plate that a later reading corrected is found by the corrected one", async () => {
  const db = await testDb();
  const site = await addTestSite(db, "Main");
  const id = await addTestDetection(db, site, { plate: "QQQ111", capturedMs: NOW - HOUR });
  const first = await db.selectFrom("detections").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
  const { pass: _pass, site_id: _site, ...reading } = first;
  await db
    .insertInto("detection_revisions")
    .values({ ...reading, id: "01900000-0000-7000-8000-000000000001", revises: id, plate: "ABC123" })
    .execute();
  const answer = await search(db, { plate: "ABC123" });
  assert.equal(
    answer.detections.map((d) => [d.plate, d.explanation?.plate]),
    [["QQQ111", "ABC123"]],
  );
});

test.run();
