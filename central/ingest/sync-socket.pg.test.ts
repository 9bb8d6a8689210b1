import pg from "pg";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openTestPostgres, type TestPostgres } from "../../scripts/test/open-test-postgres.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { ensurePartitionsAhead } from "../db/ensure-partition.ts";
import { migrate } from "../db/migrate.ts";
import { type OpenDb, openDb } from "../db/open-db.ts";
import { dial, registerWithKey, startTestCentral, type TestCentral } from "./test-central.ts";
import { addDetection, appendOf, helloOf, type TestLog, testCollector, testLog } from "./test-collector.ts";

await loadSodium();
let server: TestPostgres;
let open: OpenDb;
let central: TestCentral;
test.before(async () => {
  server = await openTestPostgres();
  open = await openDb({ url: server.url });
  await migrate(open.db);
  await ensurePartitionsAhead(open.db, Date.now());
  central = await startTestCentral(open);
});
test.after(async () => {
  await central.stop();
  await open.close();
  await server.drop();
});

async function connected(log: TestLog, apiKey: string) {
  const link = await dial(central.url, apiKey);
  link.send(helloOf(log.owner, apiKey, [log]));
  await link.next("welcome");
  return link;
}
const collector = async () => {
  const owner = testCollector();
  return { owner, ...(await registerWithKey(central.db, owner.id)) };
};

/** Cuts every connection to the database and lets no new one in, or lets them in again. */
async function letIn(allowed: boolean): Promise<void> {
  const url = new URL(server.url);
  const name = url.pathname.slice(1);
  url.pathname = "/postgres";
  const admin = new pg.Client({ connectionString: url.href });
  await admin.connect();
  await admin.query(`alter database ${name} with allow_connections ${allowed}`);
  if (!allowed) await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [name]);
  await admin.end();
}

test("while the database is away a batch is answered busy, the session lives on, and nothing is lost", async () => {
  const { owner, apiKey } = await collector();
  const log = testLog(owner);
  for (let i = 0; i < 20; i++) addDetection(log);
  const link = await connected(log, apiKey);
  link.send(appendOf(log, 0, 10));
  assert.is((await link.next("ack")).next, 10);
  await letIn(false);
  link.send(appendOf(log, 10));
  const busy = await link.next("error");
  assert.is(busy.code, "busy");
  assert.ok(busy.retryable && busy.retryAfterMs > 0);
  await dial(central.url, apiKey).then(
    () => assert.unreachable("nobody can be told apart now"),
    (error: Error) => assert.is(error.message, "503"),
  );
  await letIn(true);
  link.send(appendOf(log, 10));
  assert.is((await link.next("ack")).next, 21);
  link.close();
  for (let tries = 0; tries < 200; tries++) {
    const rows = await central.db.selectFrom("arrivals").select("rid").execute();
    const mine = new Set(rows.map((row) => row.rid));
    if (log.records.every((record) => mine.has(record.tail.rid))) return;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  assert.unreachable("the order of arrival did not go on");
});

test("two connections that push one log leave one copy, whichever is fenced", async () => {
  const { owner, apiKey } = await collector();
  const log = testLog(owner);
  for (let i = 0; i < 40; i++) addDetection(log);
  const clone: TestLog = { ...log, owner: { ...owner, session: testCollector().session } };
  const first = await connected(log, apiKey);
  const second = await connected(clone, apiKey);
  first.send(appendOf(log, 0));
  second.send(appendOf(log, 0, undefined, clone.owner.session));
  assert.is((await first.next("error")).code, "fenced");
  assert.is((await second.next("ack")).next, 41);
  const rows = await central.db.selectFrom("detections").select("id").where("collector_id", "=", owner.id).execute();
  assert.is(rows.length, 40);
  first.close();
  second.close();
});

test("many edges at once: every acknowledged detection is there once and has its number", async () => {
  const edges = await Promise.all(Array.from({ length: 12 }, collector));
  const logs = await Promise.all(
    edges.map(async ({ owner, apiKey }) => {
      const log = testLog(owner);
      for (let i = 0; i < 60; i++) addDetection(log);
      const link = await connected(log, apiKey);
      for (let from = 0; from < 61; from += 20) {
        link.send(appendOf(log, from, Math.min(20, 61 - from)));
        link.send(appendOf(log, from, Math.min(20, 61 - from)));
        await link.next("ack");
        await link.next("ack");
      }
      link.close();
      return log;
    }),
  );
  for (const log of logs) {
    const rows = await central.db.selectFrom("detections").select("id").where("collector_id", "=", log.owner.id).execute();
    assert.is(new Set(rows.map((row) => row.id)).size, 60);
    assert.is(rows.length, 60);
  }
});

test.run();
