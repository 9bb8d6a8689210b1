import { test } from "uvu";
import * as assert from "uvu/assert";
import { CHANGES_TOLD_MAX, makeStateReports, PERIOD_MS } from "./state-reports.ts";

function world() {
  const told: string[] = [];
  let now = 0;
  let due: { atMs: number; act: () => void } | null = null;
  const reports = makeStateReports<string>({
    tell: (state, leftOut) => told.push(leftOut === 0 ? state : `${state} (${leftOut} left out)`),
    monoMs: () => now,
    after: (ms, act) => {
      due = { atMs: now + ms, act };
      return () => {
        due = null;
      };
    },
  });
  const pass = (ms: number) => {
    now += ms;
    if (due !== null && due.atMs <= now) due.act();
  };
  return { told, reports, pass };
}

test("a change is told at once", () => {
  const { told, reports, pass } = world();
  reports.change("watching");
  pass(PERIOD_MS * 2);
  reports.change("silent");
  assert.equal(told, ["watching", "silent"]);
});

test("a camera that comes and goes for a day is told a bounded number of times, and its last state always", () => {
  const { told, reports, pass } = world();
  const day = 24 * 3_600_000;
  for (let ms = 0; ms < day; ms += 2_000) {
    reports.change(ms % 4_000 === 0 ? "watching" : "unreachable");
    pass(2_000);
  }
  reports.change("refused");
  pass(PERIOD_MS);
  assert.match(told.at(-1)!, /^refused/);
  assert.ok(told.length < (day / PERIOD_MS) * (CHANGES_TOLD_MAX + 1), `${told.length} told`);
});

test("the newest change is told when the period is over, with how many were left out, and at the end", () => {
  const { told, reports, pass } = world();
  for (let n = 0; n < CHANGES_TOLD_MAX; n++) reports.change(`${n}`);
  for (const state of ["a", "b", "c"]) reports.change(state);
  pass(PERIOD_MS - 1);
  assert.is(told.length, CHANGES_TOLD_MAX);
  pass(1);
  assert.equal(told.slice(CHANGES_TOLD_MAX), ["c (2 left out)"]);
  for (let n = 0; n < CHANGES_TOLD_MAX; n++) reports.change(`again ${n}`);
  reports.change("last");
  reports.end();
  assert.match(told.at(-1)!, /^last/);
});

test.run();
