import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodePositional, encodePositional, type Positional } from "../log/positional.ts";
import { decodeFrame } from "./decode.ts";
import { encodeFrame } from "./encode.ts";
import { joinFrames, splitFrames } from "./exchange-body.ts";
import { type Frame, isDownFrame, isUpFrame } from "./frames.ts";
import { SAMPLE_FRAMES } from "./golden/sample-frames.ts";
import { FRAME_BYTES_MAX } from "./limits.ts";

const sample = (type: Frame["type"]) => SAMPLE_FRAMES.find((one) => one.type === type)!;
/** A frame whose field `at` (0 is the type) is another value. */
function changed(type: Frame["type"], at: number, value: Positional): string {
  const decoded = decodePositional(encodeFrame(sample(type)));
  if (decoded.kind !== "ok") throw new Error(decoded.why);
  const fields = (decoded.value as Positional[]).map(writable);
  return decodeFrame(encodePositional(fields.with(at, value))).kind;
}

function writable(value: Positional): Positional {
  if (typeof value === "number" && Number.isInteger(value) && value >= 2 ** 32) return BigInt(value);
  return Array.isArray(value) ? (value as Positional[]).map(writable) : value;
}

test("what is no array with a number first, or larger than a frame, is malformed", () => {
  for (const value of [null, 4, "hello", [], ["hello"], [[1]]]) assert.is(decodeFrame(encodePositional(value)).kind, "malformed");
  assert.is(decodeFrame(new Uint8Array(FRAME_BYTES_MAX + 1)).kind, "malformed");
});

test("a type of a later release is unsupported, not malformed", () => {
  for (const number of [0, 18, 99]) assert.equal(decodeFrame(encodePositional([number, "field"])), { kind: "unsupported", number });
});

test("a compression, class, status or reason that this release does not know is refused, never taken for another", () => {
  assert.is(changed("append", 5, 0), "frame");
  for (const compression of [2, -1, 0.5, null]) assert.is(changed("append", 5, compression), "malformed");
  const log = (logClass: Positional): Positional => [[new Uint8Array(16), logClass, 0, 0, new Uint8Array(32)]];
  assert.is(changed("hello", 6, log(1)), "frame");
  for (const logClass of [0, 3, "urgent"]) assert.is(changed("hello", 6, log(logClass)), "malformed");
  assert.is(changed("rewind", 4, "weather"), "malformed");
});

test("more than its bound of anything is refused", () => {
  const image: Positional = [new Uint8Array(32), 1, 1, new Uint8Array(16), 0];
  assert.is(changed("offer", 1, new Array<Positional>(64).fill(image)), "frame");
  assert.is(changed("offer", 1, new Array<Positional>(65).fill(image)), "malformed");
  assert.is(changed("append", 4, 257), "malformed");
  assert.is(changed("append", 6, 256 * 1024 + 1), "malformed");
  assert.is(changed("error", 6, "x".repeat(1_001)), "malformed");
  assert.is(changed("welcome", 7, -1), "malformed");
  const hashes = (count: number, bytes = 32): Positional => new Array<Positional>(count).fill(new Uint8Array(bytes));
  assert.is(changed("proof", 3, hashes(64)), "frame");
  assert.is(changed("proof", 3, hashes(65)), "malformed");
  assert.is(changed("proof", 3, hashes(2, 31)), "malformed");
});

test("every frame goes up, down, or both ways as the table says", () => {
  const ways = (type: Frame["type"]) => `${isUpFrame(sample(type)) ? "up" : ""}${isDownFrame(sample(type)) ? "down" : ""}`;
  for (const type of ["hello", "append", "heartbeat", "offer", "proof?"] as const) assert.is(ways(type), "up", type);
  for (const type of ["welcome", "later", "ack", "rewind", "beat", "delta", "snapshot", "command", "want", "proof"] as const) {
    assert.is(ways(type), "down", type);
  }
  for (const type of ["bye", "error"] as const) assert.is(ways(type), "updown", type);
});

test("frames come back from the body of an exchange; a cut, an oversized and an overfull one are refused", () => {
  const frames = [sample("hello"), sample("append"), sample("ack")].map(encodeFrame);
  const joined = joinFrames(frames);
  assert.equal(
    splitFrames(joined, 3)?.map((one) => [...one]),
    frames.map((one) => [...one]),
  );
  assert.equal(splitFrames(new Uint8Array(), 3), []);
  for (let length = 1; length < joined.length; length++) {
    const split = splitFrames(joined.subarray(0, length), 3);
    assert.ok(split === null || split.length < 3);
  }
  assert.is(splitFrames(joined, 2), null);
  assert.is(splitFrames(new Uint8Array([0xff, 0xff, 0xff, 0xff]), 3), null);
});

test.run();
