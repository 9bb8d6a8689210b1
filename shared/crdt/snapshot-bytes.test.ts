import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bytesToHex, hexToBytes, type Incarnation } from "../model/ids.ts";
import { applyOp } from "./apply-op.ts";
import { emptyListState } from "./list-state.ts";
import { LIST, sampleListOp, sampleOp } from "./sample-ops.ts";
import { decodeSnapshot, encodeSnapshot, type ListSnapshot } from "./snapshot-bytes.ts";

const GOLDEN = new URL("golden/snapshot-v1.hex", import.meta.url);
const generation = "0102030405060708090a0b0c0d0e0f10" as Incarnation;
/** Not a real signature: the bytes are frozen, and a signer would hide which of them are the format's. */
const sign = (body: Uint8Array): Uint8Array => new Uint8Array(64).fill(body.length & 0xff);

function sample(): ListSnapshot {
  const state = emptyListState(LIST);
  applyOp(state, sampleListOp(1000));
  applyOp(
    state,
    sampleOp(2000, 1, [
      ["pattern", "ABC123"],
      ["reason", "seen at two break-ins"],
      ["expiresMs", 1_795_360_800_000],
      ["note", "white van"],
    ]),
  );
  return { list: LIST, generation, at: 2, runningHash: new Uint8Array(32).fill(7), state };
}

test("a snapshot read back is the list it was made of, checksum included", () => {
  const made = sample();
  const read = decodeSnapshot(encodeSnapshot(made, sign));
  assert.ok(read);
  assert.equal(read.state, made.state);
  assert.is(read.at, 2);
  assert.equal(read.runningHash, made.runningHash);
  assert.equal(read.signature, sign(read.body));
});

test("the bytes of alpr-snapshot-1 are frozen", () => {
  const golden = readFileSync(GOLDEN, "utf8").trim();
  assert.is(bytesToHex(encodeSnapshot(sample(), sign)), golden);
  assert.equal(decodeSnapshot(hexToBytes(golden))?.state, sample().state);
});

test("bytes that are cut, changed in an entry or something else are no snapshot", () => {
  const bytes = encodeSnapshot(sample(), sign);
  assert.is(decodeSnapshot(bytes.subarray(0, bytes.length - 1)), null);
  assert.is(decodeSnapshot(new Uint8Array([0x90])), null);
  const text = Buffer.from(bytes);
  text.write("xlpr-entry-1", text.indexOf("alpr-entry-1"));
  assert.is(decodeSnapshot(text), null);
});

test.run();
