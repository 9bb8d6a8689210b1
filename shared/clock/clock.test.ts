import { test } from "uvu";
import * as assert from "uvu/assert";
import { CLOCK_QUALITY_NAMES, type ClockQuality, parseClockQuality, TRUSTED_QUALITY } from "./clock.ts";

test("the five qualities have the names of the wire's numbers 0 to 4", () => {
  assert.equal(CLOCK_QUALITY_NAMES, ["unknown", "floor", "heartbeat", "ntp", "rtc"]);
  assert.is(CLOCK_QUALITY_NAMES[3], "ntp");
  assert.is(CLOCK_QUALITY_NAMES[TRUSTED_QUALITY], "heartbeat");
});

test("only whole numbers from 0 to 4 are qualities", () => {
  for (const value of [0, 1, 2, 3, 4] satisfies ClockQuality[]) assert.is(parseClockQuality(value), value);
  for (const value of [-1, 5, 1.5, Number.NaN, "2", 2n, null, undefined, true]) assert.is(parseClockQuality(value), null);
});

test.run();
