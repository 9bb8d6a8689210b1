/**
 * `npm run sim`: seeds of the simulated town, each with its faults, until a number or a time is reached. Progress goes to standard
 * error; the last line of standard output is the result as JSON. Exit 1 when a seed is bad or a known-bad variant is not caught.
 */
import { describeCommit, describeMachine } from "../bench/machine.ts";
import { type DifferentialResult, runDifferential } from "./differential/differential.ts";
import { planSeed, type SeedPlan } from "./faults/plan.ts";
import { readOptions, type SimOptions, VARIANT_SEEDS } from "./options.ts";
import { readRegressions, writeRegression } from "./regression.ts";
import { runSeed } from "./run-seed.ts";
import { runVariants } from "./run-variants.ts";
import { runCrew } from "./seed-crew.ts";
import type { SeedOrder } from "./seed-messages.ts";
import { shrinkPlan } from "./shrink.ts";
import { Summary } from "./summary.ts";
import { clockText } from "./trace.ts";

const PROGRESS_EVERY_MS = 10_000;
const startedAt = performance.now();
const progress = (words: string): void => console.error(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${words}`);

const options = readOptions(process.argv.slice(2));
if (typeof options === "string") {
  console.error(options);
  process.exitCode = 2;
} else {
  process.exitCode = await run(options);
}

function run(asked: SimOptions): Promise<number> {
  switch (asked.mode) {
    case "one":
      return one(asked);
    case "shrink":
      return shrink(asked);
    case "variants":
      return variants(asked);
    case "differential":
      return differential(asked);
    case "seeds":
      return seeds(asked);
  }
}

/** One seed in this process, with all that it says. */
async function one({ from }: SimOptions): Promise<number> {
  const result = await runSeed(planSeed(from));
  for (const { invariant, atMs, words } of result.broken) console.error(`${clockText(atMs)} invariant ${invariant} is broken: ${words}`);
  for (const line of result.tail) console.error(line);
  const { tail, broken, ...facts } = result;
  console.log(JSON.stringify({ name: "sim", ok: broken.length === 0, ...facts, broken: broken.length }));
  return broken.length === 0 ? 0 : 1;
}

/** A bad seed's faults, as few as still make it bad, written down for every test run from now on. */
async function shrink({ from }: SimOptions): Promise<number> {
  const isBad = async (plan: SeedPlan): Promise<boolean> => (await runSeed(plan)).broken.length > 0;
  const plan = planSeed(from);
  if (!(await isBad(plan))) {
    console.error(`seed ${from} is good: there is nothing to shrink`);
    return 1;
  }
  const short = await shrinkPlan(plan, async (fewer) => {
    const bad = await isBad(fewer);
    progress(`${fewer.faults.length} faults: ${bad ? "still bad" : "good"}`);
    return bad;
  });
  const [first] = (await runSeed(short)).broken;
  const file = writeRegression({ name: `seed-${from}`, why: `invariant ${first?.invariant}: ${first?.words}`, plan: short });
  console.log(JSON.stringify({ name: "sim-shrink", ok: true, seed: from, faults: short.faults.length, of: plan.faults.length, file }));
  return 0;
}

async function seeds(asked: SimOptions): Promise<number> {
  const summary = await runSeeds(asked, null);
  for (const { name, plan } of readRegressions()) {
    const [first] = (await runSeed(plan)).broken;
    if (first !== undefined) summary.fail(plan.seed, `the history ${name} is bad again: ${first.words}`);
  }
  console.log(JSON.stringify({ ...summary.line(), machine: describeMachine(), commit: describeCommit(import.meta.dirname) }));
  return summary.isGood() ? 0 : 1;
}

async function runSeeds({ from, seeds: count, minutes, workers }: SimOptions, most: number | null): Promise<Summary> {
  const summary = new Summary();
  const endsAt = performance.now() + minutes * 60_000;
  let seed = from;
  const next = (): SeedOrder | undefined =>
    seed < from + Math.min(count, most ?? count) && performance.now() < endsAt ? { seed: seed++, variant: null } : undefined;
  const timer = setInterval(() => progress(summary.progress()), PROGRESS_EVERY_MS);
  await runCrew(workers, next, (report) => {
    if (report.kind === "failed") {
      summary.fail(report.order.seed, report.words);
      return progress(`seed ${report.order.seed} failed: ${report.words}`);
    }
    summary.add(report.result);
    const [first] = report.result.broken;
    if (first === undefined) return;
    progress(`seed ${report.order.seed} is bad, invariant ${first.invariant}: ${first.words}`);
    progress(`  again: npm run sim -- --seed ${report.order.seed}`);
  });
  clearInterval(timer);
  return summary;
}

/** The same histories through the real SQL merge. */
async function differential({ from, seeds: count, postgres }: SimOptions): Promise<number> {
  const told = ({ seed, appends, rows, differences }: DifferentialResult): void =>
    progress(`seed ${seed}: ${appends} APPENDs, ${rows} rows, ${differences.length === 0 ? "equal" : differences.join("; ")}`);
  const on = postgres ? "postgres" : "pglite";
  const results = await runDifferential(from, count, told, on);
  const differing = results.filter((one) => one.differences.length > 0);
  const sum = (of: "appends" | "rows"): number => results.reduce((all, one) => all + one[of], 0);
  const ok = differing.length === 0;
  console.log(
    JSON.stringify({ name: "sim-differential", ok, on, seeds: results.length, appends: sum("appends"), rows: sum("rows"), differing }),
  );
  return ok ? 0 : 1;
}

/** The known-bad ways, then the product as it is on the seeds that caught them. */
async function variants(asked: SimOptions): Promise<number> {
  const caught = await runVariants({ ...asked, only: asked.variant, progress });
  const needed = Math.max(1, ...caught.map((one) => (one.caughtAtSeed ?? VARIANT_SEEDS) - asked.from + 1));
  const green = await runSeeds(asked, needed);
  const ok = green.isGood() && caught.every((one) => one.caughtAtSeed !== null);
  console.log(JSON.stringify({ name: "sim-variants", ok, variants: caught, without: green.line() }));
  return ok ? 0 : 1;
}
