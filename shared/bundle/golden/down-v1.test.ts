import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { joinBytes } from "../../log/record.ts";
import { bytesToHex, hexToBytes } from "../../model/ids.ts";
import { HEAD_BYTES } from "../bundle-seal.ts";
import { DOWN_ITEMS, downChunks, readDown } from "../test-down.ts";

const golden = JSON.parse(readFileSync(new URL("down-v1.json", import.meta.url), "utf8")) as { down: string };

test("the released file for a site is read back whole", () => {
  assert.equal(readDown(hexToBytes(golden.down)), { items: [...DOWN_ITEMS], end: null });
});

test("today's code writes the released chunks", () => {
  // The sealed key in front is made with a random key of its own, each time.
  assert.is(bytesToHex(joinBytes(...downChunks()).subarray(HEAD_BYTES)), golden.down.slice(2 * HEAD_BYTES));
  assert.is(golden.down.slice(0, 16), bytesToHex(new TextEncoder().encode("ALPRDWN1")));
});

test.run();
