import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Admission, admit, newAdmission, SLOT_MAX_MS, SLOT_SHARE } from "./admission.ts";

const half = () => 0.5;
const later = (state: Admission, nowMs: number): number => {
  const answer = admit(state, nowMs, half);
  return answer.kind === "later" ? answer.retryAfterMs : 0;
};

test("a burst is let in at once, the next caller gets a slot", () => {
  const state = newAdmission({ perSecond: 10, burst: 3 }, 0);
  for (let caller = 0; caller < 3; caller++) assert.equal(admit(state, 0, half), { kind: "in" });
  assert.is(later(state, 0), 125);
});

test("each waiting caller gets another slot, one after the other", () => {
  const state = newAdmission({ perSecond: 10, burst: 1 }, 0);
  admit(state, 0, half);
  const slots = [1, 2, 3, 4].map(() => later(state, 0));
  assert.equal(slots, [125, 250, 375, 500]);
});

test("tokens come back with time, never more than the burst", () => {
  const state = newAdmission({ perSecond: 10, burst: 2 }, 0);
  for (let caller = 0; caller < 2; caller++) admit(state, 0, half);
  assert.is(admit(state, 99, half).kind, "later");
  assert.is(admit(state, 100, half).kind, "in");
  for (let caller = 0; caller < 2; caller++) assert.is(admit(state, 3_600_000, half).kind, "in");
  assert.is(admit(state, 3_600_000, half).kind, "later");
});

test("a clock that steps back lets nobody in for it", () => {
  const state = newAdmission({ perSecond: 10, burst: 1 }, 1_000);
  admit(state, 1_000, half);
  assert.is(admit(state, 0, half).kind, "later");
  assert.is(admit(state, 1_050, half).kind, "later");
});

test("no slot lies beyond five minutes, and those that would are spread", () => {
  const state = newAdmission({ perSecond: 1, burst: 1 }, 0);
  const slots = Array.from({ length: 500 }, () => later(state, 0));
  assert.ok(slots.every((ms) => ms <= SLOT_MAX_MS));
  let random = 0;
  const spread = Array.from({ length: 5 }, () => admit(state, 0, () => (random += 0.19)));
  assert.is(new Set(spread.map((one) => one.kind === "later" && one.retryAfterMs)).size, 5);
});

test("T-75 a herd that comes back at its slots is let in within its size over the slots' rate", () => {
  const perSecond = 50;
  const state = newAdmission({ perSecond, burst: 50 }, 0);
  let waiting = Array.from({ length: 1_000 }, () => 0);
  let quietMs = 0;
  let refusals = 0;
  while (waiting.length > 0) {
    const atMs = Math.min(...waiting);
    waiting = waiting.flatMap((dueMs) => {
      if (dueMs > atMs) return [dueMs];
      const answer = admit(state, atMs, half);
      if (answer.kind === "in") return [];
      refusals += 1;
      return [atMs + answer.retryAfterMs];
    });
    quietMs = atMs;
  }
  assert.ok(quietMs <= (1_000 * 1_000) / (perSecond * SLOT_SHARE), `quiet after ${quietMs} ms`);
  assert.is(refusals, 950, "nobody is sent away twice");
});

test("limits that let nobody in are a bug", () => {
  for (const limits of [
    { perSecond: 0, burst: 1 },
    { perSecond: 1, burst: 0 },
    { perSecond: Number.NaN, burst: 1 },
  ])
    assert.throws(() => newAdmission(limits, 0));
});

test.run();
