import { test } from "uvu";
import * as assert from "uvu/assert";
import { explanationShort, explanationWords } from "./explanation-words.ts";

const one = { kind: "confusable", plate: "A8C123", pattern: "ABC123", differences: [{ at: 1, read: "8", wanted: "B" }] } as const;

test("an exact match says that every character matches", () => {
  const exact = { kind: "exact", plate: "ABC123", pattern: "ABC123", differences: [] } as const;
  assert.is(explanationWords(exact), "Every character matches ABC123.");
  assert.is(explanationShort(exact), "exact");
});

test("a look-alike names the character read, its partner, its place, and how many match", () => {
  assert.is(explanationWords(one), "Entry ABC123, read as A8C123: 8 was read where the entry has B (2nd character). The other 5 match.");
  assert.is(explanationShort(one), "8 for B");
});

test("two differences are both named", () => {
  const two = { ...one, plate: "A8C1Z3", differences: [...one.differences, { at: 4, read: "Z", wanted: "2" }] };
  assert.match(explanationWords(two), /8 was read .* \(2nd character\) and Z was read .* \(5th character\)\. The other 4 match\./);
  assert.is(explanationShort(two), "8 for B, Z for 2");
});

test("a pattern says that nothing beyond the pattern was compared", () => {
  const wild = { kind: "wildcard", plate: "KLM4471", pattern: "KLM*", differences: [] } as const;
  assert.is(explanationWords(wild), "KLM4471 fits the pattern KLM*. Nothing else was compared.");
  assert.is(explanationShort(wild), "fits KLM*");
});

test("the 11th to 13th characters are -th, not -st, -nd, -rd", () => {
  const late = {
    kind: "confusable",
    plate: "AAAAAAAAAA8A",
    pattern: "AAAAAAAAAABA",
    differences: [{ at: 10, read: "8", wanted: "B" }],
  } as const;
  assert.match(explanationWords(late), /11th character/);
});

test.run();
