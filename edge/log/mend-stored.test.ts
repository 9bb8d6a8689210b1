/** Values that a flipped bit has left in a row that SQLite reads well: the site starts, and what the records say is there again. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { NO_GENERATION } from "../../shared/crdt/overlay.ts";
import { EMPTY_LOG } from "../../shared/log/chain.ts";
import type { LogClass } from "../../shared/log/record.ts";
import type { DetectionImage } from "../../shared/model/detection.ts";
import { makeEdgeLogReader } from "./edge-log-reader.ts";
import { loadOwnOps } from "./load-lists.ts";
import { readSalvage } from "./note-salvage.ts";
import { isDamage, markDamaged, noteIfDamage } from "./salvage-file.ts";
import { draftOf, LIST, makeTestStore, readingOf, sha256Of, type TestStore, watch } from "./test-store.ts";

const logOf = ({ rows }: TestStore, logClass: LogClass = "detections") => rows.logs.activeLogs().find((one) => one.class === logClass)!;
const picture = (text: string): DetectionImage => ({ sha256: sha256Of(text), bytes: 1_000, role: "crop" });

const GENERATION = "b".repeat(32);

/** A site that watches ABC7 as central published it, has seen five cars and keeps a picture of two of them, the second one an alert's. */
async function siteWith(): Promise<TestStore> {
  const site = await makeTestStore();
  watch(site, "ABC7");
  const published = loadOwnOps(site.rows, LIST).map((op) => ({ ...op, effectiveHlc: op.hlc }));
  site.store.verb("applyDelta", LIST, GENERATION, 0, published.length, published, site.now());
  for (const plate of ["ABC1", "ABC2", "ABC3"]) see(site, plate);
  see(site, "XYZ4", [picture("a car")]);
  see(site, "ABC7", [picture("an alert")]);
  return site;
}

function see(site: TestStore, plate: string, images: readonly DetectionImage[] = []) {
  site.clock.monoMs += 30_000;
  site.clock.wallMs += 30_000;
  return site.store.verb("appendDetection", draftOf(plate, site.now, { reading: readingOf(plate, { images }) }));
}

const asideOf = ({ home }: TestStore): string[] => readdirSync(join(home, "data")).filter((name) => name.startsWith("events.db.damaged-2"));

/** Runs the statement at the store's file and opens it again; it must see a car, raise its alert, and start once more without a salvage. */
function after(site: TestStore, statement: string, ...values: readonly unknown[]): TestStore {
  assert.ok(site.store.db.prepare(statement).run(...values).changes > 0);
  const opened = site.reopen();
  opened.clock.monoMs += 400_000;
  assert.is(see(opened, "ABC7").raised.length, 1, "the watchlist is there");
  const salvaged = asideOf(opened);
  opened.clock.wallMs += 1_000;
  const again = opened.reopen();
  assert.equal(asideOf(again), salvaged, "salvaged once");
  return again;
}

/** As a page or the uplink meets it: its fault is damage, and is noted for the next start. */
function met(site: TestStore, read: () => unknown): void {
  try {
    read();
  } catch (error) {
    assert.is(noteIfDamage(site.home, error), true, String(error));
    return;
  }
  assert.unreachable("the value was taken for a sound one");
}

const readerOf = ({ home, db, rows, sign, now }: TestStore) => makeEdgeLogReader({ home, db, rows, sign, now });

test("what a list is, unreadable, is made again from its entries", async () => {
  const site = await siteWith();
  const { facts } = site.rows.lists.all()[0]!;
  const opened = after(site, `update lists set facts = replace(facts, '{', '[')`);
  assert.equal(opened.rows.lists.all()[0]!.facts, facts);
  assert.is(asideOf(opened).length, 1);
  opened.remove();
});

test("a list whose position cannot be read stays in force as it is held, and is asked for anew", async () => {
  const site = await siteWith();
  const opened = after(site, "update lists set generation = ?", `${"b".repeat(31)}*`);
  const [position] = readerOf(opened).feeds();
  assert.equal([position!.list, position!.generation, position!.cursor], [LIST, NO_GENERATION, 0]);
  opened.remove();
});

test("a list whose id cannot be read is found again by its entries", async () => {
  const site = await siteWith();
  const [held] = site.rows.lists.all();
  const opened = after(site, "update lists set list = upper(list)");
  assert.equal(opened.rows.lists.all(), [{ ...held, generation: NO_GENERATION, cursor: 0 }]);
  opened.remove();
});

