import { test } from "uvu";
import * as assert from "uvu/assert";
import { confusion, confusionOfCodes, foldPlate, STRONG_GROUPS, WEAK_PAIRS, wideFoldCode } from "./confusable-glyphs.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

test("every two members of a strong group are strongly confusable", () => {
  for (const group of ["0OQD", "1IL", "2Z", "5S", "6G", "8B"]) {
    assert.ok(STRONG_GROUPS.includes(group), group);
    for (const a of group) for (const b of group) assert.is(confusion(a, b), a === b ? "same" : "strong", a + b);
  }
});

test("7 and 1, 4 and A are weakly confusable, and nothing follows from it for I and L", () => {
  for (const [a, b] of WEAK_PAIRS.map((pair) => [...pair])) assert.is(confusion(a!, b!), "weak");
  assert.is(confusion("1", "7"), "weak");
  assert.is(confusion("7", "I"), "none");
  assert.is(confusion("7", "L"), "none");
});

test("a 7 is never taken for a 2", () => {
  assert.is(confusion("7", "2"), "none");
  assert.is(confusion("7", "Z"), "none");
});

test("of all pairs of characters exactly the listed ones are confusable", () => {
  const counted = { same: 0, strong: 0, weak: 0, none: 0 };
  for (const a of ALPHABET) for (const b of ALPHABET) counted[confusion(a, b)]++;
  // 0OQD: 12 ordered pairs, 1IL: 6, four pairs: 8; two weak pairs: 4.
  assert.equal(counted, { same: 36, strong: 26, weak: 4, none: 36 * 36 - 66 });
});

test("confusion is symmetric", () => {
  for (const a of ALPHABET) for (const b of ALPHABET) assert.is(confusion(a, b), confusion(b, a), a + b);
});

test("characters outside ASCII are confused with nothing", () => {
  assert.is(confusionOfCodes(0x410, 0x41), "none");
  assert.is(confusionOfCodes(0x410, 0x410), "same");
});

test("A8C123 and ABC123 fold to one text", () => {
  assert.is(foldPlate("A8C123"), foldPlate("ABC123"));
  assert.is(foldPlate("ABC123"), "A8C123");
});

test("weak pairs do not fold: 7 would equal I and L as well", () => {
  assert.is.not(foldPlate("ABC7"), foldPlate("ABC1"));
  assert.is.not(foldPlate("4BC"), foldPlate("ABC"));
});

test("folding is deterministic, keeps the length and folds once", () => {
  const folded = foldPlate(ALPHABET);
  assert.is(folded, "A8C0EF6H1JK1MN0P0R5TUVWXY20123456789");
  assert.is(foldPlate(folded), folded);
});

test("two plates of one length fold alike exactly when all differences are strong", () => {
  for (const a of ALPHABET) {
    for (const b of ALPHABET) {
      const related = confusion(a, b) === "same" || confusion(a, b) === "strong";
      assert.is(foldPlate(`X${a}`) === foldPlate(`X${b}`), related, a + b);
    }
  }
});

test("the wide key joins every pair that is confusable at all", () => {
  for (const a of ALPHABET) {
    for (const b of ALPHABET) {
      if (confusion(a, b) !== "none") assert.is(wideFoldCode(a.charCodeAt(0)), wideFoldCode(b.charCodeAt(0)), a + b);
    }
  }
});

test.run();
