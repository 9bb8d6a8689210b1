import { randomBytes } from "node:crypto";
import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { confirmDeviceKeys } from "../collectors/collector-rows.ts";
import type { Db } from "../db/open-db.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { registerCollector } from "../merge/test-world.ts";
import { judgeLogs } from "./judge-log-rows.ts";

test.after(closeTestDb);

const NOW = Date.UTC(2026, 10, 22, 12);
const minutesAgo = (minutes: number) => new Date(NOW - minutes * 60_000);

async function world() {
  const db = await testDb();
  const collector = uuidv7();
  await registerCollector(db, collector);
  /** A log begun and last heard so many minutes ago. */
  const log = async (begun: number, heard: number, over: { class?: string; status?: string } = {}): Promise<Buffer> => {
    const log_id = randomBytes(16);
    const row = { log_id, collector_id: collector, class: "detections", next: 5, head: randomBytes(32), durable: 0, status: "active" };
    const times = { created_at: minutesAgo(begun), updated_at: minutesAgo(heard) };
    await db
      .insertInto("collector_logs")
      .values({ ...row, session: null, device_key: randomBytes(32), ...times, ...over } as never)
      .execute();
    return log_id;
  };
  return { db, collector, log };
}

const notices = (db: Db) =>
  db.selectFrom("notices").select(["code", "words", "cleared_at"]).where("code", "=", "two-live-copies").execute();
const statusOf = async (db: Db, id: Buffer) =>
  (await db.selectFrom("collector_logs").select("status").where("log_id", "=", id).executeTakeFirstOrThrow()).status;

test("T-60 two logs of one class that are both heard are told once, also after a person has read it", async () => {
  const { db, log } = await world();
  await log(600, 2);
  await log(60, 1);
  await judgeLogs(db, NOW);
  assert.is((await notices(db)).length, 1);
  assert.match((await notices(db))[0]!.words, /Two devices send for this site/);
  await db
    .updateTable("notices")
    .set({ cleared_at: new Date(NOW) })
    .execute();
  await judgeLogs(db, NOW + 60_000);
  assert.is((await notices(db)).length, 1);
});

test("a log that was continued, one of the other class and one that fell silent are no second device", async () => {
  const { db, log } = await world();
  await log(600, 2, { status: "closed" });
  await log(600, 2, { class: "urgent" });
  const silent = await log(600, 61);
  await log(60, 1);
  await judgeLogs(db, NOW);
  assert.equal(await notices(db), []);
  assert.is(await statusOf(db, silent), "active", "not given up within a day");
});

test("a log that nobody went on with for a day after its device was made anew is abandoned; one that only lost its uplink is not", async () => {
  const { db, log } = await world();
  const before = await log(10_000, 3_000);
  const after = await log(2_900, 1_900);
  await judgeLogs(db, NOW);
  assert.is(await statusOf(db, before), "abandoned");
  assert.is(await statusOf(db, after), "active");
  assert.equal(await notices(db), []);
});

test("confirming the keys of a site does not wake a log that fell silent before the other began", async () => {
  const { db, collector, log } = await world();
  await log(600, 61, { status: "unconfirmed" });
  await log(60, 1, { status: "unconfirmed" });
  await db.transaction().execute((tx) => confirmDeviceKeys(tx, collector, "Dov", NOW));
  await judgeLogs(db, NOW);
  assert.equal(await notices(db), []);
});

test.run();
