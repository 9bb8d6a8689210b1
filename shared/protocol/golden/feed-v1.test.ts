/** The released bytes of a feed: an op as central publishes it, a list's snapshot, and a body of an HTTP exchange; each read by its rule alone too. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { applyOp } from "../../crdt/apply-op.ts";
import { emptyListState, snapshotRows } from "../../crdt/list-state.ts";
import { LIST, sampleListOp, sampleOp, sampleRid } from "../../crdt/sample-ops.ts";
import { decodeSnapshot, encodeSnapshot } from "../../crdt/snapshot-bytes.ts";
import { bytesToHex, hexToBytes } from "../../model/ids.ts";
import { joinFrames, splitFrames } from "../exchange-body.ts";
import { decodeFeedOp, encodeFeedOp } from "../feed-op.ts";

const golden = JSON.parse(readFileSync(new URL("./feed-v1.json", import.meta.url), "utf8")) as Record<string, string>;
const bytesOf = (name: string): Buffer => Buffer.from(golden[name]!, "hex");

const PLATE = sampleOp(2, 1, [
  ["pattern", "AB1"],
  ["reason", "seen at two break-ins, für Sie"],
  ["expiresMs", 1_795_305_600_000],
]);
const OPS = [sampleListOp(1, [["listCritical", true]]), PLATE];
const state = emptyListState(LIST);
for (const op of OPS) applyOp(state, op);
const FRAMES = [Uint8Array.of(0x92, 1, 2), Uint8Array.of(0x90)];

test("an op of a feed is the released bytes and is read back", () => {
  assert.is(bytesToHex(encodeFeedOp(PLATE)), golden["feed-op"]);
  assert.equal(decodeFeedOp(hexToBytes(golden["feed-op"]!)), PLATE);
});

test("by its rule alone an op begins with its rid, its effective stamp, its list and its entry", () => {
  const id = (uuid: string): string => uuid.replaceAll("-", "");
  const { rid, effectiveHlc, list, entry } = PLATE;
  const start = `93c410${id(rid)}c408${effectiveHlc}97c410${id(list)}c410${id(entry)}01`;
  assert.is(golden["feed-op"]!.slice(0, start.length), start);
});

test("a list's snapshot is the released bytes and is read back", () => {
  assert.is(bytesToHex(encodeSnapshot(state, [sampleRid(2)])), golden.snapshot);
  const decoded = decodeSnapshot(bytesOf("snapshot"))!;
  assert.equal(snapshotRows(decoded.state), snapshotRows(state));
  assert.equal([...decoded.included], [sampleRid(2)]);
});

test("by its rule alone a snapshot holds two rows, each a series of texts behind their lengths", () => {
  const bytes = bytesOf("snapshot");
  let at = 0;
  const take = (length: number): Buffer => bytes.subarray(at, (at += length));
  const count = (): number => take(4).readUInt32BE();
  assert.is(take(15).toString(), "alpr-snapshot-1");
  assert.is(take(16).toString("hex"), LIST.replaceAll("-", ""));
  take(count() * 16);
  const rows = Array.from({ length: count() }, () => take(count()));
  assert.is(at, bytes.length);
  for (const row of rows) assert.is(row.subarray(4, 4 + row.readUInt32BE()).toString(), "alpr-entry-1");
  assert.is(rows.length, 2);
});

test("a body of an exchange is the released bytes: each frame behind its length", () => {
  assert.is(bytesToHex(joinFrames(FRAMES)), golden.exchange);
  assert.is(golden.exchange, "000000039201020000000190");
  assert.equal(splitFrames(bytesOf("exchange"), 64)?.map(bytesToHex), FRAMES.map(bytesToHex));
});

test.run();
