import { test } from "uvu";
import * as assert from "uvu/assert";
import { sweepWords } from "./start-sweep.ts";

test("people read how many records the card has changed, whether central has them, and what to do", () => {
  assert.is(sweepWords({ atCentral: 0, notSent: 0 }), null);
  assert.is(
    sweepWords({ atCentral: 1, notSent: 0 }),
    "1 record on this disk is not what was signed any more. Central has every one. The card is wearing out: replace it soon.",
  );
  assert.match(sweepWords({ atCentral: 4, notSent: 3 })!, /^7 records .* Central has not got 3 of them: they will be named as lost\./);
});

test.run();
