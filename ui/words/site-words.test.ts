import { test } from "uvu";
import * as assert from "uvu/assert";
import { bytesWords, clockWords } from "./site-words.ts";

test("sizes are told in the unit that fits", () => {
  assert.is(bytesWords(18_400), "18 kB");
  assert.is(bytesWords(64_200_000), "64 MB");
  assert.is(bytesWords(1_400_000_000), "1.4 GB");
  assert.is(bytesWords(256_000_000_000), "256 GB");
  assert.is(bytesWords(null), "unknown");
});

test("a clock quality this page does not know counts as the worst", () => {
  assert.is(clockWords(9), clockWords(0));
  assert.is(clockWords(null), "not told yet");
});

test.run();
