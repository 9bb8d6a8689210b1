import { test } from "uvu";
import * as assert from "uvu/assert";
import { HLC_MS_MAX } from "../../shared/clock/hlc.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import type { Moment } from "../../shared/log/chain.ts";
import { encodeClockFix } from "../../shared/log/payloads/site-payloads.ts";
import type { BootId, Plate } from "../../shared/model/ids.ts";
import { detectionViewsById } from "../db/detection-view-rows.ts";
import { ensurePartition, monthOf } from "../db/ensure-partition.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { openLogs } from "../ingest/session-rows.ts";
import { addDetection, addRecord, appendOf, testCollector, testLog } from "../ingest/test-collector.ts";
import { searchDetections } from "../search/search-detections.ts";
import { mergeAppend } from "./merge-append.ts";
import { redateDetections } from "./redate-detections.ts";
import { numberPending } from "./sequencer-rows.ts";
import { bindKey, knownCollector, mergeDepsOf, openTestLogs, registerCollector } from "./test-world.ts";

test.before(loadSodium);
test.after(closeTestDb);

const HOUR = 3_600_000;
/** The third of a month, so that two days before lies in the month before only by choice. */
const RECEIVED = Date.UTC(2026, 10, 3, 12);
const FIRST_BOOT = "00000000000000b1" as BootId;
const SECOND_BOOT = "00000000000000b2" as BootId;
/** A clock that says 1970 and knows that it does not know. */
const at = (boot: BootId, monoMs: number): Moment => ({ boot, monoMs, wallMs: monoMs, clockQuality: 0 });
const fixOf = (boot: BootId, monoMs: number, utcMs: number) =>
  ({ kind: "clock-fix", fields: encodeClockFix({ boot, monoMs, utcMs, uncertaintyMs: 40, source: "heartbeat" }) }) as const;

async function world() {
  const db = await testDb();
  const owner = await knownCollector(db);
  const log = testLog(owner);
  await openTestLogs(db, [log], RECEIVED);
  await ensurePartition(db, monthOf(RECEIVED));
  const deps = mergeDepsOf(db, { nowMs: () => RECEIVED, months: new Set([monthOf(RECEIVED)]) });
  let sent = 0;
  const send = async (): Promise<void> => {
    const answer = await mergeAppend(deps, { collectorId: owner.id, append: appendOf(log, sent), direct: true });
    assert.is(answer.kind, "at");
    sent = log.records.length;
    await numberPending(db, 1_000);
  };
  const follow = async (): Promise<void> => {
    while ((await redateDetections({ db })) === "more");
  };
  const found = async (filter: { fromMs: number | null; toMs: number | null }, plate: string | null = null): Promise<string[]> => {
    const whole = { sees: [], camera: null, site: null, colour: null, vehicleType: null, test: "leave-out" as const, ...filter };
    const asked = { plate, match: "exact" as const, filter: whole, after: null, limit: 2, reason: "incident", caseNumber: null };
    const who = { userId: null, userName: "Dana", address: "127.0.0.1", requestId: null };
    const page = await searchDetections({ db, nowMs: () => RECEIVED }, asked, who);
    return page.kind === "found" ? page.answer.detections.map((one) => `${one.plate} ${one.captured_at}`) : [page.kind];
  };
  return { db, log, send, follow, found };
}

test("T-74 three days offline with a clock of 1970 are dated by the fix that comes last, into the month before", async () => {
  const { log, send, follow, found, db } = await world();
  const old = addDetection(log, { plate: "OLD111" as Plate }, at(FIRST_BOOT, 60_000));
  addDetection(log, { plate: "LATER2" as Plate }, at(FIRST_BOOT, 60_000 + 70 * HOUR));
  await send();
  // They were looked at long before the fix comes.
  await follow();
  assert.equal(await found({ fromMs: RECEIVED - HOUR, toMs: null }, "OLD111"), [`OLD111 ${new Date(RECEIVED).toISOString()}`]);

  const passedMs = RECEIVED - 72 * HOUR;
  addRecord(log, { ...fixOf(FIRST_BOOT, 60_000 + 72 * HOUR, RECEIVED), moment: at(FIRST_BOOT, 60_000 + 72 * HOUR) });
  await send();
  await follow();
  assert.is(monthOf(passedMs) < monthOf(RECEIVED), true);
  assert.equal(await found({ fromMs: RECEIVED - HOUR, toMs: null }, "OLD111"), [], "not at the hour of its arrival any more");
  assert.equal(await found({ fromMs: passedMs - HOUR, toMs: passedMs + HOUR }), [`OLD111 ${new Date(passedMs).toISOString()}`]);
  assert.equal(await found({ fromMs: passedMs - HOUR, toMs: passedMs + HOUR }, "OLD111"), [`OLD111 ${new Date(passedMs).toISOString()}`]);
  assert.equal(await found({ fromMs: null, toMs: null }), [
    `LATER2 ${new Date(RECEIVED - 2 * HOUR).toISOString()}`,
    `OLD111 ${new Date(passedMs).toISOString()}`,
  ]);
  const [view] = await detectionViewsById(db, [old.rid]);
  // 40 ms of the fix and 100 millionths of three days: a Pi's crystal drifts.
  assert.equal([view?.uncertainty_ms, view?.late], [40 + 72 * HOUR * 100e-6, true]);
  const row = await db.selectFrom("detections").select("captured_at").where("id", "=", old.rid).executeTakeFirstOrThrow();
  assert.is(row.captured_at.getTime(), RECEIVED, "the row is evidence and stays as it was merged");
});

