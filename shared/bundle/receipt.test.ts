import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeSigner, signingKeysFromSeed } from "../crypto/device-keys.ts";
import type { Sha256 } from "../model/ids.ts";
import { type BundleReceipt, openReceipt, signReceipt } from "./receipt.ts";
import { CENTRAL, LOG, MANIFEST } from "./test-bundle.ts";

const RECEIPT: BundleReceipt = {
  bundleId: MANIFEST.bundleId,
  centralId: MANIFEST.centralId,
  logs: [{ logId: LOG, next: 5, head: new Uint8Array(32).fill(4), durable: 2 }],
  images: ["ab".repeat(32) as Sha256, "cd".repeat(32) as Sha256],
};
const bytes = signReceipt(RECEIPT, makeSigner(CENTRAL));

test("a receipt says what central signed", () => {
  assert.equal(openReceipt(bytes, CENTRAL.publicKey), { kind: "receipt", receipt: RECEIPT });
});

test("a flipped bit anywhere, or a cut, refuses the whole of it", () => {
  // The bundle's id is signed with the pictures; central's id is compared.
  for (let at = 0; at < bytes.length; at++) {
    const bad = bytes.slice();
    bad[at]! ^= 1 << (at % 8);
    assert.is(openReceipt(bad, CENTRAL.publicKey).kind, "refused", `byte ${at}`);
    assert.is(openReceipt(bytes.subarray(0, at), CENTRAL.publicKey).kind, "refused", `${at} bytes`);
  }
});

test("a receipt of another central, or signed by another key, is refused and says which", () => {
  const other = signingKeysFromSeed(new Uint8Array(32).fill(3));
  assert.equal(openReceipt(bytes, other.publicKey), { kind: "refused", why: "another-central" });
  assert.equal(openReceipt(signReceipt(RECEIPT, makeSigner(other)), CENTRAL.publicKey), { kind: "refused", why: "not-signed" });
  assert.equal(openReceipt(new Uint8Array([1, 2]), CENTRAL.publicKey), { kind: "refused", why: "malformed" });
});

test.run();
