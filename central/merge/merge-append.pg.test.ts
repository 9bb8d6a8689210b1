import { test } from "uvu";
import * as assert from "uvu/assert";
import { openTestPostgres, type TestPostgres } from "../../scripts/test/open-test-postgres.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { ensurePartitionsAhead } from "../db/ensure-partition.ts";
import { migrate } from "../db/migrate.ts";
import { type Db, type OpenDb, openDb } from "../db/open-db.ts";
import { truncateAll } from "../db/test-db.ts";
import { openLogs } from "../ingest/session-rows.ts";
import { addDetection, appendOf, type TestLog, testCollector, testLog } from "../ingest/test-collector.ts";
import { mergeAppend } from "./merge-append.ts";
import type { MergeDeps } from "./merge-deps.ts";
import { startSequencer } from "./sequencer.ts";
import { numberPending, tryLockSequencer } from "./sequencer-rows.ts";
import { bindKey, mergeDepsOf, registerCollector } from "./test-world.ts";

let server: TestPostgres;
let open: OpenDb;
test.before(async () => {
  await loadSodium();
  server = await openTestPostgres();
  open = await openDb({ url: server.url, poolMax: 12 });
  await migrate(open.db);
  await ensurePartitionsAhead(open.db, Date.now());
});
test.before.each(() => truncateAll(open.db));
test.after(async () => {
  await open.close();
  await server.drop();
});

async function newLog(more: Partial<MergeDeps> = {}) {
  const owner = testCollector();
  await registerCollector(open.db, owner.id, owner.id);
  await bindKey(open.db, owner.id, owner.deviceKey);
  const log = testLog(owner);
  await open.db.transaction().execute((tx) => openLogs(tx, owner.id, [log.logId], owner.session, Date.now()));
  return { owner, log, deps: mergeDepsOf(open.db, more) };
}
const merge = (deps: MergeDeps, log: TestLog, from: number, count?: number) =>
  mergeAppend(deps, { collectorId: log.owner.id, append: appendOf(log, from, count), direct: true });
/** Numbers are what these tests are about; the tree has its own. */
const growTree = async () => ({ isBehind: false });
const rowsOf = async (table: "log_records" | "detections" | "record_ids" | "arrivals" | "arrivals_pending") =>
  Number(
    (
      await open.db
        .selectFrom(table)
        .select((e) => e.fn.countAll().as("n"))
        .executeTakeFirstOrThrow()
    ).n,
  );

test("T-47 the same batch a hundred times from ten connections leaves one copy", async () => {
  const { deps, log } = await newLog();
  for (let i = 0; i < 20; i++) addDetection(log);
  const answers = await Promise.all(Array.from({ length: 100 }, () => merge(deps, log, 0)));
  assert.ok(answers.every((answer) => answer.kind === "at" && answer.next === 21));
  assert.is(await rowsOf("log_records"), 21);
  assert.is(await rowsOf("detections"), 20);
  assert.is(await rowsOf("arrivals_pending"), 21 + 1, "each record for its number, and one checkpoint for the tree");
});

test("pieces of one log from many connections in any order end as one log", async () => {
  const { deps, log } = await newLog();
  for (let i = 0; i < 59; i++) addDetection(log);
  const pieces = Array.from({ length: 12 }, (_, at) => at * 5);
  const push = async (from: number): Promise<void> => {
    for (let tries = 0; tries < 200; tries++) {
      const answer = await merge(deps, log, from, 5);
      if (answer.kind === "at" && answer.next >= from + 5) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`piece ${from} never got in`);
  };
  await Promise.all([...pieces, ...pieces].reverse().map(push));
  assert.is(await rowsOf("log_records"), 60);
  assert.is(await rowsOf("detections"), 59);
});

test("logs with the same plates and rids merged side by side neither block for ever nor double", async () => {
  const shared = Array.from({ length: 30 }, (_, at) => `SAME${at}`);
  const logs = await Promise.all(Array.from({ length: 8 }, () => newLog()));
  const first = logs[0]!;
  for (const plate of shared) addDetection(first.log, { plate: plate as never });
  const rids = first.log.records.slice(1).map((record) => record.tail.rid);
  for (const { log } of logs.slice(1)) {
    for (const [at, plate] of shared.toReversed().entries())
      addDetection(log, { plate: plate as never, ...(at % 3 === 0 ? { rid: rids[at]! } : {}) });
  }
  const answers = await Promise.all(logs.map(({ deps, log }) => merge(deps, log, 0)));
  assert.ok(answers.every((answer) => answer.kind === "at" && answer.next === 31));
  assert.is(await rowsOf("detections"), (await rowsOf("record_ids")) - logs.length);
  assert.is((await open.db.selectFrom("plates").selectAll().execute()).length, 30);
});

