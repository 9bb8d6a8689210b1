import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeSigner } from "../../crypto/device-keys.ts";
import { joinBytes } from "../../log/record.ts";
import { bytesToHex, hexToBytes, type Sha256 } from "../../model/ids.ts";
import { HEAD_BYTES } from "../bundle-seal.ts";
import { type BundleReceipt, openReceipt, signReceipt } from "../receipt.ts";
import { CENTRAL, ITEMS, LOG, MANIFEST, readAll, sampleChunks } from "../test-bundle.ts";

const golden = JSON.parse(readFileSync(new URL("bundle-v1.json", import.meta.url), "utf8")) as { bundle: string; receipt: string };
const RECEIPT: BundleReceipt = {
  bundleId: MANIFEST.bundleId,
  centralId: MANIFEST.centralId,
  logs: [{ logId: LOG, next: 5, head: new Uint8Array(32).fill(4), durable: 2 }],
  images: ["ab".repeat(32) as Sha256, "cd".repeat(32) as Sha256],
};

test("the released bundle is read back whole", () => {
  assert.equal(readAll(hexToBytes(golden.bundle)), {
    items: ITEMS,
    end: null,
  });
});

test("today's code writes the released chunks", () => {
  // The sealed key in front is made with a random key of its own, each time.
  assert.is(bytesToHex(joinBytes(...sampleChunks()).subarray(HEAD_BYTES)), golden.bundle.slice(2 * HEAD_BYTES));
  assert.is(golden.bundle.slice(0, 16), bytesToHex(new TextEncoder().encode("ALPRBND1")));
});

test("the released receipt is written and read", () => {
  assert.is(bytesToHex(signReceipt(RECEIPT, makeSigner(CENTRAL))), golden.receipt);
  assert.equal(openReceipt(hexToBytes(golden.receipt), CENTRAL.publicKey), { kind: "receipt", receipt: RECEIPT });
});

test.run();
