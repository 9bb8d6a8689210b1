import { test } from "uvu";
import * as assert from "uvu/assert";
import { boxKeysFromSeed } from "../crypto/device-keys.ts";
import { encodePositional } from "../log/positional.ts";
import { joinBytes } from "../log/record.ts";
import type { LogId } from "../model/ids.ts";
import { PART_BYTES_MAX } from "./bundle-limits.ts";
import { encodeManifest, encodePart } from "./bundle-parts.ts";
import { HEAD_BYTES, sealChunk, sealHead } from "./bundle-seal.ts";
import { APPEND, CENTRAL_BOX, CONTENT_KEY, ITEMS, MANIFEST, PIECE, readAll, sampleChunks } from "./test-bundle.ts";

const whole = (): Uint8Array => joinBytes(...sampleChunks());
/** A file of these parts, the last one marked so. */
const fileOf = (...parts: Uint8Array[]): Uint8Array =>
  joinBytes(
    sealHead(CENTRAL_BOX.publicKey, CONTENT_KEY),
    ...parts.map((part, at) => sealChunk(CONTENT_KEY, at, part, at === parts.length - 1)),
  );
const END = encodePart({ kind: "end", records: 0, images: 0 });

test("what was written is read, however the bytes come", () => {
  const bytes = whole();
  for (const step of [bytes.length, 1, 7, 100]) assert.equal(readAll(bytes, CENTRAL_BOX, step), { items: ITEMS, end: null }, `${step}`);
});

test("cut anywhere it is refused in the end, and the parts before the cut were read", () => {
  const bytes = whole();
  const chunks = sampleChunks();
  for (let length = 0; length < bytes.length; length++) {
    const { items, end } = readAll(bytes.subarray(0, length));
    assert.ok(end === "truncated" || (length < HEAD_BYTES && end === "not-a-bundle"), `${length} bytes: ${end}`);
    assert.ok(items.every((item) => item.kind !== "refused"));
  }
  const two = readAll(joinBytes(...chunks.slice(0, 2)));
  assert.equal(two.items, ITEMS.slice(0, 2));
});

test("any flipped bit is refused where it stands, and nothing behind it is read", () => {
  const bytes = whole();
  for (let at = 0; at < bytes.length; at++) {
    const bad = bytes.slice();
    bad[at]! ^= 1 << (at % 8);
    const { items, end } = readAll(bad);
    assert.ok(end !== null, `byte ${at}`);
    const sound = items.filter((item) => item.kind !== "refused");
    assert.equal(sound, ITEMS.slice(0, sound.length), `byte ${at}`);
    assert.ok(sound.length < ITEMS.length, `byte ${at}`);
  }
});

test("chunks that are swapped, repeated, left out, or appended behind the end are refused", () => {
  const [first, one, two, three, four, last] = sampleChunks() as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const why = (...chunks: Uint8Array[]) => readAll(joinBytes(...chunks)).end;
  assert.is(why(first, two, one, three, four, last), "damaged");
  assert.is(why(first, one, one, two, three, four, last), "damaged");
  assert.is(why(first, two, three, four, last), "damaged");
  assert.is(why(first, one, last), "damaged");
  assert.is(why(first, one, two, three, four, last, last), "bytes-after-end");
  assert.is(why(first, one, two, three, four, last, new Uint8Array(1)), "bytes-after-end");
});

test("another central's key opens nothing, and neither does another file", () => {
  assert.is(readAll(whole(), boxKeysFromSeed(new Uint8Array(32).fill(3))).end, "not-for-us");
  assert.is(readAll(new TextEncoder().encode("PK a zip file")).end, "not-a-bundle");
  assert.is(readAll(new Uint8Array(1_000_000)).end, "not-a-bundle");
  assert.is(readAll(new Uint8Array(0)).end, "not-a-bundle");
});

test("a length that no writer makes is refused before its bytes are waited for", () => {
  const head = sealHead(CENTRAL_BOX.publicKey, CONTENT_KEY);
  for (const length of [0, 16, PART_BYTES_MAX + 17, 0x7fffffff]) {
    const word = new Uint8Array(4);
    new DataView(word.buffer).setUint32(0, length);
    assert.is(readAll(joinBytes(head, word)).end, "damaged", `${length}`);
  }
});

test("who knows central's public key can seal anything: what is not a bundle's order or within its limits is malformed", () => {
  const manifest = encodeManifest(MANIFEST);
  const piece = (changes: object) => encodePart({ kind: "image", piece: { ...PIECE, ...changes } });
  const bad: Record<string, Uint8Array[]> = {
    "no manifest": [END],
    "no manifest first": [encodePart({ kind: "append", append: APPEND }), END],
    "two manifests": [manifest, manifest, END],
    "an end in the middle": [manifest, END, END],
    "no end at the end": [manifest, encodePart({ kind: "append", append: APPEND })],
    "a log that is not named": [manifest, encodePart({ kind: "append", append: { ...APPEND, logId: "ee".repeat(16) as LogId } }), END],
    "more pictures than named": [manifest, piece({}), piece({}), END],
    "a picture that claims more than any": [manifest, piece({ total: 2 ** 31 }), END],
    "a piece beyond its picture": [manifest, piece({ offset: 3 }), END],
    "an empty piece": [manifest, piece({ bytes: new Uint8Array(0) }), END],
    "another frame than APPEND": [manifest, encodePositional(["hello"]), END],
    "no array": [manifest, new Uint8Array([7]), END],
    "a manifest of 33 logs": [
      encodeManifest({
        ...MANIFEST,
        logs: Array.from({ length: 33 }, (_, at) => ({ ...MANIFEST.logs[0]!, logId: at.toString(16).padStart(32, "0") as LogId })),
      }),
      END,
    ],
    "the same log twice": [encodeManifest({ ...MANIFEST, logs: [MANIFEST.logs[0]!, MANIFEST.logs[0]!] }), END],
    "a range that goes backwards": [encodeManifest({ ...MANIFEST, logs: [{ ...MANIFEST.logs[0]!, from: 9 }] }), END],
    "more pictures than a bundle holds": [encodeManifest({ ...MANIFEST, images: 4_000_000_000 }), END],
  };
  for (const [what, parts] of Object.entries(bad)) assert.is(readAll(fileOf(...parts)).end, "malformed", what);
});

test("a part of a later release is left out, and its fields at the end are ignored", () => {
  const manifest = encodePositional([
    ...([
      "alpr-bundle-1",
      new Uint8Array(16).fill(0xb1),
      new Uint8Array(16),
      MANIFEST.deviceKey,
      new Uint8Array(16),
      7,
      [],
      0,
      "9",
      MANIFEST.signature,
    ] as const),
    [],
    "later",
  ]);
  const { items, end } = readAll(fileOf(manifest, encodePositional([77, "later"]), END));
  assert.is(end, null);
  assert.equal(
    items.map((item) => item.kind),
    ["manifest", "unknown", "end"],
  );
});

test.run();
