import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { cleanPending, forgetPendingTransactions, numberPending } from "./sequencer-rows.ts";

test.after(closeTestDb);

test("what a restored database left with transaction ids of the future waits for ever, unless they are forgotten", async () => {
  const db = await testDb();
  const pending = { rid: uuidv7(), kind: 2, log_id: null, next: null, xact_id: Number.MAX_SAFE_INTEGER };
  await db
    .insertInto("arrivals_pending")
    .values(pending as never)
    .execute();
  assert.is((await numberPending(db, 10)).count, 0);
  await forgetPendingTransactions(db);
  assert.is((await numberPending(db, 10)).count, 1);
});

test("the queue does not grow with what has passed through it", async () => {
  const db = await testDb();
  const pass = async (): Promise<number> => {
    await sql`insert into arrivals_pending (rid, kind) select gen_random_uuid(), 2 from generate_series(1, 2000)`.execute(db);
    assert.is((await numberPending(db, 2_000)).count, 2_000);
    await cleanPending(db);
    const { rows } = await sql<{ bytes: number }>`select pg_relation_size('arrivals_pending') as bytes`.execute(db);
    return Number(rows[0]!.bytes);
  };
  const once = await pass();
  for (let more = 0; more < 4; more++) assert.ok((await pass()) <= once * 2);
});

test.run();
