import { test } from "uvu";
import * as assert from "uvu/assert";
import { KnownPlates } from "./known-plates.ts";

const pair = (plate: string, month = "2026-11-01") => ({ plate, folded: plate, month });

test("a pair is missing until its transaction was committed, and comes once and in order", () => {
  const known = new KnownPlates();
  const missing = known.unknown([pair("B2"), pair("A1"), pair("B2")]);
  assert.equal(
    missing.map((one) => one.plate),
    ["A1", "B2"],
  );
  assert.is(known.unknown([pair("A1")]).length, 1);
  known.committed(missing);
  assert.is(known.unknown([pair("A1"), pair("B2")]).length, 0);
  assert.is(known.unknown([pair("A1", "2026-12-01")]).length, 1);
});

test("it never holds more than it may, and forgets the oldest first", () => {
  const known = new KnownPlates(10);
  for (let at = 0; at < 100; at++) known.committed([pair(`P${at}`)]);
  const missing = Array.from({ length: 100 }, (_, at) => pair(`P${at}`)).filter((one) => known.unknown([one]).length > 0);
  assert.ok(missing.length >= 88);
  assert.is(known.unknown([pair("P99")]).length, 0);
});

test.run();
