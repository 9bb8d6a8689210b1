import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeSigner, signingKeysFromSeed } from "../crypto/device-keys.ts";
import { loadSodium } from "../crypto/load-sodium.ts";
import { type BootId, hexToBytes, type LogId } from "../model/ids.ts";
import { CHECKPOINT_BYTES_MAX, CHECKPOINT_DOMAIN, decodeCheckpoint, openCheckpoint, signCheckpoint } from "./checkpoint.ts";
import { encodePositional, type Positional } from "./positional.ts";

await loadSodium();
const keys = signingKeysFromSeed(new Uint8Array(32).fill(7));
const CHECKPOINT = {
  logId: "10".repeat(16) as LogId,
  next: 2 ** 32 - 1,
  headHash: new Uint8Array(32).fill(5),
  wallMs: 1_795_305_600_000,
  clockQuality: 3,
  boot: "b007b007b007b007" as BootId,
};
const signed = signCheckpoint(CHECKPOINT, makeSigner(keys));
const plain = (value: typeof CHECKPOINT | undefined) => value && { ...value, headHash: [...value.headHash] };

test("a checkpoint comes back as it was signed, and fits its bound", () => {
  assert.equal(plain(openCheckpoint(signed, keys.publicKey) as typeof CHECKPOINT), plain(CHECKPOINT));
  assert.ok(signed.bytes.length <= CHECKPOINT_BYTES_MAX);
});

test("another key, other bytes or another signature open nothing", () => {
  const stranger = signingKeysFromSeed(new Uint8Array(32).fill(8));
  assert.is(openCheckpoint(signed, stranger.publicKey), undefined);
  for (let at = 0; at < signed.bytes.length; at++) {
    const bytes = signed.bytes.slice();
    bytes[at]! ^= 1;
    assert.is(openCheckpoint({ ...signed, bytes }, keys.publicKey), undefined, `byte ${at}`);
  }
  const signature = signed.signature.slice();
  signature[0]! ^= 1;
  assert.is(openCheckpoint({ ...signed, signature }, keys.publicKey), undefined);
  assert.is(openCheckpoint({ ...signed, signature: signature.subarray(1) }, keys.publicKey), undefined);
  assert.is(openCheckpoint(signed, keys.publicKey.subarray(1)), undefined);
});

test("well signed bytes that are no checkpoint are none: a next of a half, or below zero, never reaches a database", () => {
  const form = (next: Positional, wallMs: Positional, quality: Positional, domain = CHECKPOINT_DOMAIN): Positional[] => [
    domain,
    hexToBytes(CHECKPOINT.logId),
    next,
    CHECKPOINT.headHash,
    wallMs,
    quality,
    hexToBytes(CHECKPOINT.boot),
  ];
  assert.ok(decodeCheckpoint(encodePositional(form(1, 2, 3))));
  const wrong: Positional[] = [
    form(1.5, 2, 3),
    form(-1, 2, 3),
    form(2n ** 60n, 2, 3),
    form(1, -2, 3),
    form(1, 2.5, 3),
    form(1, 2, null),
    form(1, 2, 3, "alpr-ack-1"),
    form(1, 2, 3).slice(0, 6),
    form(1, 2, 3).with(1, new Uint8Array(15)),
    form(1, 2, 3).with(3, new Uint8Array(31)),
    form(1, 2, 3).with(6, new Uint8Array(9)),
    [...form(1, 2, 3), new Uint8Array(100)],
    "checkpoint",
  ];
  for (const value of wrong) assert.is(decodeCheckpoint(encodePositional(value)), undefined);
});

test.run();
