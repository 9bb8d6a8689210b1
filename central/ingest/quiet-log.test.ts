import { test } from "uvu";
import * as assert from "uvu/assert";
import { createQuietLog } from "./quiet-log.ts";

test("the same warning is said once in half a minute, with how often it was left out", () => {
  let nowMs = 0;
  const said: object[] = [];
  const log = createQuietLog({ info: () => undefined, warn: (facts, words) => said.push({ ...facts, words }) }, () => nowMs);
  for (let at = 0; at < 1_000; at++) log.warn({ log: at }, "a batch could not be stored");
  log.warn({}, "another thing");
  nowMs = 31_000;
  log.warn({ log: 7 }, "a batch could not be stored");
  assert.equal(said, [
    { log: 0, words: "a batch could not be stored" },
    { words: "another thing" },
    { log: 7, leftOut: 999, words: "a batch could not be stored" },
  ]);
});

test.run();
