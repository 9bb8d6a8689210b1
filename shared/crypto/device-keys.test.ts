import { test } from "uvu";
import * as assert from "uvu/assert";
import { bytesToHex, hexToBytes } from "../model/ids.ts";
import { boxPublicKey, makeSigner, signingKeysFromSeed, verifySignature } from "./device-keys.ts";
import { loadedSodium, loadSodium } from "./load-sodium.ts";

test("using the library before it is loaded is a bug that says so", () => {
  assert.throws(() => loadedSodium(), /loadSodium/);
});

test("keys and signatures are those of RFC 8032, section 7.1, test 2", async () => {
  await loadSodium();
  const keys = signingKeysFromSeed(hexToBytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
  assert.is(bytesToHex(keys.publicKey), "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const signature = makeSigner(keys)(hexToBytes("72"));
  assert.is(
    bytesToHex(signature),
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  );
  assert.ok(verifySignature(keys.publicKey, hexToBytes("72"), signature));
  assert.not.ok(verifySignature(keys.publicKey, hexToBytes("73"), signature));
});

test("keys and signatures of a wrong length or of no point verify nothing, and never throw", async () => {
  await loadSodium();
  const keys = signingKeysFromSeed(new Uint8Array(32).fill(1));
  const signature = makeSigner(keys)(new Uint8Array(3));
  for (const [key, signed] of [
    [keys.publicKey.subarray(1), signature],
    [keys.publicKey, signature.subarray(1)],
    [new Uint8Array(), new Uint8Array()],
    [new Uint8Array(32), signature],
    [new Uint8Array(32).fill(0xff), signature],
    [keys.publicKey, new Uint8Array(64)],
  ] as const) {
    assert.not.ok(verifySignature(key, new Uint8Array(3), signed));
  }
});

test("a box key belongs to its signing key", async () => {
  await loadSodium();
  assert.is(boxPublicKey(signingKeysFromSeed(new Uint8Array(32).fill(1)).publicKey).length, 32);
});

test.run();
