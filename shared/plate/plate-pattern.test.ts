import { test } from "uvu";
import * as assert from "uvu/assert";
import { isWildcard, matchesPattern, PATTERN_TEXT_MAX, parsePattern } from "./plate-pattern.ts";

/** The obvious and slow definition to compare with. */
function slowMatch(pattern: string, plate: string): boolean {
  if (pattern === "") return plate === "";
  if (pattern[0] === "*") return slowMatch(pattern.slice(1), plate) || (plate !== "" && slowMatch(pattern, plate.slice(1)));
  return plate !== "" && (pattern[0] === "?" || pattern[0] === plate[0]) && slowMatch(pattern.slice(1), plate.slice(1));
}

function words(alphabet: string, lengthMax: number): string[] {
  const all = [""];
  for (let from = 0, length = 1; length <= lengthMax; length++) {
    const to = all.length;
    for (; from < to; from++) for (const character of alphabet) all.push(all[from]! + character);
  }
  return all;
}

test("a text without wildcards is a plate, normalised", () => {
  assert.equal(parsePattern("abc-123"), { kind: "plate", text: "ABC123" });
  assert.equal(parsePattern("А123ВС"), { kind: "plate", text: "A123BC" });
  assert.equal(parsePattern("7"), { kind: "plate", text: "7" });
});

test("a wildcard says how much of it is fixed", () => {
  assert.equal(parsePattern("ab?-1*"), { kind: "wildcard", text: "AB?1*", fixed: 3, lengthMin: 4 });
});

test("patterns that mean the same are the same text", () => {
  for (const text of ["AB*?", "AB?*", "AB**?", "AB*?*", "ab - * ?"]) {
    assert.equal(parsePattern(text), { kind: "wildcard", text: "AB?*", fixed: 2, lengthMin: 3 }, text);
  }
});

test("a wildcard with fewer than 2 fixed characters is refused", () => {
  for (const text of ["*", "?", "A*", "*A", "*7*", "??????A", "*?*"]) {
    assert.equal(parsePattern(text), { kind: "refused", why: "too-open" }, text);
  }
  assert.is(parsePattern("A*B").kind, "wildcard");
});

test("what no plate can fit is refused", () => {
  assert.equal(parsePattern("ABCDEFGHIJKLM"), { kind: "refused", why: "too-long" });
  assert.equal(parsePattern("AB???????????"), { kind: "refused", why: "too-long" });
  assert.equal(parsePattern(`AB${"*".repeat(PATTERN_TEXT_MAX)}`), { kind: "refused", why: "too-long" });
  assert.is(parsePattern("ABCDEFGHIJK*L").kind, "wildcard");
});

test("nothing legible and sentinels are refused: they would watch every unread car", () => {
  assert.equal(parsePattern(" - "), { kind: "refused", why: "empty" });
  assert.equal(parsePattern(""), { kind: "refused", why: "empty" });
  assert.equal(parsePattern("no plate"), { kind: "refused", why: "not-a-plate" });
  assert.equal(parsePattern("Unknown"), { kind: "refused", why: "not-a-plate" });
});

test("canonical patterns parse to themselves", () => {
  for (const text of ["ABC123", "AB?1*", "*12?4", "A*B*C"]) {
    const once = parsePattern(text);
    assert.ok(once.kind !== "refused" && once.text === text, text);
  }
});

test("? is exactly one character and * any run, the empty one included", () => {
  assert.ok(matchesPattern("AB?123", "ABC123"));
  assert.not.ok(matchesPattern("AB?123", "AB123"));
  assert.ok(matchesPattern("AB*", "AB"));
  assert.ok(matchesPattern("*123", "ABC123"));
  assert.ok(matchesPattern("A*2*", "ABC123"));
  assert.not.ok(matchesPattern("A*4*", "ABC123"));
  assert.not.ok(matchesPattern("ABC", "ABC123"));
  assert.not.ok(matchesPattern("ABC123", "ABC"));
});

test("every pattern over a small alphabet agrees with the slow definition", () => {
  const plates = words("AB", 4);
  for (const pattern of words("AB?*", 4)) {
    for (const plate of plates) assert.is(matchesPattern(pattern, plate), slowMatch(pattern, plate), `${pattern} ${plate}`);
  }
});

test("a pattern of many stars costs no more than pattern x plate steps", () => {
  let steps = 0;
  const counted = {
    length: 64,
    charCodeAt: (at: number) => {
      steps++;
      return at % 2 === 0 ? 0x2a : 0x41;
    },
  } as unknown as string;
  matchesPattern(counted, "AAAAAAAAAAAB");
  assert.ok(steps <= 2 * 64 * 12, `${steps} steps`);
});

test("only * and ? make a wildcard", () => {
  assert.ok(isWildcard("A?B"));
  assert.ok(isWildcard("AB*"));
  assert.not.ok(isWildcard("ABC123"));
});

test.run();
