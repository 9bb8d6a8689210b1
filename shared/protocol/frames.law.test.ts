import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodePositional, encodePositional, type Positional } from "../log/positional.ts";
import { decodeTail, encodeTail } from "../log/record.ts";
import type { BootId, Rid } from "../model/ids.ts";
import { decodeFrame } from "./decode.ts";
import { encodeFrame } from "./encode.ts";
import { SAMPLE_FRAMES } from "./golden/sample-frames.ts";

const SEED = 0x5eed;
const check = <T>(property: fc.IProperty<T>) => fc.assert(property, { seed: SEED, numRuns: 2_000 });

const positional: fc.Arbitrary<Positional> = fc.letrec<{ value: Positional }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.constant(null),
    fc.boolean(),
    fc.integer({ min: -0x80000000, max: 0xffffffff }),
    fc.string({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => new Uint8Array(bytes)),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Number.isInteger(value)),
    fc.array(tie("value"), { maxLength: 20 }),
  ),
})).value;

test("what was encoded is decoded into the same value (seed 0x5eed)", () => {
  check(
    fc.property(positional, (value) => {
      const decoded = decodePositional(encodePositional(value));
      assert.is(decoded.kind, "ok");
      // Node's Buffers are Uint8Arrays with another name.
      if (decoded.kind === "ok") assert.equal(plain(decoded.value), plain(value));
    }),
  );
});

test("no bytes make the decoder throw, and what it accepts it can write again", () => {
  check(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const decoded = decodePositional(bytes);
      assert.ok(decoded.kind === "ok" || decoded.why.length > 0);
    }),
  );
});

test("a frame with any byte changed is a frame, unsupported or malformed, never a throw", () => {
  const frames = SAMPLE_FRAMES.map(encodeFrame);
  check(
    fc.property(fc.nat(frames.length - 1), fc.nat(10_000), fc.integer({ min: 1, max: 255 }), (which, at, flip) => {
      const bytes = frames[which]!.slice();
      bytes[at % bytes.length]! ^= flip;
      assert.ok(["frame", "unsupported", "malformed"].includes(decodeFrame(bytes).kind));
    }),
  );
});

test("a tail comes back as it was written", () => {
  const count = fc.nat(2 ** 40);
  check(
    fc.property(fc.nat(2 ** 31 - 1), fc.nat(200), count, count, fc.nat(4), (seq, kind, monoMs, wallMs, clockQuality) => {
      const tail = {
        seq,
        kind,
        version: 1,
        rid: "01999999-0000-7000-8000-00000000d001" as Rid,
        boot: "b007b007b007b007" as BootId,
        monoMs,
        wallMs,
        clockQuality,
      };
      assert.equal(decodeTail(encodeTail(tail)), tail);
    }),
  );
});

function plain(value: Positional): unknown {
  if (value instanceof Uint8Array) return [...value];
  return Array.isArray(value) ? value.map(plain) : value;
}

test.run();
