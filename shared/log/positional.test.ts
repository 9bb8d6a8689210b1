import { test } from "uvu";
import * as assert from "uvu/assert";
import { bytesToHex, hexToBytes } from "../model/ids.ts";
import { decodePositional, encodePositional, ms, type Positional } from "./positional.ts";

const hexOf = (value: Positional) => bytesToHex(encodePositional(value));
const refused = (hex: string) => {
  const decoded = decodePositional(hexToBytes(hex));
  return decoded.kind === "malformed" ? decoded.why : "accepted";
};

test("every form has the bytes that the msgpack specification gives it", () => {
  const table: [Positional, string][] = [
    [null, "c0"],
    [true, "c3"],
    [false, "c2"],
    [0, "00"],
    [127, "7f"],
    [128, "cc80"],
    [255, "ccff"],
    [256, "cd0100"],
    [65536, "ce00010000"],
    [-1, "ff"],
    [-32, "e0"],
    [-33, "d0df"],
    [-300, "d1fed4"],
    [-70000, "d2fffeee90"],
    [1.5, "cb3ff8000000000000"],
    [2 ** 53, "cb4340000000000000"],
    ["abc", "a3616263"],
    [new Uint8Array([1, 2]), "c4020102"],
    [[1, [2]], "92019102"],
    [ms(1_795_305_600_000), "cf000001a2008d7400"],
  ];
  for (const [value, expected] of table) assert.is(hexOf(value), expected);
});

test("long text, bytes and arrays carry their length in two and four bytes", () => {
  for (const size of [31, 32, 255, 256, 65_535, 65_536]) {
    for (const value of ["x".repeat(size), new Uint8Array(size).fill(7), new Array<number>(size).fill(1)]) {
      const decoded = decodePositional(encodePositional(value));
      assert.is(decoded.kind, "ok");
      if (decoded.kind === "ok") assert.is((decoded.value as string).length, size);
    }
  }
});

test("a whole number above 2^32 must be given as BigInt, so that no time can ever become a float", () => {
  assert.throws(() => encodePositional(Date.UTC(2026, 10, 22)), /BigInt/);
  assert.throws(() => encodePositional(2 ** 32), /BigInt/);
  assert.throws(() => encodePositional(Number.MAX_SAFE_INTEGER), /BigInt/);
  assert.throws(() => encodePositional(-(2 ** 31) - 1), /-2\^31/);
  assert.throws(() => encodePositional(Number.NaN), /NaN/);
  assert.throws(() => encodePositional(-1n), /uint64/);
});

test("what is nested deeper than 16 is refused both ways", () => {
  const arrays = (count: number): Positional => (count === 1 ? [] : [arrays(count - 1)]);
  assert.is(decodePositional(encodePositional(arrays(16))).kind, "ok", "what may be written may be read");
  assert.throws(() => encodePositional(arrays(17)), /deeper/);
  assert.match(refused(`${"91".repeat(17)}90`), /deeper/);
  assert.match(refused("91".repeat(100_000)), /deeper/);
  assert.is(refused(`${"91".repeat(15)}90`), "accepted");
});

test("maps, extensions and unused types are refused", () => {
  assert.match(refused("81a16101"), /map/);
  assert.match(refused("de000101a161"), /map/);
  for (const lead of ["d40101", "c7010100", "c1"]) assert.match(refused(lead), /extension/);
});

test("counts that the bytes cannot hold are refused before anything is allocated", () => {
  assert.match(refused("ddffffffff"), /claims more items/);
  assert.match(refused("dc ffff 00".replaceAll(" ", "")), /claims more items/);
  assert.match(refused("c6ffffffff00"), /middle/);
  assert.match(refused("dbffffffff61"), /middle/);
});

test("bytes after the end and a missing end are refused", () => {
  assert.match(refused("c0c0"), /after its end/);
  assert.match(refused("9201cd"), /middle/);
  assert.match(refused(""), /middle/);
  assert.match(refused("cf0000"), /middle/);
});

test("uint64 comes back as a number", () => {
  assert.equal(decodePositional(encodePositional([ms(1_795_305_600_000)])), { kind: "ok", value: [1_795_305_600_000] });
});

test.run();
