import { test } from "uvu";
import * as assert from "uvu/assert";
import type { BootId } from "../model/ids.ts";
import type { ClockQuality } from "./clock.ts";
import { type ClockFix, correctTime, estimateOffset, isBetterFix, UNCERTAINTY_MAX_MS } from "./clock-quality.ts";
import { HLC_MS_MAX } from "./hlc.ts";

const BOOT = "00000000000000b1" as BootId;
const OTHER = "00000000000000b2" as BootId;

function fix(monoMs: number, utcMs: number, uncertaintyMs: number, boot = BOOT, source: ClockQuality = 2): ClockFix {
  return { boot, monoMs, utcMs, uncertaintyMs, source };
}

test("a fix times what happened after it and before it in the same boot", () => {
  const fixes = [fix(100_000, 1_700_000_000_000, 20)];
  assert.equal(correctTime(fixes, BOOT, 160_000), { utcMs: 1_700_000_060_000, uncertaintyMs: 26 });
  assert.equal(correctTime(fixes, BOOT, 40_000), { utcMs: 1_699_999_940_000, uncertaintyMs: 26 });
});

test("a fix says nothing of another boot", () => {
  assert.is(correctTime([fix(0, 1_700_000_000_000, 20, OTHER)], BOOT, 0), null);
  assert.is(correctTime([], BOOT, 0), null);
});

test("of several fixes the one that leaves the least uncertainty at that moment counts", () => {
  const sharpButFar = fix(0, 1_000_000, 5);
  const nearButBlunt = fix(86_400_000, 87_400_100, 100);
  const fixes = [sharpButFar, nearButBlunt];
  // A day of drift is 8.64 s: near the second fix the sharp one is worth less.
  assert.equal(correctTime(fixes, BOOT, 86_400_000), { utcMs: 87_400_100, uncertaintyMs: 100 });
  assert.equal(correctTime(fixes, BOOT, 1_000), { utcMs: 1_001_000, uncertaintyMs: 6 });
});

test("corrected times are whole milliseconds", () => {
  const time = correctTime([fix(0, 1000.4, 0.2)], BOOT, 3)!;
  assert.equal(time, { utcMs: 1003, uncertaintyMs: 1 });
});

test("whatever a fix says, its time is one that a date can hold and its uncertainty ten years at most", () => {
  const most = { utcMs: HLC_MS_MAX, uncertaintyMs: UNCERTAINTY_MAX_MS };
  assert.equal(correctTime([fix(0, 9e15, Number.MAX_SAFE_INTEGER)], BOOT, Number.MAX_SAFE_INTEGER), most);
  assert.equal(correctTime([fix(9e15, 1_700_000_000_000, 20)], BOOT, 0), { ...most, utcMs: 0 });
});

test("four stamps of one exchange give the offset and half the round trip as its uncertainty", () => {
  // Theirs is 5000 ahead; 40 ms there, 10 ms of work, 40 ms back.
  assert.equal(estimateOffset(1000, 6040, 6050, 1090), { offsetMs: 5000, roundTripMs: 80, uncertaintyMs: 40 });
});

test("the true offset lies within the uncertainty however unequal the two ways are", () => {
  for (const there of [0, 10, 79, 80]) {
    const t2 = 1000 + there + 5000;
    const estimate = estimateOffset(1000, t2, t2 + 10, 1090)!;
    assert.ok(Math.abs(estimate.offsetMs - 5000) <= estimate.uncertaintyMs, `${there} ms there`);
  }
});

test("stamps that cannot be one exchange give nothing", () => {
  assert.is(estimateOffset(1000, 6040, 6050, 999), null);
  assert.is(estimateOffset(1000, 6050, 6040, 1090), null);
  assert.is(estimateOffset(1000, 6000, 6200, 1090), null);
  assert.is(estimateOffset(Number.NaN, 1, 2, 3), null);
  assert.is(estimateOffset(0, 1, 2, Number.POSITIVE_INFINITY), null);
});

test("a fix is worth a record when it is the first of its boot, of a better source, or twice as sharp", () => {
  const known = fix(0, 0, 100);
  assert.ok(isBetterFix(null, known));
  assert.ok(isBetterFix(known, fix(0, 0, 500, OTHER)));
  assert.ok(isBetterFix(known, fix(0, 0, 100, BOOT, 3)));
  assert.ok(isBetterFix(known, fix(0, 0, 50)));
  assert.not.ok(isBetterFix(known, fix(0, 0, 51)));
  assert.not.ok(isBetterFix(fix(0, 0, 100, BOOT, 3), fix(0, 0, 1)));
});

test("where fixes contradict each other the machine's own source is believed, then the newest", () => {
  const fix = (monoMs: number, base: number, source: ClockFix["source"], uncertaintyMs = 20): ClockFix => {
    return { boot: BOOT, monoMs, utcMs: base + monoMs, uncertaintyMs, source };
  };
  const [wrong, right] = [3_600_000, 7_200_000];
  assert.is(correctTime([fix(1_000, wrong, 2), fix(9_000, right, 3, 100)], BOOT, 0)?.utcMs, right);
  assert.is(correctTime([fix(9_000, wrong, 2), fix(1_000, right, 3, 100)], BOOT, 0)?.utcMs, right);
  assert.is(correctTime([fix(1_000, wrong, 2, 5), fix(9_000, right, 2)], BOOT, 0)?.utcMs, right);
  assert.is(correctTime([fix(1_000, right + 10, 2, 5), fix(9_000, right, 2)], BOOT, 0)?.utcMs, right + 10, "these agree: the sharper one");
});

test.run();
