import { test } from "uvu";
import * as assert from "uvu/assert";
import type { FeedOp } from "../model/watchlist.ts";
import { applyOp } from "./apply-op.ts";
import { emptyListState, type ListState, snapshotRows } from "./list-state.ts";
import { LIST, sampleEntryId, sampleListOp, sampleOp, sampleRid } from "./sample-ops.ts";
import { decodeSnapshot, encodeSnapshot, SNAPSHOT_RIDS_MAX } from "./snapshot-bytes.ts";

const ops: FeedOp[] = [
  sampleListOp(1),
  sampleOp(2, 1, [["pattern", "AB1"]], { entry: sampleEntryId(3) }),
  sampleOp(3, 1, [["pattern", "AB2"]], { entry: sampleEntryId(2) }),
  sampleOp(4, 2, [], { entry: sampleEntryId(2) }),
];

function listOf(from: FeedOp[]): ListState {
  const state = emptyListState(LIST);
  for (const op of from) applyOp(state, op);
  return state;
}

test("a snapshot there and back is the same list, with the checksum computed from it", () => {
  const state = listOf(ops);
  const decoded = decodeSnapshot(encodeSnapshot(state, [sampleRid(9), sampleRid(4)]))!;
  assert.is(decoded.list, LIST);
  assert.equal(snapshotRows(decoded.state), snapshotRows(state));
  assert.equal(decoded.state.checksum, state.checksum);
  assert.equal(decoded.included, new Set([sampleRid(4), sampleRid(9)]));
});

test("equal lists give equal files, whatever the order of their ops was", () => {
  const rids = [sampleRid(9), sampleRid(4), sampleRid(9)];
  assert.equal(encodeSnapshot(listOf(ops), rids), encodeSnapshot(listOf(ops.toReversed()), rids.toReversed()));
});

test("an empty list has a snapshot too, and these are its bytes", () => {
  const bytes = encodeSnapshot(emptyListState(LIST));
  assert.is(
    Buffer.from(bytes).toString("hex"),
    `${Buffer.from("alpr-snapshot-1").toString("hex")}0190000000007000800000000000a0000000000000000000`,
  );
  assert.is(decodeSnapshot(bytes)?.state.entries.size, 0);
});

test("the rows can be walked by the stated rule alone", () => {
  const bytes = Buffer.from(encodeSnapshot(listOf(ops), [sampleRid(4)]));
  assert.is(bytes.readUInt32BE(31), 1);
  let at = 35 + 16;
  const rows = bytes.readUInt32BE(at);
  at += 4;
  for (let row = 0; row < rows; row++) {
    const length = bytes.readUInt32BE(at);
    assert.is(bytes.subarray(at + 8, at + 20).toString(), "alpr-entry-1");
    at += 4 + length;
  }
  assert.equal([rows, at], [3, bytes.length]);
});

test("cut short anywhere or with anything behind, it is refused", () => {
  const bytes = encodeSnapshot(listOf(ops), [sampleRid(4)]);
  for (let length = 0; length < bytes.length; length++) assert.is(decodeSnapshot(bytes.subarray(0, length)), null, `${length} bytes`);
  assert.is(decodeSnapshot(Uint8Array.of(...bytes, 0)), null);
});

test("whatever byte is changed, it is refused or is exactly the file of what it says", () => {
  const bytes = encodeSnapshot(listOf(ops), [sampleRid(4)]);
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at]! ^= 1;
    const decoded = decodeSnapshot(changed);
    if (decoded !== null) assert.equal(encodeSnapshot(decoded.state, decoded.included), changed, `byte ${at}`);
  }
});

test("rows out of order or twice are refused", () => {
  const head = encodeSnapshot(emptyListState(LIST)).subarray(0, 35);
  const rows = snapshotRows(listOf(ops));
  const file = (from: Uint8Array[]): Uint8Array => {
    const count = (of: number): Buffer => Buffer.from([0, 0, of >> 8, of & 0xff]);
    return Buffer.concat([head, count(from.length), ...from.flatMap((row) => [count(row.length), row])]);
  };
  assert.ok(decodeSnapshot(file(rows)) !== null);
  assert.is(decodeSnapshot(file(rows.toReversed())), null);
  assert.is(decodeSnapshot(file([rows[0]!, rows[0]!])), null);
});

test("rids out of order or twice are refused", () => {
  const bytes = encodeSnapshot(emptyListState(LIST), [sampleRid(4), sampleRid(9)]);
  const [first, second] = [bytes.slice(35, 51), bytes.slice(51, 67)];
  const file = (...rids: Uint8Array[]): Uint8Array => Buffer.concat([bytes.subarray(0, 35), ...rids, bytes.subarray(67)]);
  assert.ok(decodeSnapshot(file(first, second)) !== null);
  assert.is(decodeSnapshot(file(second, first)), null);
  assert.is(decodeSnapshot(file(first, first)), null);
});

test("counts that promise more than there is cost nothing", () => {
  const bytes = encodeSnapshot(emptyListState(LIST));
  assert.is(decodeSnapshot(bytes.map((byte, at) => (at >= 31 && at < 35 ? 0xff : byte))), null);
  assert.is(decodeSnapshot(bytes.map((byte, at) => (at >= 35 ? 0xff : byte))), null);
});

test("naming too many ops is a bug", () => {
  assert.throws(() =>
    encodeSnapshot(
      emptyListState(LIST),
      Array.from({ length: SNAPSHOT_RIDS_MAX + 1 }, (_, at) => sampleRid(at)),
    ),
  );
});

test.run();
