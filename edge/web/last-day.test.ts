import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CameraId } from "../../shared/model/ids.ts";
import { makeLastDay } from "./last-day.ts";

const CAMERA = "cam" as CameraId;
const HOUR_MS = 3_600_000;
/** A whole minute. */
const NOW_MS = 1_795_363_200_000;

/** Detections by the time of their receipt, and over how many minutes each question went. */
function counted() {
  const atMs: number[] = [];
  const asked: number[] = [];
  const lastDay = makeLastDay({
    perMinute(_camera, from, to) {
      asked.push(to - from);
      const counts = new Map<number, number>();
      for (const minute of atMs.map((ms) => Math.floor(ms / 60_000)).filter((one) => one >= from && one < to)) {
        counts.set(minute, (counts.get(minute) ?? 0) + 1);
      }
      return [...counts].map(([minute, count]) => ({ minute, count }));
    },
  });
  return { atMs, asked, at: (ms: number) => lastDay(CAMERA, ms) };
}

const hours = (...newest: number[]): number[] => [...new Array<number>(24 - newest.length).fill(0), ...newest];

test("the day is counted whole once, then only what has come since; what is older than a day falls out", () => {
  const { atMs, asked, at } = counted();
  atMs.push(NOW_MS - 24 * HOUR_MS, NOW_MS - 2 * HOUR_MS, NOW_MS - 5_000, NOW_MS);
  assert.equal(at(NOW_MS), hours(1, 0, 2));
  atMs.push(NOW_MS + 20_000, NOW_MS + 40_000);
  assert.equal(at(NOW_MS + 29_000), hours(1, 0, 2), "the page asks each second");
  assert.equal(at(NOW_MS + 45_000), hours(1, 0, 4));
  atMs.push(NOW_MS + 61 * 60_000);
  assert.equal(at(NOW_MS + 61 * 60_000), hours(1, 0, 4, 1));
  assert.equal(asked, [24 * 60, 1, 62]);
  assert.equal(at(NOW_MS + 23 * HOUR_MS), [4, 0, 1, ...new Array<number>(21).fill(0)]);
});

test("a clock that was set back, or forward by more than a day, is counted anew", () => {
  const { atMs, asked, at } = counted();
  atMs.push(NOW_MS, NOW_MS - 30 * 24 * HOUR_MS);
  assert.equal(at(NOW_MS - 30 * 24 * HOUR_MS), hours(1));
  assert.equal(at(NOW_MS), hours(1));
  assert.equal(at(NOW_MS - HOUR_MS), hours());
  assert.equal(at(NOW_MS), hours(1));
  assert.equal(asked, [1440, 1440, 1440, 61]);
});

test.run();
