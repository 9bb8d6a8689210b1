import { test } from "uvu";
import * as assert from "uvu/assert";
import { benchTarget, percentile, rounded } from "./bench-result.ts";

test("a target is met at its limit and missed beyond it", () => {
  assert.ok(benchTarget("p99", 25, "<=", 25).ok);
  assert.not(benchTarget("p99", 25.0001, "<=", 25).ok, "judged before it is rounded");
  assert.ok(benchTarget("rate", 5000, ">=", 5000).ok);
  assert.not(benchTarget("lost", 1, "==", 0).ok);
});

test("a measurement that never came misses its target", () => {
  for (const op of ["<=", ">=", "=="] as const) assert.not(benchTarget("p99", Number.NaN, op, 1).ok);
});

test("percentiles are samples, by nearest rank", () => {
  const samples = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.is(percentile(samples, 0.5), 50);
  assert.is(percentile(samples, 0.99), 99);
  assert.is(percentile(samples, 1), 100);
  assert.is(percentile(samples, 0), 1);
  assert.is(samples[0], 100);
  assert.ok(Number.isNaN(percentile([], 0.5)));
});

test("figures have four digits", () => {
  assert.is(rounded(12345.678), 12350);
  assert.is(rounded(0.123456), 0.1235);
});

test.run();
