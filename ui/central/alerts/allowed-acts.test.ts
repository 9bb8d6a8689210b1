import { test } from "uvu";
import * as assert from "uvu/assert";
import { ALERTS } from "../../words/alert-words.ts";
import { allowedActs } from "./allowed-acts.ts";

const why = (state: Parameters<typeof allowedActs>[0], picture: Parameters<typeof allowedActs>[1]) =>
  Object.fromEntries(allowedActs(state, picture).map((act) => [act.name, act.why]));

test("T-19 escalate waits for the picture to be opened, and says so", () => {
  assert.is(why("verified", { opened: false, atHand: true }).escalate, ALERTS.openPictureFirst);
  assert.is(why("verified", { opened: true, atHand: true }).escalate, undefined);
});

test("T-19 escalate waits for verify even when the picture was opened", () => {
  assert.is(why("acknowledged", { opened: true, atHand: true }).escalate, ALERTS.verifyFirst);
});

test("a picture that is not here yet does not block for ever", () => {
  assert.is(why("verified", { opened: false, atHand: false }).escalate, undefined);
});

test("a new alert can be acknowledged, verified and dismissed", () => {
  const acts = why("new", { opened: false, atHand: true });
  assert.equal([acts.acknowledge, acts.verify, acts.dismiss], [undefined, undefined, undefined]);
});

test("a dismissed alert is closed to every act, with the reason in words", () => {
  for (const words of Object.values(why("dismissed", { opened: true, atHand: true }))) assert.is(words, ALERTS.closed);
});

test.run();
