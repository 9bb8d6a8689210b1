import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeImageBudget } from "./image-budget.ts";

const clock = { wall: 0, mono: 0, wallMs: () => clock.wall, monoMs: () => clock.mono };
const at = (time: string): void => {
  clock.wall = Date.parse(`2026-11-22T${time}:00-05:00`);
};
const budgetOf = (...hours: [from: number, to: number, kbitPerSecond: number][]) =>
  makeImageBudget(
    hours.map(([from, to, kbitPerSecond]) => ({ from: from * 60, to: to * 60, kbitPerSecond })),
    "America/New_York",
    clock,
  );

test("pictures wait in hours of 0, by the time of the site, and it is said until when", () => {
  const budget = budgetOf([6, 22, 0]);
  const seen = ["05:59", "06:00", "21:59", "22:00"].map((time) => {
    at(time);
    return budget.waitsUntil();
  });
  assert.equal(seen, [null, "22:00", "22:00", null]);
});

test("hours go over midnight, the first that hold the moment decide, and the wait ends where any may go", () => {
  const budget = budgetOf([22, 6, 0], [5, 7, 64]);
  const seen = ["21:59", "23:30", "05:30", "06:30"].map((time) => {
    at(time);
    return budget.waitsUntil();
  });
  assert.equal(seen, [null, "06:00", "06:00", null]);
  assert.is(budgetOf([0, 24, 0]).waitsUntil(), "the budget is changed");
});

test("a rate is kept on average: each piece is followed by the time that it takes", () => {
  at("12:00");
  const budget = budgetOf([8, 20, 80]);
  assert.equal([budget.waitMs(), budget.pieceMax()], [0, 10_000]);
  budget.took(5_000);
  assert.is(budget.waitMs(), 500);
  clock.mono += 200;
  budget.took(10_000);
  assert.is(budget.waitMs(), 1_300);
  clock.mono += 60_000;
  budget.took(10_000);
  assert.is(budget.waitMs(), 1_000, "what was not used is not saved up");
});

test("without named hours nothing is held back", () => {
  const budget = budgetOf();
  budget.took(1e9);
  assert.equal([budget.waitsUntil(), budget.waitMs()], [null, 0]);
});

test.run();
