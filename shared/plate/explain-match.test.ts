import { test } from "uvu";
import * as assert from "uvu/assert";
import { differencesOf, explainMatch } from "./explain-match.ts";

test("A8C123 for ABC123 names the one character that differs, and where", () => {
  assert.equal(explainMatch("confusable", "A8C123", "ABC123"), {
    kind: "confusable",
    plate: "A8C123",
    pattern: "ABC123",
    differences: [{ at: 1, read: "8", wanted: "B" }],
  });
});

test("several differences are named from left to right", () => {
  assert.equal(differencesOf("0BC1Z", "OBC12"), [
    { at: 0, read: "0", wanted: "O" },
    { at: 4, read: "Z", wanted: "2" },
  ]);
});

test("an exact match and a wildcard have no differences", () => {
  assert.equal(explainMatch("exact", "ABC123", "ABC123").differences, []);
  assert.equal(explainMatch("wildcard", "ABC123", "AB*").differences, []);
  assert.is(explainMatch("wildcard", "ABC123", "AB*").pattern, "AB*");
});

test("plates of different lengths have no differences by position: asking is a bug", () => {
  assert.throws(() => differencesOf("ABC12", "ABC123"));
});

test.run();
