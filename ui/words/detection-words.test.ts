import { test } from "uvu";
import * as assert from "uvu/assert";
import { confidenceWords, uncertaintyWords, vehicleTypeWord, vehicleWords } from "./detection-words.ts";

test("a vendor's words for a vehicle become plain ones, and unknown words stay", () => {
  assert.is(vehicleWords({ type: "SUVMPV", colour: "deepBlue", make: "Subaru", model: null }), "deep blue Subaru, SUV");
  assert.is(vehicleWords({ type: "SUV or MPV", colour: "silver", make: null, model: null }), "silver SUV");
  assert.is(vehicleTypeWord("largeBus"), "large bus");
  assert.is(vehicleWords(null), "");
});

test("confidence keeps its own scale, and none is said as such", () => {
  assert.is(confidenceWords({ confidence: 0.97, confidence_scale: 1 }), "0.97 of 1");
  assert.is(confidenceWords({ confidence: null, confidence_scale: null }), "not given");
});

test("a clock that nobody vouches for is not given a figure", () => {
  assert.is(uncertaintyWords(null), "clock quality unknown");
  assert.is(uncertaintyWords(40), "± 40 ms");
  assert.is(uncertaintyWords(2_400), "± 2 s");
});

test.run();
