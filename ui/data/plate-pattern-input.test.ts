import { test } from "uvu";
import * as assert from "uvu/assert";
import { readPatternInput } from "./plate-pattern-input.ts";

test("spaces, dashes and case do not matter", () => {
  assert.equal(readPatternInput(" abc-123 "), { kind: "pattern", pattern: "ABC123" });
});

test("a pattern keeps ? and *, and a row of * is one", () => {
  assert.equal(readPatternInput("AB?1**"), { kind: "pattern", pattern: "AB?1*" });
});

test("a pattern that fits half the town is refused", () => {
  assert.equal(readPatternInput("A*"), { kind: "too-wide" });
  assert.equal(readPatternInput("???"), { kind: "too-wide" });
});

test("a short plate without wildcards is a plate", () => {
  assert.equal(readPatternInput("A1"), { kind: "pattern", pattern: "A1" });
});

test("nothing, or nothing that can stand on a plate, is empty", () => {
  assert.equal(readPatternInput(" - "), { kind: "empty" });
});

test.run();
