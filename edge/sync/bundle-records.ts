/** The records of a bundle: both logs from `acknowledged` on, urgent first. Nothing here waits, so the simulator makes the same files. */
import { createHash } from "node:crypto";
import { BUNDLE_BYTES_MAX, IMAGES_PER_BUNDLE_MAX } from "../../shared/bundle/bundle-limits.ts";
import { type BundleLog, NO_SESSION } from "../../shared/bundle/bundle-parts.ts";
import { CONTENT_KEY_BYTES } from "../../shared/bundle/bundle-seal.ts";
import { type BundleWriter, bundleWriter } from "../../shared/bundle/write-bundle.ts";
import { makeSigner } from "../../shared/crypto/device-keys.ts";
import { CHECKPOINT_BYTES_MAX } from "../../shared/log/checkpoint.ts";
import type { SessionId } from "../../shared/model/ids.ts";
import { bytesToHex } from "../../shared/model/ids.ts";
import { packItems } from "../../shared/protocol/append-body.ts";
import { APPEND_BYTES_MAX, APPEND_RECORDS_MAX, LOGS_PER_HELLO_MAX } from "../../shared/protocol/limits.ts";
import { helloSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import { feedCursors } from "./edge-source.ts";
import type { UplinkDeps } from "./uplink-deps.ts";
import { nodeZstd } from "./zstd.ts";

export interface BundleDeps
  extends Pick<UplinkDeps, "apiKey" | "collectorId" | "deviceKeys" | "pinned" | "randomBytes" | "version" | "now"> {
  readonly reader: Pick<UplinkDeps["reader"], "logs" | "items" | "checkpoint" | "feeds">;
}

export interface ExportCounts {
  records: number;
  images: number;
  bytes: number;
  /** The limit was reached before everything was in. */
  isCut: boolean;
  /** Pictures in the ledger that are not on the disk as they were recorded. */
  missing: number;
}

/** A file that is being made. */
export interface OpenBundle {
  /** 32 hex digits. */
  readonly bundleId: SessionId;
  readonly deps: BundleDeps;
  readonly writer: BundleWriter;
  readonly logs: readonly BundleLog[];
  readonly counts: ExportCounts;
  readonly bytesMax: number;
  readonly imagesMax: number;
}

export const NOT_PINNED =
  "This site does not know central's keys yet, so nothing can be sealed for it. Run edge -- init with --central-key (as `collector add` prints it), or let the site reach central once.";
export const NOTHING = "Central has everything that this site holds. There is nothing to carry.";
/** Room that is kept for the end of the file, and for a picture's or APPEND's own framing. */
export const SPARE_BYTES = 4 * 1024;

/** `images`: how many pictures may follow, `bytesMax`: how large the file may get. A text says why there is nothing to write. */
export function openBundle(deps: BundleDeps, images: number, bytesMax: number): OpenBundle | string {
  const boxKey = deps.pinned.boxKey();
  if (boxKey === null) return NOT_PINNED;
  const logs = logsToCarry(deps);
  if (recordsOf(logs) === 0 && images === 0) return NOTHING;
  const bundleId = bytesToHex(deps.randomBytes(16)) as SessionId;
  const { collectorId, deviceKeys } = deps;
  const centralId = deps.pinned.centralId();
  const apiKeyDigest = new Uint8Array(createHash("sha256").update(deps.apiKey).digest());
  const imagesMax = Math.min(images, IMAGES_PER_BUNDLE_MAX);
  const writer = bundleWriter(boxKey, new Uint8Array(deps.randomBytes(CONTENT_KEY_BYTES)), {
    bundleId,
    collectorId,
    deviceKey: deviceKeys.publicKey,
    centralId,
    madeMs: deps.now(),
    logs,
    images: imagesMax,
    version: deps.version,
    signature: makeSigner(deviceKeys)(helloSignedBytes({ session: bundleId, collectorId, centralId, apiKeyDigest })),
    feeds: feedCursors(deps.reader),
  });
  const counts: ExportCounts = { records: 0, images: 0, bytes: 0, isCut: false, missing: 0 };
  return { bundleId, deps, writer, logs, counts, bytesMax: Math.min(bytesMax, BUNDLE_BYTES_MAX) - SPARE_BYTES, imagesMax };
}

export const recordsOf = (logs: readonly BundleLog[]): number => logs.reduce((sum, log) => sum + log.to - log.from, 0);

/** The urgent log first: an alert never waits behind three offline months. A log with nothing new stands in it too: its pictures may wait. */
export function logsToCarry({ reader }: Pick<BundleDeps, "reader">): BundleLog[] {
  return reader
    .logs()
    .map((log): BundleLog => ({ logId: log.logId, class: log.class, from: Math.max(log.acknowledged, log.first), to: log.head.next }))
    .sort((a, b) => Number(b.class === "urgent") - Number(a.class === "urgent"))
    .slice(0, LOGS_PER_HELLO_MAX);
}

/** The file's beginning and its records, piece by piece. */
export function* recordBytes(bundle: OpenBundle): Generator<Uint8Array> {
  yield bundle.writer.begin();
  for (const log of bundle.logs) yield* appendsOf(bundle, log);
}

export const endBytes = ({ writer, counts }: OpenBundle): Uint8Array => writer.end(counts.records, counts.images);

function* appendsOf({ deps: { reader }, writer, counts, bytesMax }: OpenBundle, { logId, from, to }: BundleLog): Generator<Uint8Array> {
  for (let next = from; next < to; ) {
    const items = reader.items(logId, next, Math.min(APPEND_RECORDS_MAX, to - next), APPEND_BYTES_MAX);
    if (items.length === 0) throw new Error("Records went from the disk while the bundle was made (central has them). Export again.");
    const body = packItems(items, nodeZstd);
    if (counts.bytes + body.bytes.length + 2 * CHECKPOINT_BYTES_MAX > bytesMax) {
      counts.isCut = true;
      return;
    }
    const count = items.length;
    const checkpoint = reader.checkpoint(logId, next + count);
    yield writer.part({
      kind: "append",
      append: { type: "append", session: NO_SESSION, logId, fromSeq: next, count, ...body, checkpoint },
    });
    counts.records += count;
    next += count;
  }
}
