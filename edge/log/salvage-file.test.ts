/** A store whose file is damaged in the ways that cards damage files: what could be read goes on, and the rest is named. */
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync as removeFile,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chainItems, EMPTY_LOG } from "../../shared/log/chain.ts";
import { decodeRehome } from "../../shared/log/payloads/rehome-payload.ts";
import { decodeGenesis, decodeMissingRange } from "../../shared/log/payloads/site-payloads.ts";
import { RECORD_KINDS, SALT_BYTES } from "../../shared/log/record.ts";
import type { LogId } from "../../shared/model/ids.ts";
import { floorOf } from "./clock-floor.ts";
import { readSalvage } from "./note-salvage.ts";
import { eventsFile } from "./open-database.ts";
import { markDamaged } from "./salvage-file.ts";
import { draftOf, makeTestStore, type TestStore, watch } from "./test-store.ts";

const detectionsLog = ({ rows }: Pick<TestStore, "rows">) => rows.logs.activeLogs().find((one) => one.class === "detections")!;

async function siteWith(count: number): Promise<TestStore> {
  const site = await makeTestStore();
  watch(site, "ABC7");
  for (let at = 0; at < count; at++) {
    site.clock.monoMs += 20_000;
    site.clock.wallMs += 20_000;
    site.store.verb("appendDetection", draftOf(`ABC${at}`, site.now));
  }
  return site;
}

const PAGE_BYTES = 4_096;

/** Numbers of the leaf pages of a table, as SQLite's own dbstat names them. */
function pagesOf({ store }: TestStore, table: string): number[] {
  store.db.pragma("wal_checkpoint(truncate)");
  return store.db.prepare("select pageno from dbstat where name = ? and pagetype = 'leaf' order by pageno").pluck().all(table) as number[];
}

function overwrite(file: string, pages: readonly number[]): void {
  const handle = openSync(file, "r+");
  for (const page of pages) writeSync(handle, Buffer.alloc(PAGE_BYTES, 0xa5), 0, PAGE_BYTES, (page - 1) * PAGE_BYTES);
  closeSync(handle);
}

/** Closes the store, lets `damage` at its file, opens it again. */
async function after(site: TestStore, damage: (file: string) => void): Promise<TestStore> {
  site.db.close();
  site.store.close();
  damage(eventsFile(site.home));
  return makeTestStore(site);
}

function contentOf({ rows, store, now }: TestStore, logId: LogId) {
  while (store.isOffering()) store.verb("offerAgain", now());
  const log = rows.logs.logById(logId)!;
  const chained = chainItems(logId, EMPTY_LOG, [...rows.logs.itemsFrom(log.n, 0, 100_000)]);
  if (chained.kind !== "ok") throw new Error(chained.why);
  const carried = chained.records.flatMap(({ tail, payload }) =>
    tail.kind === RECORD_KINDS.rehome ? [decodeRehome(payload!.subarray(SALT_BYTES))!.record.tail.seq] : [],
  );
  const gaps = chained.records.flatMap(({ tail, payload }) =>
    tail.kind === RECORD_KINDS.gap ? [decodeMissingRange(payload!.subarray(SALT_BYTES))!] : [],
  );
  return { carried, gaps };
}

test("a bad block in the middle: the sound beginning stays, what proves itself is offered again, the rest is named", async () => {
  const site = await siteWith(400);
  const old = detectionsLog(site);
  const pages = pagesOf(site, "records");
  const middle = Math.floor(pages.length / 2);
  const opened = await after(site, (file) => overwrite(file, pages.slice(middle, middle + 3)));
  const fresh = detectionsLog(opened);
  const { carried, gaps } = contentOf(opened, fresh.logId);
  const before = opened.rows.logs.logById(old.logId)!;
  if (fresh.logId === old.logId) assert.unreachable("the damage must have met records");
  assert.is(before.isLeft, true);
  const lost = gaps.reduce((sum, { from, to }) => sum + to - from, 0);
  const first = Math.min(...carried, ...gaps.map((one) => one.from));
  assert.is(first + carried.length + lost, 401, "every record is in the beginning, offered again, or named");
  assert.ok(lost > 0 && lost < 200, `${lost} lost`);
  opened.store.verb("appendDetection", draftOf("NEW1", opened.now));
  opened.remove();
});

