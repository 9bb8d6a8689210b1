/** A small bundle with fixed keys, for the tests of this room and its golden file. */
import { boxKeysFromSeed, makeSigner, signingKeysFromSeed } from "../crypto/device-keys.ts";
import { loadSodium } from "../crypto/load-sodium.ts";
import { type CollectorId, type LogId, type SessionId, type Sha256, uuid } from "../model/ids.ts";
import type { Append } from "../protocol/frames.ts";
import { centralIdOf, helloSignedBytes } from "../protocol/signed-bytes.ts";
import { type BundleManifest, type ImagePiece, NO_SESSION } from "./bundle-parts.ts";
import { type BundleItem, bundleReader } from "./read-bundle.ts";
import type { BundleRefusal } from "./read-sealed.ts";
import { bundleWriter } from "./write-bundle.ts";

await loadSodium();

export const CENTRAL = signingKeysFromSeed(new Uint8Array(32).fill(2));
export const CENTRAL_BOX = boxKeysFromSeed(CENTRAL.seed);
export const CONTENT_KEY: Uint8Array = new Uint8Array(32).fill(5);
const DEVICE = signingKeysFromSeed(new Uint8Array(32).fill(1));
const COLLECTOR = uuid<CollectorId>("01990000-0000-7000-8000-000000000001");
export const LOG = "a1".repeat(16) as LogId;
const BUNDLE = "b1".repeat(16) as SessionId;

export const MANIFEST: BundleManifest = {
  bundleId: BUNDLE,
  collectorId: COLLECTOR,
  deviceKey: DEVICE.publicKey,
  centralId: centralIdOf(CENTRAL.publicKey),
  madeMs: Date.UTC(2026, 10, 22, 2, 10),
  logs: [{ logId: LOG, class: "urgent", from: 0, to: 5 }],
  images: 1,
  version: "0.1.0",
  signature: makeSigner(DEVICE)(
    helloSignedBytes({
      session: BUNDLE,
      collectorId: COLLECTOR,
      centralId: centralIdOf(CENTRAL.publicKey),
      apiKeyDigest: new Uint8Array(32).fill(9),
    }),
  ),
  feeds: null,
};

export const APPEND: Append = {
  type: "append",
  session: NO_SESSION,
  logId: LOG,
  fromSeq: 0,
  count: 2,
  compression: "none",
  declaredBytes: 3,
  bytes: new Uint8Array([0x92, 0xc0, 0xc0]),
  checkpoint: { bytes: new Uint8Array([1, 2, 3]), signature: new Uint8Array(64).fill(7) },
};

export const PIECE: ImagePiece = { sha256: "cd".repeat(32) as Sha256, total: 5, offset: 0, bytes: new Uint8Array([1, 2, 3]) };
export const REST: ImagePiece = { ...PIECE, offset: 3, bytes: new Uint8Array([4, 5]) };

/** What the sample reads as. */
export const ITEMS: readonly BundleItem[] = [
  { kind: "manifest", manifest: MANIFEST },
  { kind: "append", append: APPEND },
  { kind: "append", append: { ...APPEND, fromSeq: 2, count: 3 } },
  { kind: "image", piece: PIECE },
  { kind: "image", piece: REST },
  { kind: "end", records: 5, images: 1 },
];

/** The sample's chunks, the envelope and manifest as the first. */
export function sampleChunks(manifest: BundleManifest = MANIFEST): Uint8Array[] {
  const writer = bundleWriter(CENTRAL_BOX.publicKey, CONTENT_KEY, manifest);
  return [
    writer.begin(),
    writer.part({ kind: "append", append: APPEND }),
    writer.part({ kind: "append", append: { ...APPEND, fromSeq: 2, count: 3 } }),
    writer.part({ kind: "image", piece: PIECE }),
    writer.part({ kind: "image", piece: REST }),
    writer.end(5, 1),
  ];
}

/** Everything that comes of these bytes, given `step` at a time. */
export function readAll(bytes: Uint8Array, keys = CENTRAL_BOX, step = bytes.length): { items: BundleItem[]; end: BundleRefusal | null } {
  const reader = bundleReader(keys);
  const items: BundleItem[] = [];
  for (let at = 0; at < bytes.length; at += step) items.push(...reader.push(bytes.subarray(at, at + step)));
  return { items, end: reader.end() };
}
