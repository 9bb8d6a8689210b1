import { test } from "uvu";
import * as assert from "uvu/assert";
import { closeTestDb, testDb } from "./db/test-db.ts";
import { watchFollower } from "./watch-follower.ts";

test.after(closeTestDb);

test("a follower that has failed for over a minute is told once, and no more when it works again or central starts anew", async () => {
  const db = await testDb();
  let monoMs = 0;
  let isBroken = true;
  const watch = () =>
    watchFollower({ db, nowMs: Date.now, monoMs: () => monoMs }, "raise-alerts", "Central raises no alerts of its own.", async () => {
      if (isBroken) throw new Error("no");
      return "idle";
    });
  const turn = watch();
  const open = () => db.selectFrom("notices").select(["code", "subject", "words"]).where("cleared_at", "is", null).execute();
  const failAt = async (ms: number): Promise<number> => {
    monoMs = ms;
    assert.is(await turn().then(String, (error: Error) => error.message), "no", "its own error goes on to the loop");
    return (await open()).length;
  };
  assert.is(await failAt(0), 0);
  assert.is(await failAt(59_000), 0);
  assert.is(await failAt(61_000), 1);
  assert.match((await open())[0]!.words, /^Central raises no alerts of its own\./);
  await db.updateTable("notices").set({ cleared_at: new Date() }).execute();
  assert.is(await failAt(99_000), 0, "read is read");
  isBroken = false;
  assert.is(await turn(), "idle");
  isBroken = true;
  assert.is(await failAt(200_000), 0, "another failing begins anew");
  assert.is(await failAt(300_000), 1);
  isBroken = false;
  await watch()();
  assert.equal(await open(), []);
});

test.run();
