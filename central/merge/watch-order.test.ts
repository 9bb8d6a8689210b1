import { test } from "uvu";
import * as assert from "uvu/assert";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { orderWatch } from "./watch-order.ts";

test.after(closeTestDb);

test("a stall of the order is told once, also after somebody has read it, and is over when it is or when central starts anew", async () => {
  const db = await testDb();
  let stalledMs = 4_000;
  const watch = () => orderWatch({ db, nowMs: Date.now, stalledMs: () => stalledMs });
  const look = watch();
  const open = () => db.selectFrom("notices").select(["code", "level", "words"]).where("cleared_at", "is", null).execute();
  const lookAt = async (ms: number) => {
    stalledMs = ms;
    await look();
    return (await open()).length;
  };
  assert.is(await lookAt(4_000), 0);
  assert.is(await lookAt(6_000), 1);
  const [told] = await open();
  assert.equal([told?.code, told?.level], ["order-held-back", "alarm"]);
  assert.match(told!.words, /kept, but pages show them late/);
  await db.updateTable("notices").set({ cleared_at: new Date() }).execute();
  assert.is(await lookAt(7_000), 0, "read is read");
  assert.is(await lookAt(0), 0);
  assert.is(await lookAt(9_000), 1, "another stall is told anew");
  stalledMs = 0;
  await watch()();
  assert.equal(await open(), []);
});

test.run();
