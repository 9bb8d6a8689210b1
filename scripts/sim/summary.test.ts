import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SeedResult } from "./run-seed.ts";
import { MARKS_NEEDED, Summary } from "./summary.ts";

const marksOf = (hits: number): Record<string, number> => Object.fromEntries(MARKS_NEEDED.map((name) => [name, hits]));
const seedWith = (marks: Readonly<Record<string, number>>): SeedResult => ({
  seed: 1,
  traceHash: "",
  isCounted: true,
  isQuiet: true,
  broken: [],
  verdict: { lost: [], phantom: [], duplicate: [], untold: [], excused: 0 },
  records: 0,
  messages: 0,
  simulatedMs: 0,
  steps: 0,
  faults: {},
  marks,
  looked: {},
  tail: [],
});

function summaryOf(seeds: number, hits: number, missing: string | null = null): Summary {
  const summary = new Summary();
  const marks = marksOf(hits);
  if (missing !== null) delete marks[missing];
  summary.add(seedWith(marks));
  for (let made = 1; made < seeds; made++) summary.add(seedWith({}));
  return summary;
}

test("a long run in which something never happened is not good, and says what", () => {
  assert.ok(summaryOf(1_000, 10).isGood());
  const summary = summaryOf(1_000, 10, "left-fork");
  assert.not.ok(summary.isGood());
  assert.equal(summary.line().rareMarks, ["left-fork"]);
  assert.equal(summaryOf(1_001, 10).rareMarks(), MARKS_NEEDED, "50 in 5,000");
});

test("a short run is not asked for what chance may leave out", () => {
  assert.ok(summaryOf(999, 0).isGood());
});

test.run();
