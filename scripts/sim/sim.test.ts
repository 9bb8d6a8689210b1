// runner: timeout 300 s
/** The simulator in short: some seeds are green and repeat to the last byte, and it sees what is wrong. The long run is `npm run sim`. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Agenda } from "./agenda.ts";
import { planSeed, type SeedPlan } from "./faults/plan.ts";
import { runSeed, type SeedResult } from "./run-seed.ts";
import { variantOf } from "./variant.ts";

/** A minute on a quiet machine; a slow one does fewer. */
const SEEDS_FOR_MS = 40_000;
const FROM = 1;

const wordsOf = (result: SeedResult): string =>
  [`seed ${result.seed}`, ...result.broken.map((one) => `invariant ${one.invariant}: ${one.words}`), ...result.tail].join("\n");

test("seeds one after another come to rest with nothing lost, nothing twice", async () => {
  const startedAt = performance.now();
  let counted = 0;
  for (let seed = FROM; seed < FROM + 60 && performance.now() - startedAt < SEEDS_FOR_MS; seed++) {
    const result = await runSeed(planSeed(seed));
    assert.equal(result.broken, [], wordsOf(result));
    if (result.isCounted) counted += 1;
  }
  assert.ok(counted >= 3, `${counted} seeds counted`);
});

test("a seed gives the same trace twice, also in another process", async () => {
  const here = await runSeed(planSeed(2));
  const main = join(import.meta.dirname, "main.ts");
  const there = execFileSync(process.execPath, ["--import", "tsx", main, "--seed", "2"], { encoding: "utf8", timeout: 120_000 });
  assert.is((JSON.parse(there.trim().split("\n").at(-1)!) as SeedResult).traceHash, here.traceHash);
});

test("a store that does not know a camera's repeat is seen to count a car twice", async () => {
  const plan: SeedPlan = { ...planSeed(1), faults: [{ id: 1, atMs: 1_000, site: 0, kind: "camera-repeats", lastsMs: 3_600_000 }] };
  assert.equal((await runSeed(plan)).broken, []);
  const result = await runSeed(plan, { variant: variantOf("no-source-key") });
  assert.ok(result.verdict.duplicate.length > 0);
  assert.ok(result.broken.some((one) => one.invariant === 7));
});

test("a fault can be taken out of a plan without moving what the others do", () => {
  const plan = planSeed(4);
  const [first, ...others] = plan.faults;
  assert.ok(first !== undefined && others.length > 3);
  assert.equal(planSeed(4).faults.slice(1), others);
  assert.is(new Set(plan.faults.map((fault) => fault.id)).size, plan.faults.length);
});

test("appointments are kept by time, then in the order they were made", () => {
  const agenda = new Agenda();
  const kept: number[] = [];
  for (const [order, atMs] of [5, 3, 5, 1, 3, 1_000].entries()) agenda.after(atMs, () => kept.push(order));
  agenda.after(4, () => kept.push(99)).cancelled = true;
  agenda.runUntil(10);
  assert.equal(kept, [3, 1, 4, 0, 2]);
  assert.is(agenda.nowMs, 10);
});

test.run();