test("a picture whose hash or detection cannot be read is named again by its record, and waits as it did", async () => {
  for (const column of ["sha256", "rid"]) {
    for (const text of ["a car", "an alert"]) {
      const site = await siteWith();
      const held = site.rows.images.byHash(sha256Of(text));
      const sizes = readerOf(site).waitingImageSizes();
      site.store.db.prepare(`update images set ${column} = 'x' || substr(${column}, 2) where sha256 = ?`).run(sha256Of(text));
      for (const one of ["detections", "urgent"] as const) {
        const { logId, head } = logOf(site, one);
        site.store.verb("noteAcknowledged", logId, head.next, 0);
      }
      met(site, () => readerOf(site).waitingImages(10, []));
      const opened = after(site, "update meta set value = value");
      assert.equal(opened.rows.images.byHash(sha256Of(text)), held);
      assert.equal(readerOf(opened).waitingImageSizes(), sizes);
      assert.is(readerOf(opened).waitingImages(10, []).length, 2);
      opened.remove();
    }
  }
});

test("a log's id, class or state that cannot be read, or is another's, is read from its first record, and the log goes on", async () => {
  for (const [column, value] of [
    ["log_id", "x".repeat(32)],
    ["log_id", "0".repeat(32)],
    ["class", "uRgent"],
    ["status", "aCtive"],
    ["head", "none"],
  ] as const) {
    const site = await siteWith();
    const { logId, head } = logOf(site, "urgent");
    site.store.verb("noteAcknowledged", logId, 2, 1);
    const opened = after(site, `update logs set ${column} = ? where class = 'urgent'`, value);
    const now = logOf(opened, "urgent");
    assert.equal([now.logId, now.head.next], [logId, head.next + 1], column);
    if (column !== "head") assert.equal([now.acknowledged, now.durable], [2, 1]);
    assert.is(asideOf(opened).length, 1);
    opened.remove();
  }
});

test("a log that was left goes on being offered though its state cannot be read", async () => {
  const site = await siteWith();
  for (let at = 0; at < 100; at++) see(site, `K${at}`);
  const { logId, n } = logOf(site);
  site.store.verb("beginAgain", logId, EMPTY_LOG, "fork", site.now());
  assert.is(site.store.isOffering(), true);
  const opened = after(site, "update logs set status = 'lefT' where n = ?", n);
  assert.equal(
    opened.rows.logs.leftSince(0).map((one) => one.logId),
    [logId],
  );
  while (opened.store.isOffering()) opened.store.verb("offerAgain", opened.now());
  assert.ok(logOf(opened).head.next > 105, "all were offered");
  opened.remove();
});

test("the note of a salvage that cannot be read is damage, and the next one is written", async () => {
  const site = await siteWith();
  markDamaged(site.home);
  const opened = site.reopen();
  opened.store.db.prepare("update meta set value = substr(value, 2) where key = 'salvage'").run();
  met(opened, () => readSalvage(opened.rows));
  const again = after(opened, "update meta set value = value");
  assert.is(readSalvage(again.rows)?.isLogGone, false);
  again.remove();
});

test("a log of which nothing can be said any more is left out for good, and a new one begins", async () => {
  const site = await siteWith();
  const { n, logId } = logOf(site);
  site.store.db.prepare("update records set payload = zeroblob(40) where log = ? and seq = 0").run(n);
  const opened = after(site, "update logs set log_id = 'x' where n = ?", n);
  assert.is.not(logOf(opened).logId, logId);
  assert.is(readSalvage(opened.rows)?.isLogGone, true);
  opened.remove();
});

test("a first record that is not what was signed does not make every start a salvage", async () => {
  const site = await siteWith();
  const { n, logId } = logOf(site);
  const opened = after(site, "update records set payload = zeroblob(40) where log = ? and seq = 0", n);
  assert.equal([logOf(opened).logId, asideOf(opened)], [logId, []]);
  opened.remove();
});

test("the row of a log whose old records went by rule is made again from where it is held, and nothing is told as lost", async () => {
  const site = await siteWith();
  for (let at = 0; at < 80; at++) see(site, `K${at}`);
  const { logId, n } = logOf(site);
  site.store.verb("noteAcknowledged", logId, 70, 70);
  site.clock.wallMs += 9 * 86_400_000;
  while (site.store.verb("prune", site.now()) > 0);
  const { first } = logOf(site);
  assert.ok(first > 50);
  site.store.db.prepare("delete from logs where n = ?").run(n);
  markDamaged(site.home);
  const opened = site.reopen();
  assert.equal([logOf(opened).logId, logOf(opened).first], [logId, first]);
  assert.equal(opened.rows.logs.leftSince(0), []);
  opened.remove();
});

test("damage of a value is told as SQLite tells it of a page", async () => {
  const site = await siteWith();
  site.store.db.prepare("update lists set cursor = -1").run();
  try {
    readerOf(site).feeds();
    assert.unreachable();
  } catch (error) {
    assert.is(isDamage(error), true);
  }
  site.remove();
});

test.run();