test("a fix dates its own boot only, and what comes after it is dated at once", async () => {
  const { log, send, follow, found, db } = await world();
  addDetection(log, { plate: "FIRST1" as Plate }, at(FIRST_BOOT, 1_000));
  addDetection(log, { plate: "SECND2" as Plate }, at(SECOND_BOOT, 1_000));
  addRecord(log, { ...fixOf(SECOND_BOOT, 2_000, RECEIVED - HOUR), moment: at(SECOND_BOOT, 2_000) });
  await send();
  addDetection(log, { plate: "THIRD3" as Plate }, at(SECOND_BOOT, 1_000 + HOUR / 2));
  await send();
  await follow();
  assert.equal(await found({ fromMs: RECEIVED - 2 * HOUR, toMs: RECEIVED - 1 }), [
    `THIRD3 ${new Date(RECEIVED - HOUR / 2 - 1_000).toISOString()}`,
    `SECND2 ${new Date(RECEIVED - HOUR - 1_000).toISOString()}`,
  ]);
  const [unknown] = await detectionViewsById(db, [await idOf("FIRST1")]);
  assert.equal([unknown?.uncertainty_ms, unknown?.captured_at], [null, new Date(RECEIVED).toISOString()]);
  async function idOf(plate: string): Promise<string> {
    return (await db.selectFrom("detections").select("id").where("plate", "=", plate).executeTakeFirstOrThrow()).id;
  }
});

test("a fix of another collector dates nothing", async () => {
  const { log, send, follow, db } = await world();
  const other = testCollector();
  await registerCollector(db, other.id);
  await bindKey(db, other.id, other.deviceKey);
  const theirs = testLog(other);
  await db.transaction().execute((tx) => openLogs(tx, other.id, [theirs.logId], other.session, RECEIVED));
  addDetection(log, {}, at(FIRST_BOOT, 1_000));
  await send();
  addRecord(theirs, { ...fixOf(FIRST_BOOT, 2_000, RECEIVED - HOUR), moment: at(FIRST_BOOT, 2_000) });
  await mergeAppend(mergeDepsOf(db), { collectorId: other.id, append: appendOf(theirs, 0), direct: true });
  await numberPending(db, 1_000);
  await follow();
  assert.equal(await db.selectFrom("detection_times").selectAll().execute(), []);
  const own = { boot: FIRST_BOOT, monoMs: 2_000, utcMs: RECEIVED - 2 * HOUR, uncertaintyMs: 5_000, source: "heartbeat" };
  addRecord(log, { kind: "clock-fix", fields: encodeClockFix(own), moment: at(FIRST_BOOT, 2_000) });
  await send();
  await follow();
  const [dated] = await db.selectFrom("detection_times").select("corrected_at").execute();
  assert.is(dated!.corrected_at.getTime(), RECEIVED - 2 * HOUR - 1_000, "by its own collector's, though the other's is sharper");
});

test("a fix to a time that no clock shows is kept as not understood, and its boot stays at the hour of arrival", async () => {
  const { log, send, follow, db } = await world();
  const seen = addDetection(log, {}, at(FIRST_BOOT, 1_000));
  addRecord(log, { ...fixOf(FIRST_BOOT, 0, 9e15), moment: at(FIRST_BOOT, 2_000) });
  const unsure = { boot: FIRST_BOOT, monoMs: 0, utcMs: RECEIVED, uncertaintyMs: Number.MAX_SAFE_INTEGER, source: "heartbeat" };
  addRecord(log, { kind: "clock-fix", fields: encodeClockFix(unsure), moment: at(FIRST_BOOT, 3_000) });
  await send();
  await follow();
  assert.equal(await db.selectFrom("time_corrections").selectAll().execute(), []);
  assert.is((await db.selectFrom("projection_errors").selectAll().execute()).length, 2);
  const [view] = await detectionViewsById(db, [seen.rid]);
  assert.is(view?.captured_at, new Date(RECEIVED).toISOString());
});

test("fixes that an earlier release took, to no time at all, neither hide a detection nor hold up the dating of others", async () => {
  const { log, send, follow, db } = await world();
  const [far, unsure] = [addDetection(log, {}, at(FIRST_BOOT, 20_000)), addDetection(log, {}, at(SECOND_BOOT, 20_000))];
  const first = addRecord(log, { ...fixOf(FIRST_BOOT, 0, RECEIVED), moment: at(FIRST_BOOT, 21_000) });
  const second = addRecord(log, { ...fixOf(SECOND_BOOT, 0, RECEIVED), moment: at(SECOND_BOOT, 21_000) });
  await send();
  await db.updateTable("time_corrections").set({ utc_minus_mono_ms: 9e15 }).where("rid", "=", first).execute();
  await db.updateTable("time_corrections").set({ uncertainty_ms: Number.MAX_SAFE_INTEGER }).where("rid", "=", second).execute();
  await follow();
  assert.is((await db.selectFrom("detection_times").selectAll().execute()).length, 2);
  const views = await detectionViewsById(db, [far.rid, unsure.rid]);
  assert.equal(
    views.map((view) => view.captured_at),
    [new Date(HLC_MS_MAX).toISOString(), new Date(RECEIVED + 20_000).toISOString()],
  );
});

test.run();
