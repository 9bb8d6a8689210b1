import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Hlc } from "../model/ids.ts";
import type { ClockQuality } from "./clock.ts";
import { effectiveHlc, HLC_AHEAD_MAX_MS, HLC_MS_MAX, HLC_ZERO, hlcCounter, hlcMs, makeHlc, parseHlc, receiveHlc, tickHlc } from "./hlc.ts";

const NOW = 1_763_800_000_000;

test("a stamp is 48 bits of ms and 16 of counter, and its text order is its time order", () => {
  const hlc = makeHlc(NOW, 258);
  assert.is(hlc, `${NOW.toString(16).padStart(12, "0")}0102`);
  assert.is(hlcMs(hlc), NOW);
  assert.is(hlcCounter(hlc), 258);
  assert.ok(makeHlc(NOW, 0xffff) < makeHlc(NOW + 1, 0));
  assert.ok(makeHlc(9, 0) < makeHlc(10, 0));
});

test("parts out of range: ms is cut, a wrong counter is a bug", () => {
  assert.is(makeHlc(-5, 0), HLC_ZERO);
  assert.is(makeHlc(2 ** 60, 0), "ffffffffffff0000");
  assert.is(hlcMs(makeHlc(12.9, 0)), 12);
  for (const counter of [-1, 0x10000, 0.5]) assert.throws(() => makeHlc(NOW, counter));
});

test("only 16 hex digits are a stamp", () => {
  assert.is(parseHlc("0123456789ABCDEF"), "0123456789abcdef");
  for (const wrong of ["", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg", 1, null]) assert.is(parseHlc(wrong), null);
});

test("ticks follow the wall clock and are strictly later each time", () => {
  const one = tickHlc(HLC_ZERO, NOW);
  assert.is(one, makeHlc(NOW, 0));
  assert.is(tickHlc(one, NOW), makeHlc(NOW, 1));
  assert.is(tickHlc(one, NOW + 1), makeHlc(NOW + 1, 0));
});

test("a wall clock that jumps back does not take the stamps along", () => {
  let last = tickHlc(HLC_ZERO, NOW);
  for (const wall of [NOW - 1, 0, -1_000_000, NOW - 50_000]) {
    const next = tickHlc(last, wall);
    assert.ok(next > last, String(wall));
    last = next;
  }
  assert.is(last, makeHlc(NOW, 4));
});

test("after 65,536 stamps in one ms the counter carries into the ms", () => {
  assert.is(tickHlc(makeHlc(NOW, 0xffff), NOW), makeHlc(NOW + 1, 0));
});

test("at the end of all stamps a tick throws and does not repeat one", () => {
  assert.throws(() => tickHlc("ffffffffffffffff" as Hlc, NOW));
});

test("having seen a later stamp, the next edit is later than it", () => {
  const seen = makeHlc(NOW + 60_000, 7);
  const last = receiveHlc(makeHlc(NOW, 0), seen, NOW, 3);
  assert.is(last, seen);
  assert.ok(tickHlc(last, NOW) > seen);
});

test("an older stamp moves nothing", () => {
  assert.is(receiveHlc(makeHlc(NOW, 3), makeHlc(NOW, 2), NOW, 3), makeHlc(NOW, 3));
});

test("with a trusted clock a stamp from the future moves us 5 minutes ahead at most", () => {
  const years = makeHlc(NOW + 365 * 86_400_000, 0);
  for (const quality of [2, 3, 4] satisfies ClockQuality[]) {
    assert.is(receiveHlc(makeHlc(NOW, 0), years, NOW, quality), makeHlc(NOW + HLC_AHEAD_MAX_MS, 0));
  }
});

test("with an untrusted clock we follow, for our own may stand in 1970, but never past 2100", () => {
  const seen = makeHlc(NOW, 0);
  for (const quality of [0, 1] satisfies ClockQuality[]) {
    assert.is(receiveHlc(HLC_ZERO, seen, 0, quality), seen);
    assert.is(receiveHlc(HLC_ZERO, "ffffffffffffffff" as Hlc, 0, quality), makeHlc(HLC_MS_MAX, 0));
  }
});

test("a wall clock beyond 2100 does not use up the stamps", () => {
  assert.is(tickHlc(HLC_ZERO, Number.MAX_SAFE_INTEGER), makeHlc(HLC_MS_MAX, 0));
});

test("once ahead, we never go back, and creep on by the counter until time catches up", () => {
  const ahead = makeHlc(NOW + 10 * 86_400_000, 0);
  assert.is(receiveHlc(ahead, makeHlc(NOW, 0), NOW, 4), ahead);
  assert.is(tickHlc(ahead, NOW), makeHlc(NOW + 10 * 86_400_000, 1));
});

test("the stamp that decides is never more than 5 minutes past its receipt, and otherwise untouched", () => {
  const honest = makeHlc(NOW - 3 * 86_400_000, 5);
  assert.is(effectiveHlc(honest, NOW), honest);
  assert.is(effectiveHlc(makeHlc(NOW + HLC_AHEAD_MAX_MS, 0), NOW), makeHlc(NOW + HLC_AHEAD_MAX_MS, 0));
  assert.is(effectiveHlc(makeHlc(NOW + HLC_AHEAD_MAX_MS, 1), NOW), makeHlc(NOW + HLC_AHEAD_MAX_MS, 0));
  assert.is(effectiveHlc("ffffffffffffffff" as Hlc, NOW), makeHlc(NOW + HLC_AHEAD_MAX_MS, 0));
});

test("an actor's stamps strictly increase through any mix of ticks, receipts and clock jumps", () => {
  let seed = 7;
  const random = (bound: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % bound;
  };
  let state = HLC_ZERO;
  let issued = HLC_ZERO;
  for (let step = 0; step < 5_000; step++) {
    const wall = random(4) === 0 ? random(1_000) : NOW + random(1_000_000) - 500_000;
    if (random(2) === 0) {
      state = receiveHlc(state, makeHlc(NOW + random(10_000_000), random(0x10000)), wall, random(5) as ClockQuality);
    } else {
      state = tickHlc(state, wall);
      assert.ok(state > issued);
      issued = state;
    }
  }
});

test.run();
