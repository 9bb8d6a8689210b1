/** A small file for a site with fixed keys, for the tests of this room and its golden file. */
import { boxKeysFromSeed, makeSigner, signingKeysFromSeed } from "../crypto/device-keys.ts";
import { type CollectorId, type CommandId, type Incarnation, type ListId, uuid } from "../model/ids.ts";
import { centralIdOf } from "../protocol/signed-bytes.ts";
import type { DownManifest, DownPart } from "./down-parts.ts";
import { type DownItem, downReader } from "./read-down.ts";
import type { BundleRefusal } from "./read-sealed.ts";
import { signReceipt } from "./receipt.ts";
import { CENTRAL, CONTENT_KEY, LOG, MANIFEST } from "./test-bundle.ts";
import { downWriter } from "./write-down.ts";

export const SITE = signingKeysFromSeed(new Uint8Array(32).fill(1));
export const SITE_BOX = boxKeysFromSeed(SITE.seed);
export const LIST: ListId = uuid("01990000-0000-7000-8000-0000000000aa");
const OTHER_LIST: ListId = uuid("01990000-0000-7000-8000-0000000000ab");
const INCARNATION = "30".repeat(16) as Incarnation;
export const signAsCentral = makeSigner(CENTRAL);

export const DOWN_MANIFEST: DownManifest = {
  collectorId: uuid<CollectorId>("01990000-0000-7000-8000-000000000001"),
  deviceKey: SITE.publicKey,
  centralId: centralIdOf(CENTRAL.publicKey),
  incarnation: INCARNATION,
  madeMs: Date.UTC(2026, 10, 23, 1, 10),
  lists: [
    { list: LIST, head: 9, checksum: new Uint8Array(32).fill(8), horizon: 3, durable: 2 },
    { list: OTHER_LIST, head: 1, checksum: new Uint8Array(32).fill(7), horizon: 0, durable: 0 },
  ],
  version: "0.1.0",
};

type Written = Exclude<DownPart, { kind: "unknown" | "end" }>;
const claim = { generation: INCARNATION, signature: new Uint8Array(64).fill(6) };
export const PARTS: readonly Written[] = [
  {
    kind: "receipt",
    bytes: signReceipt(
      {
        bundleId: MANIFEST.bundleId,
        centralId: MANIFEST.centralId,
        logs: [{ logId: LOG, next: 5, head: new Uint8Array(32).fill(4), durable: 2 }],
        images: [],
      },
      signAsCentral,
    ),
  },
  {
    kind: "delta",
    delta: {
      type: "delta",
      list: OTHER_LIST,
      from: 0,
      to: 1,
      ops: [new Uint8Array([1, 2])],
      runningHash: new Uint8Array(32).fill(5),
      checksum: new Uint8Array(32).fill(7),
      ...claim,
    },
  },
  { kind: "snapshot", snapshot: { type: "snapshot", list: LIST, at: 9, bytes: 5, sha256: "cd".repeat(32) as never, ...claim } },
  { kind: "piece", offset: 0, bytes: new Uint8Array([1, 2, 3]) },
  { kind: "piece", offset: 3, bytes: new Uint8Array([4, 5]) },
  {
    kind: "command",
    command: {
      type: "command",
      id: uuid<CommandId>("01990000-0000-7000-8000-0000000000c1"),
      kind: "report-now",
      args: new Uint8Array(),
      notBeforeMs: 0,
      expiresMs: Date.UTC(2026, 10, 30),
      signature: claim.signature,
    },
  },
];

/** What the sample reads as. */
export const DOWN_ITEMS: readonly DownItem[] = [{ kind: "manifest", manifest: DOWN_MANIFEST, isSigned: true }, ...PARTS, { kind: "end" }];

/** Chunks of a file, the envelope and manifest as the first. */
export function downChunks(parts: readonly Written[] = PARTS, manifest = DOWN_MANIFEST, sign = signAsCentral): Uint8Array[] {
  const writer = downWriter(manifest, CONTENT_KEY, sign);
  return [writer.begin(), ...parts.map(writer.part), writer.end()];
}

/** Everything that comes of these bytes, given `step` at a time. */
export function readDown(bytes: Uint8Array, keys = SITE_BOX, step = bytes.length): { items: DownItem[]; end: BundleRefusal | null } {
  const reader = downReader(keys, CENTRAL.publicKey);
  const items: DownItem[] = [];
  for (let at = 0; at < bytes.length; at += step) items.push(...reader.push(bytes.subarray(at, at + step)));
  return { items, end: reader.end() };
}
