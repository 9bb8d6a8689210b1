import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, type QueryResult } from "kysely";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { startSequencer } from "./sequencer.ts";

test.after(closeTestDb);

const quiet = { warn: () => undefined };
const growTree = async () => ({ isBehind: false });

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 500) throw new Error("it did not come about");
    await new Promise((done) => setTimeout(done, 10));
  }
}

/** A database in which another process holds the order; `oldest`: the place of the row that waits longest. */
function heldByAnother(oldest: () => number | null, onLook: () => void): Kysely<never> {
  class Driver extends DummyDriver {
    override async acquireConnection() {
      return {
        executeQuery: async <R>(query: { sql: string }): Promise<QueryResult<R>> => {
          if (query.sql.includes("pg_try_advisory_lock")) return { rows: [{ locked: false } as R] };
          onLook();
          return { rows: [{ oldest: oldest() } as R] };
        },
        // biome-ignore lint/correctness/useYield: nothing is streamed here.
        streamQuery: async function* () {
          throw new Error("not here");
        },
      };
    }
  }
  return new Kysely<never>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new Driver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}

test("a statement that gets no answer is a stall for as long as it hangs", async () => {
  let monoMs = 0;
  let answer: (() => void) | null = null;
  const hanging = () => new Promise<{ isBehind: boolean }>((done) => (answer = () => done({ isBehind: false })));
  const sequencer = startSequencer({
    open: { db: await testDb(), engine: "pglite" },
    onNumbered: () => undefined,
    growTree: hanging,
    monoMs: () => monoMs,
    log: quiet,
  });
  await until(() => answer !== null);
  monoMs = 7_000;
  assert.is(sequencer.stalledMs(), 7_000);
  monoMs = 7_500;
  const stopped = sequencer.stop();
  answer!();
  await stopped;
  assert.is(sequencer.stalledMs(), 0);
});

test("rows that wait while another process holds the order are a stall, unless that one goes on", async () => {
  let monoMs = 0;
  let looks = 0;
  let oldest: number | null = 4;
  const db = heldByAnother(
    () => oldest,
    () => {
      looks += 1;
      monoMs += 4_000;
    },
  );
  const open = { db: db as never, engine: "postgres" as const };
  const sequencer = startSequencer({ open, onNumbered: () => undefined, growTree, monoMs: () => monoMs, log: quiet });
  const look = async (): Promise<number> => {
    const before = looks;
    sequencer.nudge();
    await until(() => looks > before);
    await new Promise((done) => setTimeout(done, 20));
    return sequencer.stalledMs();
  };
  await until(() => looks === 1);
  assert.is(await look(), 0, "the same row twice: from now on");
  assert.is(await look(), 4_000);
  assert.is(await look(), 8_000);
  oldest = 9;
  assert.is(await look(), 0);
  oldest = null;
  assert.equal([await look(), await look()], [0, 0]);
  await sequencer.stop();
});

test.run();
