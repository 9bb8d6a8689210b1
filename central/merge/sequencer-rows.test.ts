import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { forgetPendingTransactions, numberPending } from "./sequencer-rows.ts";

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

test.run();
