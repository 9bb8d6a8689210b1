import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bytesToHex, hexToBytes } from "../../model/ids.ts";
import { decodeFrame } from "../decode.ts";
import { encodeFrame } from "../encode.ts";
import { FRAME_TYPES, type Frame } from "../frames.ts";
import { GROWN_FRAMES, SAMPLE_FRAMES } from "./sample-frames.ts";

const golden = JSON.parse(readFileSync(new URL("./frames-v1.json", import.meta.url), "utf8")) as Record<string, string>;
/** The places of fields that were appended since are not free: they are left empty before the unknown one. */
const GROWN_SINCE: Readonly<Record<string, number>> = {
  welcome: 1, "welcome, tree head": 1, snapshot: 1, beat: 2, "beat, with horizons": 2, "beat, unconfirmed key": 2, "beat, tree head": 1, heartbeat: 1,
};

test("every frame type of protocol 1 has golden bytes", () => {
  for (const type of Object.keys(FRAME_TYPES)) assert.ok(golden[type], type);
});

const KEPT: readonly (readonly [string, Frame])[] = [...SAMPLE_FRAMES.map((frame) => [frame.type, frame] as const), ...Object.entries(GROWN_FRAMES)];

for (const [name, frame] of KEPT) {
  test(`${name}: today's code writes the released bytes`, () => {
    assert.is(bytesToHex(encodeFrame(frame)), golden[name]);
  });

  test(`${name}: the released bytes are read back whole`, () => {
    assert.equal(decodeFrame(hexToBytes(golden[name]!)), { kind: "frame", frame });
  });

  test(`${name}: a field that a later release appends is ignored`, () => {
    const bytes = hexToBytes(golden[name]!);
    if (bytes[0]! > 0x9e) return assert.is(frame.type, "hello", "only HELLO is that long");
    const added = [...new Array<number>(GROWN_SINCE[name] ?? 0).fill(0xc0), 0x07];
    const longer = new Uint8Array([...bytes, ...added]);
    longer[0]! += added.length;
    assert.equal(decodeFrame(longer), { kind: "frame", frame });
  });

  test(`${name}: cut short anywhere it is refused, never thrown`, () => {
    const bytes = hexToBytes(golden[name]!);
    for (let length = 0; length < bytes.length; length++) assert.is(decodeFrame(bytes.subarray(0, length)).kind, "malformed", `${length} bytes`);
  });
}

test.run();
