/** Bundles of test collectors, as a site's edge makes them. */
import { createHash, randomBytes } from "node:crypto";
import { type BundleManifest, NO_SESSION } from "../../shared/bundle/bundle-parts.ts";
import { bundleWriter } from "../../shared/bundle/write-bundle.ts";
import { bytesToHex, type SessionId, type Sha256 } from "../../shared/model/ids.ts";
import { helloSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import { appendOf, type TestCollector, type TestLog } from "../ingest/test-collector.ts";
import type { CentralIdentity } from "../integrity/central-identity.ts";

export interface CarriedLog {
  readonly log: TestLog;
  /** Where its APPENDs begin and end; the last one is the end. */
  readonly cuts: readonly number[];
}

export interface TestBundle {
  /** Envelope with manifest, then a chunk for each part. */
  readonly chunks: readonly Uint8Array[];
  readonly bytes: Uint8Array;
}

export function makeBundle(
  owner: TestCollector,
  apiKey: string,
  central: Pick<CentralIdentity, "centralId" | "boxKey">,
  carried: readonly CarriedLog[],
  images: readonly Uint8Array[] = [],
  changes: Partial<BundleManifest> = {},
): TestBundle {
  const bundleId = bytesToHex(new Uint8Array(randomBytes(16))) as SessionId;
  const apiKeyDigest = new Uint8Array(createHash("sha256").update(apiKey).digest());
  const writer = bundleWriter(central.boxKey, new Uint8Array(randomBytes(32)), {
    bundleId,
    collectorId: owner.id,
    deviceKey: owner.deviceKey,
    centralId: central.centralId,
    madeMs: Date.now(),
    logs: carried.map(({ log, cuts }) => ({ logId: log.logId, class: log.class, from: cuts[0]!, to: cuts.at(-1)! })),
    images: images.length,
    version: "test",
    signature: owner.sign(helloSignedBytes({ session: bundleId, collectorId: owner.id, centralId: central.centralId, apiKeyDigest })),
    feeds: null,
    ...changes,
  });
  const chunks = [writer.begin()];
  for (const { log, cuts } of carried) {
    for (const [at, from] of cuts.slice(0, -1).entries()) {
      chunks.push(writer.part({ kind: "append", append: appendOf(log, from, cuts[at + 1]! - from, NO_SESSION) }));
    }
  }
  for (const image of images) {
    const sha256 = sha256Of(image);
    for (let offset = 0; offset < image.length; offset += PIECE) {
      const bytes = new Uint8Array(image.subarray(offset, offset + PIECE));
      chunks.push(writer.part({ kind: "image", piece: { sha256, total: image.length, offset, bytes } }));
    }
  }
  chunks.push(writer.end(0, images.length));
  return { chunks, bytes: new Uint8Array(Buffer.concat(chunks)) };
}

const PIECE = 64 * 1024;
export const sha256Of = (bytes: Uint8Array): Sha256 => createHash("sha256").update(bytes).digest("hex") as Sha256;
