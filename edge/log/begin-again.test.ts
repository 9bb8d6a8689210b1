/** A log that cannot go on at central: what the store does with it, against a real file. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chainItems, EMPTY_LOG, type LogHead } from "../../shared/log/chain.ts";
import { decodeRehome } from "../../shared/log/payloads/rehome-payload.ts";
import { decodeGenesis, decodeMissingRange } from "../../shared/log/payloads/site-payloads.ts";
import { RECORD_KINDS, SALT_BYTES } from "../../shared/log/record.ts";
import type { LogId, Rid } from "../../shared/model/ids.ts";
import { makeEdgeLogReader } from "./edge-log-reader.ts";
import { draftOf, makeTestStore, readingOf, sha256Of, type TestStore, watch } from "./test-store.ts";

const logOf = ({ rows }: TestStore, logClass: "detections" | "urgent" = "detections") =>
  rows.logs.activeLogs().find((one) => one.class === logClass)!;
const headAt = ({ rows }: TestStore, n: number, next: number): LogHead =>
  next === 0 ? EMPTY_LOG : { next, head: rows.logs.hashAt(n, next - 1)! };
const capture = (site: TestStore, count: number): Rid[] =>
  Array.from({ length: count }, (_, at) => {
    site.clock.monoMs += 20_000;
    site.clock.wallMs += 20_000;
    return site.store.verb("appendDetection", draftOf(`ABC${at}`, site.now)).rid;
  });
/** Everything the log holds, its chain checked from the beginning. */
function recordsOf({ rows }: TestStore, logId: LogId) {
  const log = rows.logs.logById(logId)!;
  const chained = chainItems(logId, EMPTY_LOG, [...rows.logs.itemsFrom(log.n, 0, 100_000)]);
  if (chained.kind !== "ok") throw new Error(`${chained.at}: ${chained.why}`);
  assert.equal(chained.head.head, log.head.head);
  return chained.records;
}
const carriedBy = (site: TestStore, logId: LogId) =>
  recordsOf(site, logId).flatMap(({ tail, payload }) =>
    tail.kind === RECORD_KINDS.rehome ? [decodeRehome(payload!.subarray(SALT_BYTES))!] : [],
  );
const finish = (site: TestStore): void => {
  while (site.store.isOffering()) site.store.verb("offerAgain", site.now());
};

test("the new log names the point both agree on, and carries everything behind it as it was signed", async () => {
  const site = await makeTestStore();
  const rids = capture(site, 10);
  const old = logOf(site);
  const agreed = headAt(site, old.n, 4);
  site.store.verb("noteAcknowledged", old.logId, 4, 4);
  assert.is(site.store.verb("beginAgain", old.logId, agreed, "fork", site.now()), true);
  finish(site);
  const fresh = logOf(site);
  assert.is.not(fresh.logId, old.logId);
  const genesis = decodeGenesis(recordsOf(site, fresh.logId)[0]!.payload!.subarray(SALT_BYTES))!;
  assert.equal([genesis.previous?.logId, genesis.previous?.next], [old.logId, 4]);
  assert.equal(genesis.previous?.hash, agreed.head);
  const carried = carriedBy(site, fresh.logId);
  assert.equal(
    carried.map((one) => one.record.tail.rid),
    rids.slice(3),
  );
  for (const { record, logId } of carried) {
    assert.is(logId, old.logId);
    assert.equal(record.hash, site.rows.logs.hashAt(old.n, record.tail.seq));
  }
  assert.is(site.rows.logs.leftSince(0)[0]!.remaining, 0);
  site.remove();
});

test("what central agreed on and no second backup holds is offered again too: a central put back asks an old log for nothing", async () => {
  const site = await makeTestStore();
  const rids = capture(site, 10);
  const old = logOf(site);
  site.store.verb("noteAcknowledged", old.logId, 8, 3);
  site.store.verb("beginAgain", old.logId, headAt(site, old.n, 8), "fork", site.now());
  finish(site);
  assert.equal(
    carriedBy(site, logOf(site).logId).map((one) => one.record.tail.rid),
    rids.slice(2),
  );
  site.remove();
});

test("the same request twice leaves one log once", async () => {
  const site = await makeTestStore();
  capture(site, 3);
  const old = logOf(site);
  site.store.verb("beginAgain", old.logId, EMPTY_LOG, "closed", site.now());
  assert.is(site.store.verb("beginAgain", old.logId, EMPTY_LOG, "closed", site.now()), false);
  assert.is(site.rows.logs.activeLogs().length, 2);
  site.remove();
});

