import { test } from "uvu";
import * as assert from "uvu/assert";
import { readPattern } from "./pattern-words.ts";

test("spaces, dashes and case do not matter", () => {
  assert.equal(readPattern(" abc-123 "), { ok: true, pattern: "ABC123" });
});

test("a pattern keeps its ? and *", () => {
  assert.equal(readPattern("AB?1**"), { ok: true, pattern: "AB?1*" });
});

test("a pattern that fits half the town is refused in words that say what to do", () => {
  const refused = readPattern("A*");
  assert.ok(!refused.ok && /at least 2/.test(refused.words));
});

test("nothing, or nothing that can stand on a plate, asks for a plate", () => {
  const refused = readPattern(" - ");
  assert.ok(!refused.ok && refused.words.length > 10);
});

test.run();
