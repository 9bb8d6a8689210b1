import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { BootId } from "../../shared/model/ids.ts";
import { lockHome } from "./lock-home.ts";
import { eventsFile, openReading } from "./open-database.ts";
import { openWriter, type SiteWriter, StoreRefusal } from "./open-writer.ts";
import type { StoreNews } from "./store-port.ts";
import { prepareRows } from "./store-rows.ts";
import { type CAMERA, COLLECTOR, draftOf, readingOf, START_MS } from "./test-store.ts";

const SEED = new Uint8Array(32).fill(7);
const now = () => ({ boot: "00000000000000b1" as BootId, monoMs: 1_000, wallMs: START_MS, clockQuality: 3 });
let home: string;
let writer: SiteWriter;
let news: StoreNews[];
const open = (seed = SEED) =>
  openWriter({
    home,
    collector: COLLECTOR,
    seed,
    now,
    onNews: (one) => news.push(one),
    onDeath: () => news.push({ kind: "trouble", words: "died" }),
  });
test.before.each(async () => {
  home = mkdtempSync(join(tmpdir(), "edge-writer-"));
  news = [];
  writer = await open();
});
test.after.each(async () => {
  await writer.close();
  rmSync(home, { recursive: true, force: true });
});

test("an answer leaves after its commit: another connection sees what was answered", async () => {
  const db = openReading(home);
  const rows = prepareRows(db);
  const stored = await Promise.all(Array.from({ length: 300 }, (_, n) => writer.appendDetection(draftOf(`P${n}`, now))));
  for (const { rid } of stored) assert.ok(rows.detections.byRid(rid));
  assert.is(new Set(stored.map(({ rid }) => rid)).size, 300);
  db.close();
});

test("news come with the commit: the detection, and how far the log has grown", async () => {
  const { rid } = await writer.appendDetection(draftOf("ABC123", now));
  assert.equal(
    news.map((one) => one.kind),
    ["detection", "grown"],
  );
  assert.ok(news[0]!.kind === "detection" && news[0]!.rid === rid);
  assert.ok(news[1]!.kind === "grown" && news[1]!.next === 2);
});

test("a command that fails is refused in words, the ones beside it are stored", async () => {
  const broken = { ...draftOf("BBB222", now), reading: { ...readingOf("BBB222"), camera: "broken" as typeof CAMERA } };
  const [first, second, third] = await Promise.allSettled([
    writer.appendDetection(draftOf("AAA111", now)),
    writer.appendDetection(broken),
    writer.appendDetection(draftOf("CCC333", now)),
  ]);
  assert.equal([first.status, second.status, third.status], ["fulfilled", "rejected", "fulfilled"]);
  assert.ok(second.status === "rejected" && second.reason instanceof StoreRefusal);
});

test("after close nothing is taken any more, and everything before was stored", async () => {
  const last = writer.appendDetection(draftOf("ABC123", now));
  await writer.close();
  assert.is((await last).kind, "stored");
  const after = await writer.appendDetection(draftOf("ABC124", now)).catch((error: Error) => error.message);
  assert.is(after, "The store is closed.");
});

test("a store that cannot be opened says why in one sentence", async () => {
  await writer.close();
  const outcome = await open(new Uint8Array(32).fill(8)).catch((error: Error) => error.message);
  assert.match(String(outcome), /device-key is not the key that data\/events.db was begun with/);
});

test("one home has one edge; the lock goes with its holder", () => {
  const first = lockHome(home);
  assert.is(first.kind, "locked");
  const second = lockHome(home);
  assert.ok(second.kind === "in-use" && second.words.startsWith("Another edge is running on this home"));
  if (first.kind === "locked") first.lock.release();
  const third = lockHome(home);
  assert.is(third.kind, "locked");
  if (third.kind === "locked") third.lock.release();
});

test("a store that cannot be opened says which one, what is wrong and what to do", async () => {
  await writer.close();
  const file = eventsFile(home);
  for (const rest of ["", "-wal", "-shm"]) rmSync(`${file}${rest}`, { force: true });
  mkdirSync(file);
  const words = await open().then(
    () => "opened",
    (error: Error) => error.message,
  );
  assert.ok(words.startsWith(`The store in ${home} cannot be opened.`), words);
});

test.run();