test("a reader that follows the numbers skips nothing while writers commit out of order", async () => {
  const writers = await Promise.all(Array.from({ length: 6 }, () => newLog()));
  for (const { log } of writers) for (let i = 0; i < 100; i++) addDetection(log);
  const sequencer = startSequencer({
    open,
    onNumbered: () => undefined,
    growTree,
    monoMs: () => performance.now(),
    log: { warn: () => undefined },
  });
  // Writers that hold their transaction open for a while after having taken their place in the queue.
  const held = Array.from({ length: 10 }, async (_, at) => {
    await new Promise((resolve) => setTimeout(resolve, at * 15));
    await open.db.transaction().execute(async (tx) => {
      await tx
        .insertInto("arrivals_pending")
        .values({ rid: `00000000-0000-7000-8000-0000000000${(10 + at).toString()}`, kind: 2, log_id: null, next: null })
        .execute();
      await new Promise((resolve) => setTimeout(resolve, 40));
    });
  });
  const seen: number[] = [];
  const rids = new Set<string>();
  let cursor = 0;
  let done = false;
  const reader = (async () => {
    while (!done || rids.size < 6 * 101 + 10) {
      const rows = await open.db.selectFrom("arrivals").selectAll().where("arrival", ">", cursor).orderBy("arrival").limit(50).execute();
      for (const row of rows) {
        seen.push(Number(row.arrival));
        rids.add(row.rid);
        cursor = Number(row.arrival);
      }
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  })();
  await Promise.all(
    writers.map(async ({ deps, log }) => {
      for (let from = 0; from < 101; from += 10) await merge(deps, log, from, Math.min(10, 101 - from));
    }),
  );
  await Promise.all(held);
  done = true;
  await reader;
  await sequencer.stop();
  assert.is(rids.size, 6 * 101 + 10);
  assert.equal(
    seen,
    Array.from({ length: seen.length }, (_, at) => at + 1),
  );
});

test("what was written first is numbered first, also when it is committed last", async () => {
  const rids = ["00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002"] as const;
  const write = (db: Db, rid: string) => db.insertInto("arrivals_pending").values({ rid, kind: 2, log_id: null, next: null }).execute();
  const [written, mayCommit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = open.db.transaction().execute(async (tx) => {
    await write(tx, rids[0]);
    written.resolve();
    await mayCommit.promise;
  });
  await written.promise;
  await write(open.db, rids[1]);
  const { count: behindOpenWriter } = await numberPending(open.db, 100);
  mayCommit.resolve();
  await first;
  assert.is(behindOpenWriter, 0);
  assert.is((await numberPending(open.db, 100)).count, 2);
  const numbered = await open.db.selectFrom("arrivals").select("rid").orderBy("arrival").execute();
  assert.equal(
    numbered.map((row) => row.rid),
    [...rids],
  );
});

test("when the sequencer's connection dies another takes over and no number is given twice", async () => {
  const { deps, log } = await newLog();
  const quiet = { warn: () => undefined };
  const first = startSequencer({ open, onNumbered: () => undefined, growTree, monoMs: () => performance.now(), log: quiet });
  const second = startSequencer({ open, onNumbered: () => undefined, growTree, monoMs: () => performance.now(), log: quiet });
  for (let i = 0; i < 20; i++) addDetection(log);
  await merge(deps, log, 0, 10);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { sql } = await import("kysely");
  await sql`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted and pid <> pg_backend_pid()`.execute(
    open.db,
  );
  await merge(deps, log, 10, 11);
  for (let tries = 0; tries < 150 && (await rowsOf("arrivals")) < 21; tries++) await new Promise((resolve) => setTimeout(resolve, 30));
  await first.stop();
  await second.stop();
  assert.is(await rowsOf("arrivals"), 21);
});

test("a sequencer that fails in the middle gives its lock back, so that another can take over", async () => {
  const { deps, log } = await newLog();
  const failed = Promise.withResolvers<void>();
  const sequencer = startSequencer({
    open,
    onNumbered: () => {
      throw new Error("a fault");
    },
    growTree,
    monoMs: () => performance.now(),
    log: { warn: () => failed.resolve() },
  });
  addDetection(log);
  await merge(deps, log, 0);
  await failed.promise;
  // It stands by for a second before it tries again itself.
  const other = await openDb({ url: server.url, poolMax: 1 });
  const isFree = await tryLockSequencer(other.db);
  await other.close();
  await sequencer.stop();
  assert.is(isFree, true);
});

test.run();
