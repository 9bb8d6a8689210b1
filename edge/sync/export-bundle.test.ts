import { createHash } from "node:crypto";
import { readFileSync, rmSync, statSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type BundleItem, bundleReader } from "../../shared/bundle/read-bundle.ts";
import { boxKeysFromSeed, verifySignature } from "../../shared/crypto/device-keys.ts";
import { chainItems, EMPTY_LOG } from "../../shared/log/chain.ts";
import { openCheckpoint } from "../../shared/log/checkpoint.ts";
import { joinBytes } from "../../shared/log/record.ts";
import { unpackItems } from "../../shared/protocol/append-body.ts";
import { helloSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import { draftOf, readingOf } from "../log/test-store.ts";
import { NOT_PINNED } from "./bundle-records.ts";
import { type ExportOptions, exportBundle } from "./export-bundle.ts";
import { openPinnedCentral } from "./pinned-central.ts";
import { openTestEdge, type TestEdge } from "./test-uplink-world.ts";
import { nodeZstd } from "./zstd.ts";

const BOX_SEED = new Uint8Array(32).fill(2);
const ALL: ExportOptions = { images: "all", bytesMax: 1e9 };

/** The parts of an export as central reads them. */
async function read(edge: TestEdge, options = ALL): Promise<BundleItem[]> {
  const keys = boxKeysFromSeed(BOX_SEED);
  const made = exportBundle({ ...edge.deps, pinned: { ...edge.deps.pinned, boxKey: () => keys.publicKey } }, options);
  if (made.kind === "refused") throw new Error(made.words);
  const reader = bundleReader(keys);
  const items: BundleItem[] = [];
  for await (const bytes of made.bytes) items.push(...reader.push(bytes));
  assert.is(reader.end(), null);
  return items;
}

const manifestOf = (items: readonly BundleItem[]) => {
  const [first] = items;
  if (first?.kind !== "manifest") throw new Error("no manifest");
  return first.manifest;
};

async function detect(edge: TestEdge, count: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    const plate = `AAA${1000 + at}`;
    await edge.writer.appendDetection(draftOf(plate, edge.deps.moment, { reading: readingOf(plate) }));
  }
}

test("what central has not acknowledged is in the bundle, the urgent log first, each piece with a proof of its own", async () => {
  const edge = await openTestEdge();
  await detect(edge, 300);
  const items = await read(edge);
  const manifest = manifestOf(items);
  assert.equal(
    manifest.logs.map((log) => log.class),
    ["urgent", "detections"],
  );
  for (const log of manifest.logs) {
    let head = EMPTY_LOG;
    for (const item of items) {
      if (item.kind !== "append" || item.append.logId !== log.logId) continue;
      const unpacked = unpackItems(item.append, item.append.count, nodeZstd);
      if (unpacked.kind !== "ok") throw new Error(unpacked.why);
      const chained = chainItems(log.logId, head, unpacked.items);
      if (chained.kind !== "ok") throw new Error(chained.why);
      head = chained.head;
      assert.equal(openCheckpoint(item.append.checkpoint, edge.deps.deviceKeys.publicKey)?.headHash, head.head);
    }
    assert.equal(head, edge.reader.logs().find((one) => one.logId === log.logId)?.head);
  }
  const { bundleId, collectorId, centralId } = manifest;
  const apiKeyDigest = new Uint8Array(createHash("sha256").update(edge.deps.apiKey).digest());
  assert.ok(
    verifySignature(manifest.deviceKey, helloSignedBytes({ session: bundleId, collectorId, centralId, apiKeyDigest }), manifest.signature),
  );
  await edge.close();
});

test("an acknowledged record is not carried again; with nothing new there is nothing to carry", async () => {
  const edge = await openTestEdge();
  await detect(edge, 5);
  for (const log of edge.reader.logs())
    await edge.writer.noteAcknowledged(log.logId, log.head.next - (log.class === "detections" ? 2 : 0), 0);
  const manifest = manifestOf(await read(edge));
  assert.equal(
    manifest.logs.map((log) => log.to - log.from),
    [0, 2],
  );
  for (const log of edge.reader.logs()) await edge.writer.noteAcknowledged(log.logId, log.head.next, 0);
  assert.is(exportBundle(edge.deps, ALL).kind, "refused");
  await edge.close();
});

test("pictures come behind the records, whole and by their name; one that is not on the disk as recorded is left out and counted", async () => {
  const edge = await openTestEdge();
  const [scene, crop] = (await edge.capture(150_000, 9_000)) as unknown as [{ sha256: string }, { sha256: string }];
  const [lost] = (await edge.capture(4_000)) as unknown as [{ sha256: string }];
  const path = edge.reader.waitingImages(10).find((image) => image.sha256 === lost.sha256)!.path;
  assert.is(statSync(path).size, 4_000);
  rmSync(path);
  const pieces = new Map<string, Uint8Array[]>();
  for (const item of await read(edge)) {
    if (item.kind === "image") pieces.set(item.piece.sha256, [...(pieces.get(item.piece.sha256) ?? []), item.piece.bytes]);
  }
  // Crops before scenes.
  assert.equal([...pieces.keys()], [crop.sha256, scene.sha256]);
  const held = edge.reader.waitingImages(10);
  for (const [sha256, bytes] of pieces) {
    const { path: file } = held.find((image) => image.sha256 === sha256)!;
    assert.ok(readFileSync(file).equals(joinBytes(...bytes)), sha256);
  }
  await detect(edge, 1);
  assert.not.ok((await read(edge, { ...ALL, images: "none" })).some((item) => item.kind === "image"));
  assert.not.ok((await read(edge, { ...ALL, images: "alerts" })).some((item) => item.kind === "image"));
  await edge.close();
});

test("the file stops before it is larger than allowed, and is whole", async () => {
  const edge = await openTestEdge();
  for (let at = 0; at < 5; at++) await edge.capture(50_000);
  const options: ExportOptions = { images: "all", bytesMax: 130_000 };
  const items = await read(edge, options);
  assert.is(items.filter((item) => item.kind === "image").length, 2);
  assert.is(items.at(-1)?.kind, "end");
  const made = exportBundle(edge.deps, options);
  if (made.kind === "bundle") {
    let bytes = 0;
    for await (const piece of made.bytes) bytes += piece.length;
    assert.ok(bytes <= options.bytesMax, `${bytes}`);
    assert.equal([made.counts.isCut, made.counts.bytes], [true, bytes]);
  }
  await edge.close();
});

test("without central's keys nothing can be sealed, and the words say what to do", async () => {
  const edge = await openTestEdge();
  const pinned = openPinnedCentral("/nonexistent/central-keys");
  assert.equal(exportBundle({ ...edge.deps, pinned }, ALL), { kind: "refused", words: NOT_PINNED });
  await edge.close();
});

test.run();
