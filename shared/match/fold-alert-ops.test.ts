import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeHlc } from "../clock/hlc.ts";
import type { AlertVerb } from "../model/alert.ts";
import { type AlertId, type Rid, uuid } from "../model/ids.ts";
import { foldAlertOps, type StampedAlertOp } from "./fold-alert-ops.ts";
import { numberedId } from "./sample-world.ts";

const PASS = numberedId<Rid>(1);
const A = uuid<AlertId>("00000000-0000-8000-8000-00000000000a");
const B = uuid<AlertId>("00000000-0000-8000-8000-00000000000b");

/** `at`: both the stamp and the rid, so that a later op has the larger one. */
function op(at: number, verb: AlertVerb, seen: AlertId[] = [A], more: Partial<StampedAlertOp> = {}): StampedAlertOp {
  const hlc = makeHlc(at, 0);
  return { rid: numberedId<Rid>(at), pass: PASS, seen, verb, hlc, effectiveHlc: hlc, author: "Dana", args: {}, relies: null, ...more };
}

const escalate = (at: number, relies: number | null, seen: AlertId[] = [A]): StampedAlertOp =>
  op(at, "escalate", seen, { relies: relies === null ? null : numberedId<Rid>(relies) });

const stateOf = (ops: StampedAlertOp[], alerts: AlertId[] = [A]) => foldAlertOps(PASS, alerts, ops).state;

function permutations<T>(items: T[]): T[][] {
  if (items.length < 2) return [items];
  return items.flatMap((item, at) => permutations(items.filter((_, other) => other !== at)).map((rest) => [item, ...rest]));
}

test("an item that nobody touched is new", () => {
  const item = foldAlertOps(PASS, [A], []);
  assert.is(item.state, "new");
  assert.equal(item.unseen, [A]);
  assert.is(item.decidedBy, null);
});

test("each verb takes the item where it says", () => {
  assert.is(stateOf([op(1, "acknowledge")]), "acknowledged");
  assert.is(stateOf([op(1, "verify")]), "verified");
  assert.is(stateOf([op(1, "verify"), escalate(2, 1)]), "escalated");
  assert.is(stateOf([op(1, "dismiss")]), "dismissed");
});

test("a note is kept and changes nothing", () => {
  const item = foldAlertOps(PASS, [A], [op(1, "acknowledge"), op(2, "note")]);
  assert.is(item.state, "acknowledged");
  assert.equal(
    item.ops.map((folded) => folded.noEffect),
    [null, "note"],
  );
});

test("whoever only has seen it takes nothing back", () => {
  assert.is(stateOf([op(1, "verify"), op(2, "acknowledge")]), "verified");
  assert.is(stateOf([op(1, "dismiss"), op(2, "acknowledge")]), "dismissed");
  assert.is(stateOf([op(1, "verify"), escalate(2, 1), op(3, "verify")]), "escalated");
});

test("a dismissed item can be verified after all, and a verified one dismissed", () => {
  assert.is(stateOf([op(1, "dismiss"), op(2, "verify")]), "verified");
  assert.is(stateOf([op(1, "verify"), op(2, "dismiss")]), "dismissed");
});

test("without a verify of this item nothing is escalated, but what was tried is shown", () => {
  for (const bad of [escalate(2, null), escalate(2, 77), escalate(2, 1)]) {
    const item = foldAlertOps(PASS, [A], [op(1, "acknowledge"), bad]);
    assert.is(item.state, "acknowledged");
    assert.equal(
      item.ops.map((folded) => folded.noEffect),
      [null, "escalate-without-verify"],
    );
  }
});

test("the verify that an escalation relies on may be stamped later by another clock", () => {
  assert.is(stateOf([escalate(1, 2), op(2, "verify")]), "escalated");
});

test("verifies of the item are offered to rely on", () => {
  assert.equal(foldAlertOps(PASS, [A], [op(2, "verify"), op(1, "verify"), op(3, "note")]).verifiedBy, [
    numberedId<Rid>(1),
    numberedId<Rid>(2),
  ]);
});

test("an alert that no op has seen puts the item back to new", () => {
  const item = foldAlertOps(PASS, [A, B], [op(1, "dismiss", [A])]);
  assert.is(item.state, "new");
  assert.equal(item.unseen, [B]);
});

test("it does so once: an op that has seen it ends that for good", () => {
  const ops = [op(1, "dismiss", [A]), op(2, "acknowledge", [A, B])];
  assert.is(stateOf(ops, [A, B]), "acknowledged");
  assert.is(stateOf([...ops, op(3, "dismiss", [A])], [A, B]), "dismissed");
});

test("a mere note on the new alert does not close the item again with the old dismissal", () => {
  const item = foldAlertOps(PASS, [A, B], [op(1, "dismiss", [A]), op(2, "note", [A, B])]);
  assert.is(item.state, "new");
  assert.equal(item.unseen, []);
});

test("two alerts that came together and were seen together are one piece of work", () => {
  assert.is(stateOf([op(1, "acknowledge", [A, B]), op(2, "verify", [A, B])], [A, B]), "verified");
});

test("the effective stamp decides, not the clock of the one who acted", () => {
  const fromTheFuture = op(1, "dismiss", [A], { hlc: makeHlc(9_999_999, 0), effectiveHlc: makeHlc(5, 0) });
  assert.is(stateOf([fromTheFuture, op(6, "verify")]), "verified");
});

test("equal stamps are ordered by rid", () => {
  const hlc = makeHlc(5, 0);
  const one = op(1, "dismiss", [A], { effectiveHlc: hlc });
  const two = op(2, "verify", [A], { effectiveHlc: hlc });
  assert.is(stateOf([two, one]), "verified");
});

test("any order of arrival gives one state, and a repeated op changes nothing", () => {
  const ops = [op(1, "acknowledge"), op(2, "verify"), escalate(3, 2), op(4, "note", [A, B]), op(5, "dismiss", [A, B])];
  const expected = foldAlertOps(PASS, [A, B], ops);
  for (const order of permutations(ops)) assert.equal(foldAlertOps(PASS, [B, A, A], [...order, order[0]!]), expected);
});

test("an op as made and as published is one op, at its published stamp", () => {
  const made = op(1, "dismiss", [A], { hlc: makeHlc(900, 0), effectiveHlc: makeHlc(900, 0) });
  const published = { ...made, effectiveHlc: makeHlc(100, 0) };
  for (const both of [
    [made, published],
    [published, made],
  ]) {
    const item = foldAlertOps(PASS, [A], [...both, op(200, "verify")]);
    assert.is(item.state, "verified");
    assert.is(item.ops.length, 2);
  }
});

test("an op of another pass is a bug", () => {
  assert.throws(() => foldAlertOps(PASS, [A], [op(1, "verify", [A], { pass: numberedId<Rid>(99) })]));
});

test.run();
