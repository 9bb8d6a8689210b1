// runner: timeout 120 s
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readConfig } from "./config.ts";
import { openFoundation } from "./foundation.ts";
import { withMerging } from "./with-merging.ts";

const dataDir = mkdtempSync(join(tmpdir(), "central-with-merging-"));
test.after(() => rmSync(dataDir, { recursive: true, force: true }));

const isClean = (): boolean => JSON.parse(readFileSync(join(dataDir, "central.life"), "utf8")).clean;

/** A foundation that notes how the mark stands when it begins to close and when it has. */
async function watched(seen: boolean[]) {
  const base = await openFoundation(readConfig({ CHAVERIM_DATA_DIR: dataDir, CHAVERIM_LOG_LEVEL: "silent" }));
  return {
    ...base,
    close: async () => {
      seen.push(isClean());
      await base.close();
      seen.push(isClean());
    },
  };
}

test("the embedded database is marked as ended in good order only when it is closed, and the next command goes on in the same life", async () => {
  const seen: boolean[] = [];
  const first = await withMerging(await watched(seen), async ({ life }) => life.incarnation());
  assert.equal([seen, isClean()], [[false, false], true]);
  const second = await withMerging(await watched(seen), async ({ life }) => ({ isNew: life.isNew, incarnation: life.incarnation() }));
  assert.equal(second, { isNew: false, incarnation: first });
});

test("work that is refused is an orderly end as well", async () => {
  const seen: boolean[] = [];
  const refused = withMerging(await watched(seen), async () => {
    throw new Error("There is a site of that name.");
  });
  assert.is(await refused.catch((error: Error) => error.message), "There is a site of that name.");
  assert.equal([seen, isClean()], [[false, false], true]);
});

test.run();
