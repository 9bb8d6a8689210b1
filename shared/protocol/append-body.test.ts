import { test } from "uvu";
import * as assert from "uvu/assert";
import type { WireItem } from "../log/chain.ts";
import { encodePositional, type Positional } from "../log/positional.ts";
import { packItems, unpackItems } from "./append-body.ts";
import { APPEND_RECORDS_MAX, DECLARED_BYTES_MAX } from "./limits.ts";
import { zstd } from "./test-session-world.ts";

const item = (seed: number): WireItem => ({ tail: new Uint8Array(60).fill(seed), payload: new Uint8Array(100).fill(seed) });
const items = (count: number): WireItem[] => Array.from({ length: count }, (_, at) => item(at));
const plainItems = (unpacked: ReturnType<typeof unpackItems>) =>
  unpacked.kind === "ok" ? unpacked.items.map(({ tail, payload }) => [[...tail], payload && [...payload]]) : unpacked.why;
const body = (value: Positional) => {
  const bytes = encodePositional(value);
  return { compression: "none" as const, declaredBytes: bytes.length, bytes };
};
const why = (unpacked: ReturnType<typeof unpackItems>) => (unpacked.kind === "ok" ? "ok" : unpacked.why);

test("a few records travel as they are, many compressed, and both come back whole", () => {
  for (const [count, compression] of [
    [1, "none"],
    [9, "none"],
    [10, "zstd"],
    [APPEND_RECORDS_MAX, "zstd"],
  ] as const) {
    const packed = packItems(items(count), zstd);
    assert.is(packed.compression, compression);
    assert.equal(
      plainItems(unpackItems(packed, count, zstd)),
      items(count).map(({ tail, payload }) => [[...tail], [...payload!]]),
    );
  }
});

test("what compression would make larger travels as it is", () => {
  const larger = { ...zstd, compress: (bytes: Uint8Array) => new Uint8Array(bytes.length + 1) };
  assert.is(packItems(items(20), larger).compression, "none");
});

test("an erased payload travels as its digest", () => {
  const erased = { tail: new Uint8Array(60), payload: null, digest: new Uint8Array(32).fill(9) };
  const unpacked = unpackItems(packItems([erased], zstd), 1, zstd);
  assert.ok(unpacked.kind === "ok" && unpacked.items[0]!.payload === null);
  assert.ok(unpacked.kind === "ok" && unpacked.items[0]!.digest!.every((byte) => byte === 9));
});

test("a declared size that is not exact is refused, compressed or not", () => {
  for (const packed of [packItems(items(3), zstd), packItems(items(30), zstd)]) {
    const count = packed.compression === "none" ? 3 : 30;
    for (const off of [-1, 1]) {
      assert.match(why(unpackItems({ ...packed, declaredBytes: packed.declaredBytes + off }, count, zstd)), /declared size/);
    }
    assert.match(why(unpackItems({ ...packed, declaredBytes: 0 }, count, zstd)), /declared size/);
  }
});

test("a bomb is stopped at its declared size, and a size beyond the limit before anything is decompressed", () => {
  const bomb = zstd.compress(new Uint8Array(64 * 1024 * 1024));
  assert.ok(bomb.length < 10_000);
  const before = process.memoryUsage().arrayBuffers;
  assert.match(why(unpackItems({ compression: "zstd", declaredBytes: DECLARED_BYTES_MAX, bytes: bomb }, 1, zstd)), /declared size/);
  assert.ok(process.memoryUsage().arrayBuffers - before < 16 * 1024 * 1024);
  const never = { ...zstd, decompress: () => assert.unreachable("decompressed") as undefined };
  assert.match(why(unpackItems({ compression: "zstd", declaredBytes: DECLARED_BYTES_MAX + 1, bytes: bomb }, 1, never)), /beyond the limit/);
});

test("damaged and cut compressed bytes are refused", () => {
  const packed = packItems(items(50), zstd);
  assert.match(why(unpackItems({ ...packed, bytes: packed.bytes.subarray(0, 20) }, 50, zstd)), /declared size/);
  assert.match(why(unpackItems({ ...packed, bytes: new Uint8Array(50) }, 50, zstd)), /declared size/);
});

test("another number of records than said, or more than an APPEND holds, is refused", () => {
  for (const count of [0, 2, 4]) assert.match(why(unpackItems(packItems(items(3), zstd), count, zstd)), /number of records/);
  const many = items(APPEND_RECORDS_MAX + 1).map(() => [new Uint8Array(1), new Uint8Array(1)]);
  assert.match(why(unpackItems(body(many), many.length, zstd)), /number of records/);
});

test("an item of another form is refused", () => {
  const wrong: Positional[] = [
    null,
    "item",
    [],
    [new Uint8Array(60)],
    [new Uint8Array(129), new Uint8Array(10)],
    [new Uint8Array(60), new Uint8Array(17 * 1024 + 1)],
    [new Uint8Array(60), null],
    [new Uint8Array(60), null, new Uint8Array(31)],
    ["tail", new Uint8Array(10)],
  ];
  for (const one of wrong) assert.match(why(unpackItems(body([one]), 1, zstd)), /an item/);
  assert.is(why(unpackItems(body("items"), 1, zstd)), "not the number of records it says");
  assert.match(why(unpackItems({ compression: "none", declaredBytes: 2, bytes: new Uint8Array([0xc1, 0xc1]) }, 1, zstd)), /unused type/);
});

test.run();
