// runner: timeout 300 s
/** Histories that once went wrong, and now must not. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { planSeed } from "./faults/plan.ts";
import { readRegressions } from "./regression.ts";
import { runSeed } from "./run-seed.ts";
import { shrinkPlan } from "./shrink.ts";

for (const { name, why, plan } of readRegressions()) {
  test(`${name} stays good (${why.slice(0, 80)})`, async () => {
    const result = await runSeed(plan);
    assert.equal(result.broken, [], result.tail.join("\n"));
  });
}

test("shrinking leaves the faults that matter, in their order", async () => {
  const plan = planSeed(4);
  const [first, second] = [plan.faults[1]!, plan.faults.at(-2)!];
  let tries = 0;
  const short = await shrinkPlan(plan, async ({ faults }) => {
    tries += 1;
    return faults.includes(first) && faults.includes(second);
  });
  assert.equal(short.faults, [first, second]);
  assert.ok(tries < 60, `${tries} tries`);
});

test.run();
