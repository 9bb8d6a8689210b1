// runner: timeout 400 s
/** The check itself must be able to fail: each fault injected outside the product ends it with exit code 1 and its name. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SABOTAGES } from "./check/sabotage.ts";
import { startChild } from "./child.ts";

for (const sabotage of SABOTAGES) {
  test(`a run sabotaged by "${sabotage}" exits 1 and names it`, async () => {
    const lines: string[] = [];
    const args = ["--check", "--until", "sync", "--sabotage", sabotage];
    const child = startChild({ name: sabotage, script: "scripts/demo/main.ts", args, onLine: (line) => lines.push(line) });
    assert.is(await child.ended, 1, lines.join("\n"));
    const verdict = JSON.parse(lines.at(-1) ?? "{}") as { ok: boolean; fault: string };
    assert.is(verdict.ok, false);
    assert.is(verdict.fault, sabotage, lines.join("\n"));
  });
}

test("a sabotage that does not exist is refused with the usage", async () => {
  const child = startChild({ name: "unknown", script: "scripts/demo/main.ts", args: ["--check", "--sabotage", "earthquake"] });
  assert.is(await child.ended, 2);
  assert.match(child.tail(), /--sabotage lose\|double/);
});

test.run();
