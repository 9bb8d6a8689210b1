import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bytesToHex, hexToBytes } from "../../model/ids.ts";
import { decodeFrame } from "../decode.ts";
import { encodeFrame } from "../encode.ts";
import { FRAME_TYPES } from "../frames.ts";
import { SAMPLE_FRAMES } from "./sample-frames.ts";

const golden = JSON.parse(readFileSync(new URL("./frames-v1.json", import.meta.url), "utf8")) as Record<string, string>;
const IN_A_LATER_RELEASE = ["proof?", "proof"];

test("every frame type of protocol 1 has golden bytes", () => {
  for (const type of Object.keys(FRAME_TYPES)) if (!IN_A_LATER_RELEASE.includes(type)) assert.ok(golden[type], type);
});

for (const frame of SAMPLE_FRAMES) {
  test(`${frame.type}: today's code writes the released bytes`, () => {
    assert.is(bytesToHex(encodeFrame(frame)), golden[frame.type]);
  });

  test(`${frame.type}: the released bytes are read back whole`, () => {
    assert.equal(decodeFrame(hexToBytes(golden[frame.type]!)), { kind: "frame", frame });
  });

  test(`${frame.type}: a field that a later release appends is ignored`, () => {
    const bytes = hexToBytes(golden[frame.type]!);
    if (bytes[0]! > 0x9e) return assert.is(frame.type, "hello", "only HELLO is that long");
    const longer = new Uint8Array([...bytes, 0x07]);
    longer[0]! += 1;
    assert.equal(decodeFrame(longer), { kind: "frame", frame });
  });

  test(`${frame.type}: cut short anywhere it is refused, never thrown`, () => {
    const bytes = hexToBytes(golden[frame.type]!);
    for (let length = 0; length < bytes.length; length++) assert.is(decodeFrame(bytes.subarray(0, length)).kind, "malformed", `${length} bytes`);
  });
}

test.run();
