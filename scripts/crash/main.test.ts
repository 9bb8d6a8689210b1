import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

function crash(...words: string[]) {
  const ran = spawnSync(process.execPath, ["--import", "tsx", join(import.meta.dirname, "main.ts"), ...words], { encoding: "utf8" });
  return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr };
}

test("a part that does not exist is refused with the ones that do, and nothing is run", () => {
  const { code, stdout, stderr } = crash("quakes");
  assert.is(code, 2);
  assert.is(stdout, "");
  assert.match(stderr, "no part is called quakes; there are: kills, cuts, full-disk, database");
});

test("counts are whole numbers above 0", () => {
  for (const words of [
    ["--kills", "0"],
    ["--cuts", "many"],
    ["--edges", "1.5"],
  ]) {
    const { code, stderr } = crash("kills", ...words);
    assert.is(code, 2, words.join(" "));
    assert.match(stderr, "a whole number above 0");
  }
});

test.run();
