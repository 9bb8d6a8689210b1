import { test } from "uvu";
import * as assert from "uvu/assert";
import { boxKeysFromSeed, makeSigner, signingKeysFromSeed } from "../crypto/device-keys.ts";
import { joinBytes } from "../log/record.ts";
import type { ListId } from "../model/ids.ts";
import { HEAD_BYTES, LENGTH_BYTES, openChunk, sealChunk, sealHead } from "./bundle-seal.ts";
import type { DownPart } from "./down-parts.ts";
import { CENTRAL_BOX, CONTENT_KEY, readAll, sampleChunks } from "./test-bundle.ts";
import { DOWN_ITEMS, DOWN_MANIFEST, downChunks, PARTS, readDown, SITE_BOX } from "./test-down.ts";

const bytes = joinBytes(...downChunks());
const kinds = (file: Uint8Array) => readDown(file).items.map((item) => (item.kind === "refused" ? item.why : item.kind));
const [receipt, delta, snapshot, piece, rest, command] = PARTS as readonly Exclude<DownPart, { kind: "unknown" | "end" }>[];

test("what central wrote is read back, whatever pieces it comes in", () => {
  for (const step of [bytes.length, 1, 7, 1_000]) assert.equal(readDown(bytes, SITE_BOX, step), { items: [...DOWN_ITEMS], end: null });
});

test("only the site's own device opens it, and a bundle on its way up is not taken for it, nor the other way round", () => {
  const other = boxKeysFromSeed(new Uint8Array(32).fill(9));
  assert.equal(readDown(bytes, other).items, [{ kind: "refused", why: "not-for-us" }]);
  assert.equal(readDown(joinBytes(...sampleChunks())).items, [{ kind: "refused", why: "not-a-bundle" }]);
  assert.equal(readAll(bytes, CENTRAL_BOX).items, [{ kind: "refused", why: "not-a-bundle" }]);
});

test("T-57 a manifest that another key signed, or that was taken from another file, is told as not signed", () => {
  const stranger = makeSigner(signingKeysFromSeed(new Uint8Array(32).fill(3)));
  const [first] = readDown(joinBytes(...downChunks(PARTS, DOWN_MANIFEST, stranger))).items;
  assert.is(first?.kind === "manifest" && first.isSigned, false);
  // The site's own manifest under another content key: whoever opened one file cannot make another of it.
  const manifest = openedFirst();
  const otherKey = new Uint8Array(32).fill(6);
  const moved = joinBytes(sealHead(SITE_BOX.publicKey, otherKey, bytes.slice(0, 8)), sealChunk(otherKey, 0, manifest, false));
  const [again] = readDown(moved).items;
  assert.is(again?.kind === "manifest" && again.isSigned, false);
});

test("each flipped bit is refused where it stands, and each cut is a cut", () => {
  const whole = kinds(bytes).length;
  for (let at = 0; at < bytes.length; at += 3) {
    const bad = bytes.slice();
    bad[at]! ^= 1 << (at % 8);
    const { items, end } = readDown(bad);
    assert.ok(items.at(-1)?.kind === "refused" || end !== null, `byte ${at}`);
    assert.ok(items.length <= whole, `byte ${at}`);
    assert.ok(readDown(bytes.subarray(0, at)).end !== null, `${at} bytes`);
  }
  assert.is(kinds(joinBytes(bytes, new Uint8Array([0]))).at(-1), "bytes-after-end");
});

test("pieces stand behind their snapshot without a hole, and nothing else stands between them", () => {
  const last = (parts: readonly (typeof PARTS)[number][]) => kinds(joinBytes(...downChunks(parts))).at(-1);
  assert.is(last([snapshot!, piece!, rest!]), "end");
  for (const wrong of [
    [piece!],
    [snapshot!, rest!],
    [snapshot!, piece!, piece!],
    [snapshot!, piece!, command!],
    [snapshot!, piece!, rest!, rest!],
  ]) {
    assert.is(last(wrong), "malformed");
  }
});

test("a list that the manifest does not name, and more commands than may wait, are not taken", () => {
  const last = (parts: readonly (typeof PARTS)[number][]) => kinds(joinBytes(...downChunks(parts))).at(-1);
  const strange = "01990000-0000-7000-8000-0000000000ff" as ListId;
  if (delta?.kind !== "delta" || snapshot?.kind !== "snapshot") throw new Error("the sample has changed");
  assert.is(last([{ kind: "delta", delta: { ...delta.delta, list: strange } }]), "malformed");
  assert.is(last([{ kind: "snapshot", snapshot: { ...snapshot.snapshot, list: strange } }]), "malformed");
  assert.is(last([{ kind: "snapshot", snapshot: { ...snapshot.snapshot, bytes: 65 * 1024 * 1024 } }]), "malformed");
  assert.is(last(Array.from({ length: 32 }, () => command!)), "end");
  assert.is(last(Array.from({ length: 33 }, () => command!)), "malformed");
  assert.is(last([receipt!]), "end");
});

/** The sample's manifest as it lies inside its chunk. */
function openedFirst(): Uint8Array {
  return openChunk(CONTENT_KEY, 0, downChunks()[0]!.subarray(HEAD_BYTES + LENGTH_BYTES), false)!;
}

test.run();
