import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { bytesToHex, hexToBytes } from "../../shared/model/ids.ts";
import type { Db } from "../db/open-db.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import type { TestLog } from "../ingest/test-collector.ts";
import type { LogCursor, VerifiedBackup } from "./backup-manifest.ts";
import { recordVerifiedBackup } from "./record-verified-backup.ts";
import { receivedLog } from "./test-logs.ts";

test.before(loadSodium);
test.after(closeTestDb);

const MADE_MS = Date.UTC(2026, 10, 22);
const backupOf = (madeMs: number): VerifiedBackup => ({
  id: uuidv7(),
  kind: "pglite-dump",
  label: "/backups/one",
  madeMs,
  incarnation: null,
  counts: { log_records: 1 },
  tree: null,
});
const cursorAt = (log: TestLog, next: number): LogCursor => ({
  log: log.logId,
  next,
  head: bytesToHex(next === 0 ? new Uint8Array(32) : log.records[next - 1]!.hash),
});
const record = (db: Db, backup: VerifiedBackup, ...cursors: readonly LogCursor[]) =>
  recordVerifiedBackup({ db, nowMs: Date.now }, backup, cursors, "compared");
const durableOf = async (db: Db, log: TestLog): Promise<number> => {
  const row = await db.selectFrom("collector_logs").select("durable").where("log_id", "=", hexToBytes(log.logId)).executeTakeFirstOrThrow();
  return Number(row.durable);
};

test("durable is the cursor inside the second newest verified backup; one backup makes nothing durable", async () => {
  const db = await testDb();
  const log = await receivedLog(db, 9);
  assert.equal(await record(db, backupOf(MADE_MS), cursorAt(log, 4)), { kind: "recorded", moved: 0, strange: 0, backups: 1 });
  assert.is(await durableOf(db, log), 0);
  assert.is((await record(db, backupOf(MADE_MS + 1_000), cursorAt(log, 8))).moved, 1);
  assert.is(await durableOf(db, log), 4);
  await record(db, backupOf(MADE_MS + 2_000), cursorAt(log, 10));
  assert.is(await durableOf(db, log), 8);
});

test("the same backup verified twice is one backup", async () => {
  const db = await testDb();
  const log = await receivedLog(db, 9);
  const one = backupOf(MADE_MS);
  await record(db, one, cursorAt(log, 4));
  assert.equal(await record(db, one, cursorAt(log, 9)), { kind: "known", moved: 0, strange: 0, backups: 1 });
  assert.is(await durableOf(db, log), 0);
});

test("an older backup verified late takes its place by when it was made, and durable never falls", async () => {
  const db = await testDb();
  const log = await receivedLog(db, 9);
  await record(db, backupOf(MADE_MS + 5_000), cursorAt(log, 10));
  await record(db, backupOf(MADE_MS + 4_000), cursorAt(log, 8));
  assert.is(await durableOf(db, log), 8);
  await record(db, backupOf(MADE_MS), cursorAt(log, 2));
  assert.is(await durableOf(db, log), 8);
  await record(db, backupOf(MADE_MS + 4_500), cursorAt(log, 3));
  assert.is(await durableOf(db, log), 8, "now the second newest, and it holds less: an edge has removed what lay below 8");
});

test("what central published of a list is durable as far as the second newest backup holds it, an hour taken off", async () => {
  const db = await testDb();
  const list = uuidv7();
  const made = { id: list, name: "Break-ins", owner: "Dov", kind: "shared", created_at: new Date(MADE_MS), feed_next: 2 };
  await db
    .insertInto("watchlists")
    .values(made as never)
    .execute();
  const hour = 3_600_000;
  for (const [position, atMs] of [MADE_MS - 2 * hour, MADE_MS - hour / 2].entries()) await insertTestOp(db, list, position, atMs);
  const durable = async () => Number((await db.selectFrom("watchlists").select("feed_durable").executeTakeFirstOrThrow()).feed_durable);
  await record(db, backupOf(MADE_MS));
  assert.is(await durable(), 0);
  await record(db, backupOf(MADE_MS + 2 * hour));
  assert.is(await durable(), 1, "the second op may have come while the backup was begun");
  await record(db, backupOf(MADE_MS + 3 * hour));
  assert.is(await durable(), 2);
});

const insertTestOp = (db: Db, list_id: string, position: number, atMs: number) =>
  db
    .insertInto("entry_ops")
    .values({
      list_id,
      position,
      rid: uuidv7(),
      entry_id: uuidv7(),
      effective_hlc: "0".repeat(16),
      author: "Dov",
      op: new Uint8Array(1),
      running_hash: new Uint8Array(32),
      checksum: new Uint8Array(32),
      received_at: new Date(atMs),
    } as never)
    .execute();

test("a log that the second newest backup does not know has nothing durable", async () => {
  const db = await testDb();
  const [old, young] = [await receivedLog(db, 3), await receivedLog(db, 3)];
  await record(db, backupOf(MADE_MS), cursorAt(old, 4));
  await record(db, backupOf(MADE_MS + 1_000), cursorAt(old, 4), cursorAt(young, 4));
  assert.equal([await durableOf(db, old), await durableOf(db, young)], [4, 0]);
});

test("a backup of another branch, or one that knows more than a restored central, moves nothing and is said", async () => {
  const db = await testDb();
  const log = await receivedLog(db, 3);
  const other = { ...cursorAt(log, 3), head: "ab".repeat(32) };
  assert.is((await record(db, backupOf(MADE_MS), other)).strange, 1);
  const ahead = { log: log.logId, next: 90, head: "cd".repeat(32) };
  assert.is((await record(db, backupOf(MADE_MS + 1_000), ahead)).strange, 1);
  await record(db, backupOf(MADE_MS + 2_000), cursorAt(log, 4));
  assert.is(await durableOf(db, log), 0, "second newest: the one that is ahead");
});

test.run();
