import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Incarnation } from "../../shared/model/ids.ts";
import type { Db } from "../db/open-db.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { insertLife } from "./life-rows.ts";
import { openIncarnation } from "./open-incarnation.ts";

test.after(closeTestDb);

function world(db: Db) {
  const folder = mkdtempSync(join(tmpdir(), "chaverim-life-"));
  let nowMs = 1_795_360_800_000;
  let forgotten = 0;
  const start = () =>
    openIncarnation({
      open: { db, engine: "pglite" },
      markFile: join(folder, "life"),
      randomBytes: (count) => new Uint8Array(randomBytes(count)),
      nowMs: () => nowMs++,
      onNewLife: async () => {
        forgotten += 1;
      },
    });
  return {
    db,
    start,
    markFile: join(folder, "life"),
    forgotten: () => forgotten,
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
}

test("an orderly end keeps the incarnation, any other makes a new one", async () => {
  const { start, forgotten, end } = world(await testDb());
  const first = await start();
  assert.is(first.isNew, true);
  first.markClean();
  const second = await start();
  assert.is(second.incarnation(), first.incarnation());
  assert.is(second.isNew, false);
  const afterKill = await start();
  assert.is(afterKill.isNew, true);
  assert.is.not(afterKill.incarnation(), first.incarnation());
  assert.is(forgotten(), 2);
  end();
});

test("a mark that is damaged or belongs to another database counts as none", async () => {
  const { start, markFile, end } = world(await testDb());
  const first = await start();
  writeFileSync(markFile, '{"incarnation":"0102","clean":true}');
  const second = await start();
  assert.is.not(second.incarnation(), first.incarnation());
  writeFileSync(markFile, "not JSON");
  assert.is.not((await start()).incarnation(), second.incarnation());
  end();
});

test("a life that began while central ran is the one that an orderly end keeps", async () => {
  const { start, forgotten, end, db } = world(await testDb());
  const first = await start();
  const later = "ab".repeat(16) as Incarnation;
  await db.transaction().execute((tx) => insertLife(tx, { incarnation: later, systemIdentifier: "pglite", timeline: "" }, "a test", 0));
  first.learn(later);
  assert.is(first.incarnation(), later);
  first.markClean();
  const second = await start();
  assert.is(second.incarnation(), later, "though it began at an earlier time by the clock");
  assert.is(second.isNew, false);
  assert.is(forgotten(), 1);
  end();
});

test.run();