test("many records are offered in pieces; detections go on between them and a stop in the middle goes on after the next start", async () => {
  let site = await makeTestStore();
  const rids = capture(site, 150);
  const old = logOf(site);
  site.store.verb("beginAgain", old.logId, EMPTY_LOG, "fork", site.now());
  assert.is(site.store.isOffering(), true);
  assert.ok(site.rows.logs.leftSince(0)[0]!.remaining > 50);
  const meanwhile = capture(site, 1);
  site = site.reopen();
  assert.is(site.store.isOffering(), true);
  finish(site);
  const carried = carriedBy(site, logOf(site).logId).map((one) => one.record.tail.rid);
  assert.equal(carried, rids, "each once, in order");
  assert.ok(recordsOf(site, logOf(site).logId).some(({ tail }) => tail.rid === meanwhile[0]));
  site.remove();
});

test("a log left again carries the innermost record once, with the way it came", async () => {
  const site = await makeTestStore();
  const [rid] = capture(site, 1);
  const first = logOf(site);
  site.store.verb("beginAgain", first.logId, EMPTY_LOG, "fork", site.now());
  finish(site);
  const second = logOf(site);
  site.store.verb("beginAgain", second.logId, EMPTY_LOG, "fork", site.now());
  finish(site);
  const carried = carriedBy(site, logOf(site).logId);
  assert.equal(
    carried.map((one) => one.record.tail.rid),
    [rid],
  );
  assert.is(carried[0]!.logId, first.logId);
  assert.equal(carried[0]!.hops, [{ logId: second.logId, seq: 1 }]);
  site.remove();
});

test("what is not held or not what was signed any more is named as a gap, and the rest is offered", async () => {
  const site = await makeTestStore();
  const rids = capture(site, 8);
  const old = logOf(site);
  // Bad blocks: records 3, 7 and 8 are gone, record 6 has other bytes.
  site.store.db.prepare("delete from records where log = ? and seq in (3, 7, 8)").run(old.n);
  site.store.db.prepare("update records set payload = zeroblob(length(payload)) where log = ? and seq = 6").run(old.n);
  site.store.verb("noteAcknowledged", old.logId, 2, 2);
  site.store.verb("beginAgain", old.logId, headAt(site, old.n, 2), "damaged", site.now());
  finish(site);
  const fresh = recordsOf(site, logOf(site).logId);
  const gaps = fresh.flatMap(({ tail, payload }) =>
    tail.kind === RECORD_KINDS.gap ? [decodeMissingRange(payload!.subarray(SALT_BYTES))!] : [],
  );
  assert.equal(
    gaps.map(({ from, to }) => [from, to]),
    [
      [3, 4],
      [6, 7],
      [7, 9],
    ],
  );
  assert.ok(gaps.every(({ logId }) => logId === old.logId));
  assert.is(site.rows.logs.leftSince(0)[0]!.lost, 4);
  assert.equal(
    carriedBy(site, logOf(site).logId).map((one) => one.record.tail.rid),
    [rids[1], rids[3], rids[4]],
    "also record 4: what it follows is gone, and a checkpoint proves it",
  );
  site.remove();
});

test("a record behind a hole that no checkpoint proves either is named: its bytes may be anything", async () => {
  for (const damage of ["delete from checkpoints", "update checkpoints set bytes = zeroblob(length(bytes))"]) {
    const site = await makeTestStore();
    const rids = capture(site, 6);
    const old = logOf(site);
    site.store.db.prepare("delete from records where log = ? and seq = 3").run(old.n);
    site.store.db.prepare(`${damage} where log = ? and next = 4`).run(old.n);
    site.store.verb("beginAgain", old.logId, headAt(site, old.n, 2), "damaged", site.now());
    finish(site);
    assert.equal(
      carriedBy(site, logOf(site).logId).map((one) => one.record.tail.rid),
      [rids[0], rids[1], rids[4], rids[5]],
    );
    assert.is(site.rows.logs.leftSince(0)[0]!.lost, 2);
    site.remove();
  }
});

test("a checkpoint does not vouch for a record behind a hole whose own bytes are others", async () => {
  const site = await makeTestStore();
  const rids = capture(site, 5);
  const old = logOf(site);
  site.store.db.prepare("delete from records where log = ? and seq = 3").run(old.n);
  site.store.db.prepare("update records set payload = zeroblob(length(payload)) where log = ? and seq = 4").run(old.n);
  site.store.verb("beginAgain", old.logId, headAt(site, old.n, 2), "damaged", site.now());
  finish(site);
  assert.equal(
    carriedBy(site, logOf(site).logId).map((one) => one.record.tail.rid),
    [rids[0], rids[1], rids[4]],
  );
  site.remove();
});

