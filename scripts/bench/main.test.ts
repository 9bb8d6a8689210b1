import { spawnSync } from "node:child_process";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

function bench(...words: string[]) {
  const main = path.join(import.meta.dirname, "main.ts");
  const folder = path.join(import.meta.dirname, "fixtures");
  const ran = spawnSync(process.execPath, ["--import", "tsx", main, "--folder", folder, ...words], { encoding: "utf8" });
  return { code: ran.status, lines: ran.stdout.trim().split("\n"), stderr: ran.stderr };
}

test("the last line holds the result, the machine and the commit; progress does not disturb it", () => {
  const { code, lines, stderr } = bench("counts", "--short");
  assert.is(code, 0, stderr);
  const result = JSON.parse(lines.at(-1) ?? "");
  assert.equal(Object.keys(result), ["name", "ok", "targets", "params", "reference", "samples", "seconds", "machine", "commit", "counted"]);
  assert.is(result.name, "counts");
  assert.is(result.ok, true);
  assert.equal(result.targets, [{ what: "counted", value: 10, op: ">=", limit: 5, ok: true }]);
  assert.equal(result.params, { short: true });
  assert.ok(result.machine.cores > 0);
  assert.match(stderr, "counting");
});

test("a missed target ends with 1, and --json prints the one line only", () => {
  const { code, lines } = bench("counts", "--rows", "4", "--json");
  assert.is(code, 1);
  assert.is(lines.length, 1);
  assert.is(JSON.parse(lines[0] ?? "").ok, false);
});

test("what cannot run ends with 2 and says why, without a result", () => {
  for (const [words, why] of [
    [["no-such"], "there are: counts, hungry"],
    [["../counts"], "no bench is called"],
    [["counts", "--rows", "many"], "whole number"],
    [["counts", "--depth", "3"], "depth"],
    [["counts", "--rows", "13"], "cannot count to 13"],
    [["hungry"], "MB must be free"],
  ] as const) {
    const { code, lines, stderr } = bench(...words);
    assert.is(code, 2, words.join(" "));
    assert.match(stderr, why);
    assert.equal(lines, [""]);
  }
});

test("without a name the benches are listed", () => {
  assert.equal(bench().lines, ["counts", "hungry"]);
});

test.run();
