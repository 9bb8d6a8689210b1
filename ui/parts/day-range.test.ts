import { test } from "uvu";
import * as assert from "uvu/assert";
import { dayAt, fillDays } from "./day-range.ts";
import { heat } from "./week-heat-map.ts";

test("days without a detection are there as zeros, up to today", () => {
  const days = fillDays([["2026-11-18", 2]], 3, "2026-11-20");
  assert.equal(days, [
    ["2026-11-18", 2],
    ["2026-11-19", 0],
    ["2026-11-20", 0],
  ]);
});

test("at least so many days are shown, across the end of summer time", () => {
  const days = fillDays([], 30, "2026-11-15");
  assert.is(days.length, 30);
  assert.is(new Set(days.map(([day]) => day)).size, 30);
  assert.is(days[0]?.[0], "2026-10-17");
});

test("a day ahead of today, from a camera with a wrong clock, is still shown", () => {
  assert.is(fillDays([["2026-11-25", 1]], 2, "2026-11-20").at(-1)?.[0], "2026-11-25");
});

test("the place under the pointer is a day, and outside it is the nearest", () => {
  assert.is(dayAt(0, 900, 30), 0);
  assert.is(dayAt(899, 900, 30), 29);
  assert.is(dayAt(-20, 900, 30), 0);
  assert.is(dayAt(2_000, 900, 30), 29);
});

test("one pass still shows beside thirty, and none shows nothing", () => {
  assert.ok(heat(1, 30) > 0.15);
  assert.is(heat(0, 30), 0);
  assert.is(heat(30, 30), 1);
});

test.run();
