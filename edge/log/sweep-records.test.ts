import { test } from "uvu";
import * as assert from "uvu/assert";
import { EMPTY_LOG } from "../../shared/log/chain.ts";
import { makeRecordSweep } from "./sweep-records.ts";
import { draftOf, makeTestStore, type TestStore } from "./test-store.ts";

const logOf = ({ rows }: TestStore) => rows.logs.activeLogs().find((one) => one.class === "detections")!;
async function siteWith(count: number): Promise<TestStore> {
  const site = await makeTestStore();
  for (let at = 0; at < count; at++) site.store.verb("appendDetection", draftOf(`ABC${at}`, site.now));
  return site;
}
const turns = (sweep: ReturnType<typeof makeRecordSweep>, count: number) => {
  for (let at = 0; at < count; at++) sweep.turn();
};

test("T-73 a bit that flipped in a stored record is found, and whether central has the record", async () => {
  const site = await siteWith(150);
  const log = logOf(site);
  const sweep = makeRecordSweep(site.rows);
  turns(sweep, 12);
  assert.equal(sweep.found(), { atCentral: 0, notSent: 0 });
  site.store.verb("noteAcknowledged", log.logId, 100, 0);
  const flip = site.store.db.prepare("update records set payload = cast(payload || 'x' as blob) where log = ? and seq = ?");
  for (const seq of [70, 140]) flip.run(log.n, seq);
  turns(sweep, 12);
  assert.equal(sweep.found(), { atCentral: 1, notSent: 1 });
  turns(sweep, 24);
  assert.equal(sweep.found(), { atCentral: 1, notSent: 1 }, "found again in each round, and counted once");
  site.remove();
});

test("what went by rule is no damage", async () => {
  const site = await siteWith(90);
  const log = logOf(site);
  site.clock.wallMs += 9 * 86_400_000;
  site.store.verb("noteAcknowledged", log.logId, 80, 80);
  while (site.store.verb("prune", site.now()) > 0);
  assert.ok(logOf(site).first > 60);
  const sweep = makeRecordSweep(site.rows);
  turns(sweep, 8);
  assert.equal(sweep.found(), { atCentral: 0, notSent: 0 });
  site.remove();
});

test("a log that was left is looked at as long as records of it are still to be offered again", async () => {
  const site = await siteWith(200);
  const { n, logId } = logOf(site);
  site.store.verb("beginAgain", logId, EMPTY_LOG, "fork", site.now());
  const flip = site.store.db.prepare("update records set payload = cast(payload || 'x' as blob) where log = ? and seq = ?");
  for (const seq of [10, 150]) flip.run(n, seq);
  const sweep = makeRecordSweep(site.rows);
  turns(sweep, 12);
  assert.equal(sweep.found(), { atCentral: 0, notSent: 1 }, "what was offered again stands in the new log");
  site.remove();
});

test.run();