test("a file that is no database any more begins anew, keeps the old bytes aside, and detections are taken", async () => {
  const site = await siteWith(3);
  const old = detectionsLog(site);
  const opened = await after(site, (file) => writeFileSync(file, "no database at all ".repeat(1_000)));
  assert.is.not(detectionsLog(opened).logId, old.logId);
  opened.store.verb("appendDetection", draftOf("NEW1", opened.now));
  assert.ok(readdirSync(join(opened.home, "data")).some((name) => /^events\.db\.damaged-2[-\w]+Z$/.test(name)));
  opened.remove();
});

test("the row of a log is made again from its records, and the log goes on as if nothing had been", async () => {
  const site = await siteWith(30);
  const old = detectionsLog(site);
  site.store.db.exec("delete from logs; delete from meta");
  markDamaged(site.home);
  const opened = await after(site, () => {});
  const now = detectionsLog(opened);
  assert.is(now.logId, old.logId);
  assert.equal(now.head, old.head);
  const stored = opened.store.verb("appendDetection", draftOf("ABC7", opened.now));
  assert.is(stored.kind, "stored");
  assert.is(existsSync(`${eventsFile(opened.home)}.damaged-mark`), false, "done once");
  opened.remove();
});

test("a record whose bytes are not what was signed ends the sound beginning, though the file itself reads well", async () => {
  const site = await siteWith(9);
  const old = detectionsLog(site);
  site.store.db.prepare("update records set payload = zeroblob(length(payload)) where log = ? and seq = 5").run(old.n);
  markDamaged(site.home);
  const opened = await after(site, () => {});
  const fresh = detectionsLog(opened);
  assert.is.not(fresh.logId, old.logId);
  const genesis = decodeGenesis(opened.rows.logs.recordAt(fresh.n, 0)!.payload!.subarray(SALT_BYTES))!;
  assert.is(genesis.previous?.next, 5);
  const { carried, gaps } = contentOf(opened, fresh.logId);
  assert.ok(!carried.includes(5));
  assert.equal(
    gaps.map(({ from, to }) => [from, to]),
    [[5, 6]],
  );
  opened.remove();
});

test("a sound file that was only suspected is carried over whole", async () => {
  const site = await siteWith(50);
  const heads = site.rows.logs.activeLogs().map((one) => one.head);
  const counts = (one: TestStore) =>
    ["records", "detections", "entries", "images", "alerts", "own_ops", "checkpoints", "source_keys"].map((table) =>
      one.store.db.prepare(`select count(*) from ${table}`).pluck().get(),
    );
  const held = counts(site);
  markDamaged(site.home);
  const opened = await after(site, () => {});
  assert.equal(
    opened.rows.logs.activeLogs().map((one) => one.head),
    heads,
  );
  assert.equal(counts(opened), held);
  assert.is(opened.store.isOffering(), false);
  opened.clock.monoMs += 30_000;
  assert.is(opened.store.verb("appendDetection", draftOf("ABC7", opened.now)).raised.length, 1, "the watchlist is there");
  opened.remove();
});

test("a stop between putting the damaged file aside and taking the salvaged one loses nothing", async () => {
  const site = await siteWith(5);
  const { head } = detectionsLog(site);
  const opened = await after(site, (file) => {
    writeFileSync(`${file}.salvaged`, readFileSync(file));
    writeFileSync(file, "");
    for (const name of ["", "-wal", "-shm"]) if (existsSync(file + name)) writeFileSync(`${file}.damaged-20260101T000000000Z${name}`, "");
    for (const name of ["", "-wal", "-shm"]) if (existsSync(file + name)) removeFile(file + name);
  });
  assert.equal(detectionsLog(opened).head, head);
  opened.remove();
});

test("a stop after the damaged file lost its WAL and before it was put aside itself takes the salvaged one", async () => {
  const site = await siteWith(2);
  const written = readFileSync(eventsFile(site.home));
  site.clock.monoMs += 20_000;
  site.store.verb("appendDetection", draftOf("ABC9", site.now));
  const { head } = detectionsLog(site);
  const opened = await after(site, (file) => {
    writeFileSync(`${file}.salvaged`, readFileSync(file));
    writeFileSync(file, written);
    for (const name of ["-wal", "-shm"]) if (existsSync(file + name)) removeFile(file + name);
  });
  assert.equal(detectionsLog(opened).head, head);
  opened.remove();
});

