/** What goes from an edge's disk by rule, against a real file. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chainItems } from "../../shared/log/chain.ts";
import { decodeMissingRange } from "../../shared/log/payloads/site-payloads.ts";
import { RECORD_KINDS, SALT_BYTES } from "../../shared/log/record.ts";
import type { Rid, Sha256 } from "../../shared/model/ids.ts";
import { makeEdgeLogReader } from "./edge-log-reader.ts";
import { imageFile } from "./image-file.ts";
import { KEPT_MS } from "./prune.ts";
import { draftOf, makeTestStore, readingOf, sha256Of, type TestStore, watch } from "./test-store.ts";

type Class = "detections" | "urgent";
const logOf = ({ rows }: TestStore, logClass: Class = "detections") => rows.logs.activeLogs().find((one) => one.class === logClass)!;
const capture = (site: TestStore, count: number, plate = "ABC"): Rid[] =>
  Array.from({ length: count }, (_, at) => {
    site.clock.monoMs += 20_000;
    site.clock.wallMs += 20_000;
    return site.store.verb("appendDetection", draftOf(`${plate}${at}`, site.now)).rid;
  });
const later = (site: TestStore, ms: number): void => {
  site.clock.monoMs += ms;
  site.clock.wallMs += ms;
};
const note = (site: TestStore, next: number, durable: number, logClass: Class = "detections"): void =>
  void site.store.verb("noteAcknowledged", logOf(site, logClass).logId, next, durable);
const pruneAll = (site: TestStore): number => {
  let gone = 0;
  while (site.store.isPruning()) gone += site.store.verb("prune", site.now());
  return gone;
};
const heldSeqs = (site: TestStore, logClass: Class = "detections"): number[] =>
  site.rows.logs
    .recordsFrom(logOf(site, logClass).n, 0, 10_000)
    .filter((one) => one.payload !== null)
    .map((one) => one.seq);

test("a record goes when it is a week old, inside the second newest backup, and acknowledged; any one of the three missing keeps it", async () => {
  const site = await makeTestStore();
  const rids = capture(site, 9);
  note(site, 10, 10);
  assert.is(pruneAll(site), 0, "young");
  later(site, KEPT_MS + 1);
  note(site, 10, 0);
  assert.is(pruneAll(site), 0, "no backup");
  note(site, 3, 10);
  assert.is(pruneAll(site), 2, "acknowledged to 3");
  note(site, 10, 6);
  assert.is(pruneAll(site), 3, "backups hold 6");
  assert.equal(heldSeqs(site), [0, 6, 7, 8, 9], "the genesis record stays");
  assert.is(logOf(site).first, 6);
  assert.is(site.rows.detections.byRid(rids[0]!), undefined);
  assert.ok(site.rows.detections.byRid(rids[5]!) !== undefined);
  site.remove();
});

test("what remains verifies from the last record that went, and the comparison of recovery still answers there", async () => {
  let site = await makeTestStore();
  capture(site, 200);
  const { n, logId } = logOf(site);
  const hashes = Array.from({ length: 201 }, (_, seq) => site.rows.logs.hashAt(n, seq)!);
  note(site, 201, 150);
  later(site, KEPT_MS + 1);
  assert.is(pruneAll(site), 149);
  site = site.reopen();
  const { first, head } = logOf(site);
  assert.equal([first, head.next], [150, 201]);
  const reader = makeEdgeLogReader({ home: site.home, db: site.db, rows: site.rows, sign: site.sign, now: site.now });
  assert.equal(reader.hashAt(logId, 149), hashes[149]);
  assert.equal(reader.hashAt(logId, 0), hashes[0]);
  assert.is(reader.hashAt(logId, 148), null);
  const chained = chainItems(logId, { next: 150, head: hashes[149]! }, reader.items(logId, 150, 1_000, 1e9));
  assert.equal(chained.kind === "ok" && chained.head, { next: 201, head: hashes[200]! });
  assert.equal(reader.items(logId, 3, 10, 1e9), [], "nothing with a hole in it is sent");
  assert.ok(reader.checkpoint(logId, 150).signature.length > 0);
  capture(site, 1);
  assert.is(logOf(site).head.next, 202);
  site.remove();
});

test("without a trusted time nothing goes; records of a boot without a clock go with what came after them", async () => {
  const site = await makeTestStore();
  site.clock.clockQuality = 0;
  const wall = site.clock.wallMs;
  site.clock.wallMs = 1_000_000;
  capture(site, 150);
  site.clock.wallMs = wall;
  site.clock.clockQuality = 3;
  capture(site, 5);
  note(site, 156, 156);
  assert.is(pruneAll(site), 0, "a wall clock of 1970 is no age");
  later(site, KEPT_MS + 1);
  site.clock.clockQuality = 1;
  assert.is(pruneAll(site), 0);
  site.clock.clockQuality = 2;
  assert.is(pruneAll(site), 155);
  site.remove();
});

test("a picture goes with its detection once central has it; one that waits stays until it has arrived", async () => {
  const site = await makeTestStore();
  const pictures = ["one", "two"].map((name): Sha256 => sha256Of(name));
  for (const sha256 of pictures) {
    const path = imageFile(site.home, sha256);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "jpeg");
    const images = [{ role: "crop" as const, sha256, bytes: 4 }];
    site.store.verb("appendDetection", draftOf("ABC123", site.now, { reading: readingOf("ABC123", { images }) }));
  }
  note(site, 3, 3);
  site.store.verb("noteImageSent", pictures[0]!, "stored");
  later(site, KEPT_MS + 1);
  assert.is(pruneAll(site), 2);
  const isThere = () => pictures.map((sha256) => [existsSync(imageFile(site.home, sha256)), site.rows.images.byHash(sha256) !== undefined]);
  assert.equal(isThere(), [
    [false, false],
    [true, true],
  ]);
  assert.is(site.rows.images.waitingCount(), 1);
  site.store.verb("noteImageSent", pictures[1]!, "stored");
  assert.equal(isThere()[1], [false, false]);
  site.remove();
});

test("of a log that was left nothing goes before all of it was offered again", async () => {
  const site = await makeTestStore();
  capture(site, 150);
  const old = logOf(site);
  note(site, 151, 1);
  later(site, KEPT_MS + 1);
  const agreed = { next: 151, head: site.rows.logs.hashAt(old.n, 150)! };
  site.store.verb("beginAgain", old.logId, agreed, "closed", site.now());
  site.store.verb("noteAcknowledged", old.logId, 151, 151);
  const held = () => site.rows.logs.recordsFrom(old.n, 0, 1_000).filter((one) => one.payload !== null).length;
  assert.equal([site.store.isOffering(), pruneAll(site), held()], [true, 0, 151]);
  while (site.store.isOffering()) site.store.verb("offerAgain", site.now());
  pruneAll(site);
  assert.is(held(), 1, "its genesis");
  site.remove();
});

test("a log that was left goes once the records that carry it are durable in its successor; a full disk takes it when they are acknowledged", async () => {
  const site = await makeTestStore();
  capture(site, 70);
  const old = logOf(site);
  note(site, 71, 0);
  const agreed = { next: 71, head: site.rows.logs.hashAt(old.n, 70)! };
  site.store.verb("beginAgain", old.logId, agreed, "fork", site.now());
  while (site.store.isOffering()) site.store.verb("offerAgain", site.now());
  const carriedTo = logOf(site).head.next;
  capture(site, 3, "NEW");
  later(site, KEPT_MS + 1);
  const held = () => site.rows.logs.recordsFrom(old.n, 1, 1_000).filter((one) => one.payload !== null).length;
  const ladder = () => site.store.verb("pruneAcknowledged", site.now());
  note(site, carriedTo - 1, 0);
  assert.ok(ladder() > 0, "of the log in use what is acknowledged goes");
  assert.is(held(), 70, "one of those that carry it is not acknowledged yet");
  note(site, carriedTo, 0);
  assert.equal([pruneAll(site), held()], [0, 70]);
  const named = logOf(site).head.next;
  assert.ok(ladder() > 0);
  assert.ok(held() < 70);
  assert.is(logOf(site).head.next, named, "nothing is lost, and nothing is named");
  note(site, carriedTo, carriedTo);
  pruneAll(site);
  assert.is(held(), 0);
  assert.is(site.rows.logs.recordAt(old.n, 0)?.payload === null, false, "its genesis stays");
  site.remove();
});

test("alerts and the work on them go by the same rule, and the pages' lists shrink without a hole", async () => {
  const site = await makeTestStore();
  watch(site, "XYZ999");
  const merged = logOf(site, "urgent").head.next;
  const { pass } = site.store.verb("appendDetection", draftOf("XYZ999", site.now));
  site.store.verb("applyAlertOp", { pass, verb: "acknowledge", args: {}, author: "Miriam", seen: null, moment: site.now() });
  later(site, KEPT_MS + 1);
  note(site, 99, 99, "urgent");
  assert.is(pruneAll(site), 0, "own edits that the feed has not brought back are read from their records");
  assert.ok(merged > 1);
  site.store.db.exec("delete from own_ops");
  assert.ok(pruneAll(site) >= 3);
  assert.is(site.rows.alerts.itemOf(pass), undefined);
  assert.equal(
    [site.rows.alerts.alertsOfPass(pass), site.rows.alerts.findingsOfPass(pass), site.rows.alerts.opsOfPass(pass)],
    [[], [], []],
  );
  assert.equal(site.rows.alerts.itemsPage(99, 10), []);
  site.remove();
});

test("on a full disk acknowledged detections above the backups go too, oldest first, each range named by a signed record", async () => {
  const site = await makeTestStore();
  capture(site, 100);
  note(site, 90, 10);
  assert.is(site.store.verb("pruneAcknowledged", site.now()), 0, "young");
  later(site, KEPT_MS + 1);
  assert.is(pruneAll(site), 9);
  assert.equal([site.store.verb("pruneAcknowledged", site.now()), site.store.verb("pruneAcknowledged", site.now())], [64, 16]);
  assert.is(site.store.verb("pruneAcknowledged", site.now()), 0, "what central has not never goes");
  assert.is(logOf(site).first, 90);
  const { n, logId } = logOf(site);
  const ranges = site.rows.logs.recordsFrom(n, 101, 10).map(({ tail: _, payload }) => decodeMissingRange(payload!.subarray(SALT_BYTES))!);
  assert.equal(
    ranges.map((one) => [one.logId, one.from, one.to]),
    [
      [logId, 10, 74],
      [logId, 74, 90],
    ],
  );
  assert.is(RECORD_KINDS.pruned > 0, true);
  site.remove();
});

test("a record that names a loss does not go without a word: what it names is named once more, also when it was offered again", async () => {
  const site = await makeTestStore();
  const prunedTo = (next: number): void => {
    later(site, KEPT_MS + 1);
    note(site, next, 0);
    while (site.store.verb("pruneAcknowledged", site.now()) > 0);
  };
  const named = () =>
    site.rows.logs
      .recordsFrom(logOf(site).n, logOf(site).first, 100)
      .flatMap(({ payload }) => decodeMissingRange(payload!.subarray(SALT_BYTES)) ?? [])
      .map(({ from, to }) => [from, to]);
  capture(site, 10);
  prunedTo(8);
  assert.equal(named(), [[1, 8]]);
  prunedTo(12);
  assert.equal(named(), [
    [8, 12],
    [1, 8],
  ]);
  const old = logOf(site);
  const agreed = { next: 12, head: site.rows.logs.hashAt(old.n, 11)! };
  site.store.verb("beginAgain", old.logId, agreed, "fork", site.now());
  while (site.store.isOffering()) site.store.verb("offerAgain", site.now());
  assert.equal(named(), [], "both are there as records offered again");
  prunedTo(3);
  assert.equal(named(), [
    [1, 3],
    [8, 12],
    [1, 8],
  ]);
  site.remove();
});

test("a restored central that needs what was removed here gets the rest, and the loss by name", async () => {
  const site = await makeTestStore();
  const rids = capture(site, 20);
  note(site, 21, 10);
  later(site, KEPT_MS + 1);
  pruneAll(site);
  const old = logOf(site);
  assert.is(old.first, 10);
  // Central is restored from a backup older than the two newest verified ones: it stands at 4.
  const agreed = { next: 4, head: new Uint8Array(32) };
  assert.is(site.store.verb("beginAgain", old.logId, agreed, "pruned-away", site.now()), true);
  while (site.store.isOffering()) site.store.verb("offerAgain", site.now());
  const records = site.rows.logs.recordsFrom(logOf(site).n, 0, 100).map(({ tail, payload }) => ({ tail, payload: payload! }));
  const gaps = records
    .flatMap(({ payload }) => decodeMissingRange(payload.subarray(SALT_BYTES)) ?? [])
    .filter((one) => one.logId === old.logId);
  assert.equal([gaps.at(0)?.from, gaps.at(-1)?.to], [4, 10]);
  assert.match(gaps[0]!.why, /removed here by rule before central had it/);
  assert.is(records.length, 1 + gaps.length + rids.length - 9);
  site.remove();
});

test("central that was restored has acknowledged less: what it lost is not taken for acknowledged", async () => {
  const site = await makeTestStore();
  capture(site, 20);
  note(site, 21, 0);
  later(site, KEPT_MS + 1);
  note(site, 5, 0);
  assert.is(site.store.verb("pruneAcknowledged", site.now()), 4);
  assert.is(logOf(site).first, 5);
  site.remove();
});

test.run();
