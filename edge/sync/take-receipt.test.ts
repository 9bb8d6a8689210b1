import { test } from "uvu";
import * as assert from "uvu/assert";
import { type BundleReceipt, signReceipt } from "../../shared/bundle/receipt.ts";
import { makeSigner, signingKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import type { SessionId } from "../../shared/model/ids.ts";
import { centralIdOf } from "../../shared/protocol/signed-bytes.ts";
import { draftOf, readingOf } from "../log/test-store.ts";
import { takeReceipt } from "./take-receipt.ts";
import { CENTRAL, openTestEdge, type TestEdge } from "./test-uplink-world.ts";

const sign = makeSigner(CENTRAL);

/** Central has the first `next` records of the detections log. */
function receiptOf({ reader }: TestEdge, next: number, changes: Partial<BundleReceipt["logs"][number]> = {}): BundleReceipt {
  const { logId } = reader.logs().find((log) => log.class === "detections")!;
  const log = { logId, next, head: reader.hashAt(logId, next - 1)!, durable: 1, ...changes };
  return { bundleId: "b1".repeat(16) as SessionId, centralId: centralIdOf(CENTRAL.publicKey), logs: [log], images: [] };
}

const acknowledged = ({ reader }: TestEdge): number => reader.logs().find((log) => log.class === "detections")!.acknowledged;

async function withEdge(run: (edge: TestEdge) => Promise<void>): Promise<void> {
  const edge = await openTestEdge();
  try {
    for (let at = 0; at < 5; at++)
      await edge.writer.appendDetection(draftOf(`AAA${at}`, edge.deps.moment, { reading: readingOf(`AAA${at}`) }));
    await run(edge);
  } finally {
    await edge.close();
  }
}

test("what central says on the line is not taken back by an older receipt", () =>
  withEdge(async (edge) => {
    const deps = { ...edge.deps, isConnected: () => true };
    await takeReceipt(deps, signReceipt(receiptOf(edge, 4), sign));
    await takeReceipt(deps, signReceipt(receiptOf(edge, 2), sign));
    assert.is(acknowledged(edge), 4);
  }));

test("central's receipt moves the cursor, also back when central was restored", () =>
  withEdge(async (edge) => {
    assert.equal(await takeReceipt(edge.deps, signReceipt(receiptOf(edge, 4), sign)), {
      kind: "taken",
      words: "Central has 4 more records and 0 pictures of this site.",
    });
    assert.is(acknowledged(edge), 4);
    await takeReceipt(edge.deps, signReceipt(receiptOf(edge, 2), sign));
    assert.is(acknowledged(edge), 2);
  }));

test("pictures that central keeps are not carried again", () =>
  withEdge(async (edge) => {
    const [scene] = await edge.capture(1_000);
    assert.is(edge.reader.waitingImageCount(), 1);
    await takeReceipt(edge.deps, signReceipt({ ...receiptOf(edge, 2), images: [scene!.sha256] }, sign));
    assert.is(edge.reader.waitingImageCount(), 0);
  }));

test("where the receipt of one bundle is awaited, an older one moves nothing, though central did sign it", () =>
  withEdge(async (edge) => {
    const receipt = signReceipt(receiptOf(edge, 4), sign);
    assert.is((await takeReceipt(edge.deps, receipt, "b2".repeat(16) as SessionId)).kind, "refused");
    assert.is(acknowledged(edge), 0);
    assert.is((await takeReceipt(edge.deps, receipt, "b1".repeat(16) as SessionId)).kind, "taken");
    assert.is(acknowledged(edge), 4);
  }));

test("another signer, a flipped bit, or a head that is not ours moves nothing", () =>
  withEdge(async (edge) => {
    const other = makeSigner(signingKeysFromSeed(new Uint8Array(32).fill(9)));
    assert.is((await takeReceipt(edge.deps, signReceipt(receiptOf(edge, 4), other))).kind, "refused");
    const flipped = signReceipt(receiptOf(edge, 4), sign);
    flipped[60]! ^= 1;
    assert.is((await takeReceipt(edge.deps, flipped)).kind, "refused");
    const strange = await takeReceipt(edge.deps, signReceipt(receiptOf(edge, 4, { head: new Uint8Array(32).fill(1) }), sign));
    assert.match(strange.words, /1 of its logs are not this site's/);
    assert.match((await takeReceipt(edge.deps, signReceipt(receiptOf(edge, 5, { next: 900 }), sign))).words, /1 of its logs/);
    assert.is(acknowledged(edge), 0);
  }));

test.run();