test("what went from here by rule and lies at central is not called lost, though central's backups forgot that they hold it", async () => {
  const site = await makeTestStore();
  const rids = capture(site, 10);
  const old = logOf(site);
  // Two backups held the first six, so they went; central was then put back to one of them, which holds eight and says durable 2.
  site.store.db.prepare("delete from records where log = ? and seq between 1 and 3").run(old.n);
  site.store.db.prepare("update logs set first = 5 where n = ?").run(old.n);
  site.store.verb("noteAcknowledged", old.logId, 8, 2);
  site.store.verb("beginAgain", old.logId, headAt(site, old.n, 8), "fork", site.now());
  finish(site);
  const kinds = recordsOf(site, logOf(site).logId).map(({ tail }) => tail.kind);
  assert.not.ok(kinds.includes(RECORD_KINDS.gap));
  assert.equal(
    carriedBy(site, logOf(site).logId).map((one) => one.record.tail.rid),
    rids.slice(4),
  );
  assert.is(site.rows.logs.leftSince(0)[0]!.lost, 0);
  site.remove();
});

test("what a damaged disk lost behind what central has is counted, and nothing that central has", async () => {
  const site = await makeTestStore();
  capture(site, 8);
  const old = logOf(site);
  site.store.db.prepare("delete from records where log = ? and seq between 3 and 7").run(old.n);
  site.store.verb("noteAcknowledged", old.logId, 6, 0);
  site.store.verb("beginAgain", old.logId, headAt(site, old.n, 3), "damaged", site.now());
  finish(site);
  assert.is(site.rows.logs.leftSince(0)[0]!.lost, 2, "6 and 7; 8 is proved by a checkpoint");
  site.remove();
});

test("pictures of records that are not offered again wait in the new log too", async () => {
  const site = await makeTestStore();
  const images = [1, 2].map((at) => [{ role: "crop" as const, sha256: sha256Of(`crop ${at}`), bytes: 4 }]);
  for (const named of images)
    site.store.verb("appendDetection", draftOf("XYZ999", site.now, { reading: readingOf("XYZ999", { images: named }) }));
  const old = logOf(site);
  const agreed = headAt(site, old.n, 2);
  site.store.verb("noteAcknowledged", old.logId, 2, 2);
  site.store.verb("beginAgain", old.logId, agreed, "fork", site.now());
  finish(site);
  const fresh = logOf(site);
  site.store.verb("noteAcknowledged", fresh.logId, fresh.head.next, 0);
  const reader = makeEdgeLogReader({ home: site.home, db: site.db, rows: site.rows, sign: site.sign, now: site.now });
  assert.equal(
    reader.waitingImages(9).map((one) => [one.sha256, one.logId]),
    [
      [sha256Of("crop 1"), fresh.logId],
      [sha256Of("crop 2"), fresh.logId],
    ],
  );
  site.remove();
});

test("pictures of an alert whose record is lost go up by the detection's own record", async () => {
  const site = await makeTestStore();
  watch(site, "ABC123");
  const sha256 = sha256Of("crop");
  const images = [{ role: "crop" as const, sha256, bytes: 4 }];
  site.store.verb("appendDetection", draftOf("ABC123", site.now, { reading: readingOf("ABC123", { images }) }));
  const urgent = logOf(site, "urgent");
  site.store.db.prepare("delete from records where log = ? and seq = ?").run(urgent.n, urgent.head.next - 1);
  for (const one of site.rows.logs.activeLogs()) site.store.verb("beginAgain", one.logId, EMPTY_LOG, "damaged", site.now());
  finish(site);
  for (const { logId, head } of site.rows.logs.activeLogs()) site.store.verb("noteAcknowledged", logId, head.next, 0);
  const reader = makeEdgeLogReader({ home: site.home, db: site.db, rows: site.rows, sign: site.sign, now: site.now });
  assert.equal(
    reader.waitingImages(9).map((one) => one.sha256),
    [sha256],
  );
  site.remove();
});

test("pictures wait for the record that names them now, alerts and the watchlist go on working", async () => {
  const site = await makeTestStore();
  watch(site, "ABC123");
  const sha256 = sha256Of("crop");
  const images = [{ role: "crop" as const, sha256, bytes: 4 }];
  site.store.verb("appendDetection", draftOf("XYZ999", site.now, { reading: readingOf("XYZ999", { images }) }));
  for (const one of site.rows.logs.activeLogs()) site.store.verb("beginAgain", one.logId, EMPTY_LOG, "fork", site.now());
  finish(site);
  const reader = makeEdgeLogReader({ home: site.home, db: site.db, rows: site.rows, sign: site.sign, now: site.now });
  assert.equal(reader.waitingImages(9), [], "not before the new log is acknowledged");
  const fresh = logOf(site);
  site.store.verb("noteAcknowledged", fresh.logId, fresh.head.next, 0);
  assert.equal(
    reader.waitingImages(9).map((one) => [one.sha256, one.logId]),
    [[sha256, fresh.logId]],
  );
  const reopened = site.reopen();
  reopened.clock.monoMs += 30_000;
  const stored = reopened.store.verb("appendDetection", draftOf("ABC123", reopened.now));
  assert.is(stored.raised.length, 1, "the site's own entry, whose op lies in a log that was left, still matches");
  reopened.remove();
});

test.run();