test("damage of a file too large to be checked whole, met while it is opened, is carried over at once", async () => {
  const site = await siteWith(5);
  const { logId, head } = detectionsLog(site);
  site.store.db.exec("insert into meta (key, value) values ('large', hex(zeroblob(35000000)))");
  const pages = pagesOf(site, "logs");
  const opened = await after(site, (file) => overwrite(file, pages));
  assert.equal([detectionsLog(opened).logId, detectionsLog(opened).head], [logId, head]);
  opened.remove();
});

test("damage that is met while the store is in use refuses everything until the next start, and answers no camera", async () => {
  const site = await siteWith(5);
  overwrite(eventsFile(site.home), pagesOf(site, "source_keys"));
  site.store.db.pragma("shrink_memory");
  const outcome = site.store.run([{ verb: "appendDetection", args: [draftOf("XYZ1", site.now)] }]);
  assert.is(outcome.outcomes[0]!.ok, false);
  assert.is(site.store.isDamaged(), true);
  assert.match((outcome.outcomes[0] as { words: string }).words, /damaged/);
  assert.is(site.store.run([{ verb: "appendDetection", args: [draftOf("XYZ2", site.now)] }]).outcomes[0]!.ok, false);
  site.remove();
});

/** As an unreadable sector of this very file: SQLite says so while it prepares, where no statement runs that would call it damage. */
async function whileUnreadable<Value>(sector: string, use: () => Promise<Value>): Promise<Value> {
  const { ino } = statSync(sector);
  const isMet = (db: Database.Database) =>
    [db.name, `${db.name}-wal`].some((one) => existsSync(one) && statSync(one).size > 0 && statSync(one).ino === ino);
  const { pragma, prepare } = Database.prototype;
  const failing = (act: unknown) =>
    function (this: Database.Database, ...args: unknown[]) {
      if (isMet(this)) throw new Database.SqliteError("disk I/O error", "SQLITE_IOERR_CORRUPTFS");
      return (act as (...args: unknown[]) => unknown).apply(this, args);
    };
  Object.assign(Database.prototype, { pragma: failing(pragma), prepare: failing(prepare) });
  try {
    return await use();
  } finally {
    Object.assign(Database.prototype, { pragma, prepare });
  }
}

/** A site that ended without a word: what was appended last lies in the WAL alone. */
async function endedWithWal(): Promise<TestStore> {
  const site = await siteWith(5);
  site.store.db.pragma("wal_checkpoint(truncate)");
  for (let at = 5; at < 9; at++) site.store.verb("appendDetection", draftOf(`ABC${at}`, site.now));
  const names = [eventsFile(site.home), `${eventsFile(site.home)}-wal`];
  for (const name of names) copyFileSync(name, `${name}.kept`);
  site.db.close();
  site.store.close();
  for (const name of names) copyFileSync(`${name}.kept`, name);
  for (const name of names) removeFile(`${name}.kept`);
  return site;
}

test("a WAL that cannot be read is left out: what lies in the file goes on in a new log, and the lost end is told", async () => {
  const site = await endedWithWal();
  const opened = await whileUnreadable(`${eventsFile(site.home)}-wal`, async () => {
    assert.is(floorOf(site.home), 0);
    return makeTestStore(site);
  });
  const fresh = detectionsLog(opened);
  const { previous } = decodeGenesis(opened.rows.logs.recordAt(fresh.n, 0)!.payload!.subarray(SALT_BYTES))!;
  assert.is(previous?.next, 6, "whoever goes on in the old log makes another branch of what central may have");
  assert.equal(contentOf(opened, fresh.logId).carried, [1, 2, 3, 4, 5]);
  assert.is(readSalvage(opened.rows)?.isTailLost, true);
  opened.clock.monoMs += 30_000;
  assert.is(opened.store.verb("appendDetection", draftOf("ABC7", opened.now)).raised.length, 1, "the watchlist is there");
  assert.equal(
    readdirSync(join(opened.home, "data")).filter((name) => name.includes("alone")),
    [],
  );
  opened.remove();
});

test("a file whose first page cannot be read begins anew, and detections are taken", async () => {
  const site = await siteWith(3);
  const old = detectionsLog(site);
  site.db.close();
  site.store.close();
  const opened = await whileUnreadable(eventsFile(site.home), () => makeTestStore(site));
  assert.is.not(detectionsLog(opened).logId, old.logId);
  opened.store.verb("appendDetection", draftOf("NEW1", opened.now));
  opened.remove();
});

test.run();
