/**
 * What this site holds and central has not acknowledged, as one sealed file for a carrier: both logs from `acknowledged` on, urgent first,
 * then the pictures that wait, alerts' crops first. It is made while it is written or sent, never whole in memory, from the read-only side of
 * the store: nothing here changes by it. Records leave this site's disk only after central's receipt came back.
 */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { BUNDLE_BYTES_MAX, IMAGE_PIECE_BYTES_MAX, IMAGES_PER_BUNDLE_MAX } from "../../shared/bundle/bundle-limits.ts";
import { type BundleLog, NO_SESSION } from "../../shared/bundle/bundle-parts.ts";
import { CONTENT_KEY_BYTES } from "../../shared/bundle/bundle-seal.ts";
import { type BundleWriter, bundleWriter } from "../../shared/bundle/write-bundle.ts";
import { makeSigner } from "../../shared/crypto/device-keys.ts";
import { CHECKPOINT_BYTES_MAX } from "../../shared/log/checkpoint.ts";
import type { Incarnation, SessionId } from "../../shared/model/ids.ts";
import { bytesToHex } from "../../shared/model/ids.ts";
import { packItems } from "../../shared/protocol/append-body.ts";
import { APPEND_BYTES_MAX, APPEND_RECORDS_MAX, LOGS_PER_HELLO_MAX } from "../../shared/protocol/limits.ts";
import { helloSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import type { WaitingImage } from "../log/store-port.ts";
import type { UplinkDeps } from "./uplink-deps.ts";
import { nodeZstd } from "./zstd.ts";

export type ExportDeps = Pick<
  UplinkDeps,
  "apiKey" | "collectorId" | "deviceKeys" | "pinned" | "reader" | "randomBytes" | "version" | "now"
>;

export interface ExportOptions {
  readonly images: "all" | "alerts" | "none";
  /** The file stops before it is larger; what is left over goes into the next one. */
  readonly bytesMax: number;
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

export type BundleExport =
  | { readonly kind: "refused"; readonly words: string }
  /** `counts` grows while `bytes` are taken. */
  | {
      readonly kind: "bundle";
      /** As in the manifest, and in central's receipt. */
      readonly bundleId: SessionId;
      readonly bytes: AsyncGenerator<Uint8Array>;
      readonly counts: Readonly<ExportCounts>;
      readonly records: number;
      readonly images: number;
    };

export const NOT_PINNED =
  "This site does not know central's keys yet, so nothing can be sealed for it. Run edge -- init with --central-key (as `collector add` prints it), or let the site reach central once.";
const NOTHING = "Central has everything that this site holds. There is nothing to carry.";
/** Room that is kept for the end of the file, and for a picture's or APPEND's own framing. */
const SPARE_BYTES = 4 * 1024;
const IMAGES_AT_ONCE = 64;
/** Alerts' crops and scenes are 0 and 1. */
const PRIORITIES = { all: [0, 1, 2, 3], alerts: [0, 1], none: [] } as const;

/** Refuses in plain words when central's keys are not known, or when there is nothing to carry. */
export function exportBundle(deps: ExportDeps, options: ExportOptions): BundleExport {
  const boxKey = deps.pinned.boxKey();
  if (boxKey === null) return { kind: "refused", words: NOT_PINNED };
  const logs = logsToCarry(deps);
  const images = options.images === "none" ? 0 : deps.reader.waitingImageCount();
  if (logs.every((log) => log.from === log.to) && images === 0) return { kind: "refused", words: NOTHING };
  const bundleId = bytesToHex(deps.randomBytes(16)) as SessionId;
  const { collectorId, deviceKeys } = deps;
  const centralId = deps.pinned.centralId();
  const apiKeyDigest = new Uint8Array(createHash("sha256").update(deps.apiKey).digest());
  const writer = bundleWriter(boxKey, new Uint8Array(deps.randomBytes(CONTENT_KEY_BYTES)), {
    bundleId,
    collectorId,
    deviceKey: deviceKeys.publicKey,
    centralId,
    madeMs: deps.now(),
    logs,
    images: Math.min(images, IMAGES_PER_BUNDLE_MAX),
    version: deps.version,
    signature: makeSigner(deviceKeys)(helloSignedBytes({ session: bundleId, collectorId, centralId, apiKeyDigest })),
    feeds: deps.reader.feeds().map((feed) => ({ ...feed, generation: feed.generation as Incarnation })),
  });
  const counts: ExportCounts = { records: 0, images: 0, bytes: 0, isCut: false, missing: 0 };
  const bytesMax = Math.min(options.bytesMax, BUNDLE_BYTES_MAX) - SPARE_BYTES;
  const bytes = writeAll({ deps, writer, logs, counts, bytesMax, imagesMax: Math.min(images, IMAGES_PER_BUNDLE_MAX) }, options.images);
  return { kind: "bundle", bundleId, bytes, counts, records: recordsOf(logs), images: imagesToCarry(deps, options) };
}

const recordsOf = (logs: readonly BundleLog[]): number => logs.reduce((sum, log) => sum + log.to - log.from, 0);

function imagesToCarry({ reader }: ExportDeps, { images }: ExportOptions): number {
  const sizes = reader.waitingImageSizes();
  return { all: sizes.all.count, alerts: sizes.alerts.count, none: 0 }[images];
}

/** What a bundle made now would hold, for people; `refusal` says why none can be made. */
export interface WaitingToCarry {
  readonly refusal: string | null;
  readonly records: number;
  readonly recordBytes: number;
  readonly images: ReturnType<ExportDeps["reader"]["waitingImageSizes"]>;
}

export function waitingToCarry(deps: Pick<ExportDeps, "pinned" | "reader">): WaitingToCarry {
  const records = recordsOf(logsToCarry(deps));
  const images = deps.reader.waitingImageSizes();
  const isNothing = records === 0 && images.all.count === 0;
  const refusal = deps.pinned.boxKey() === null ? NOT_PINNED : isNothing ? NOTHING : null;
  return { refusal, records, recordBytes: deps.reader.spoolBytes(), images };
}

/** The urgent log first: an alert never waits behind three offline months. A log with nothing new stands in it too: its pictures may wait. */
function logsToCarry({ reader }: Pick<ExportDeps, "reader">): BundleLog[] {
  return reader
    .logs()
    .map((log): BundleLog => ({ logId: log.logId, class: log.class, from: Math.max(log.acknowledged, log.first), to: log.head.next }))
    .sort((a, b) => Number(b.class === "urgent") - Number(a.class === "urgent"))
    .slice(0, LOGS_PER_HELLO_MAX);
}

interface Writing {
  readonly deps: ExportDeps;
  readonly writer: BundleWriter;
  readonly logs: readonly BundleLog[];
  readonly counts: ExportCounts;
  readonly bytesMax: number;
  readonly imagesMax: number;
}

async function* writeAll(writing: Writing, images: ExportOptions["images"]): AsyncGenerator<Uint8Array> {
  const { writer, counts } = writing;
  const count = (bytes: Uint8Array): Uint8Array => {
    counts.bytes += bytes.length;
    return bytes;
  };
  yield count(writer.begin());
  for (const log of writing.logs) for (const bytes of appendsOf(writing, log)) yield count(bytes);
  for (const priority of PRIORITIES[images]) {
    for (const log of writing.logs) for await (const bytes of picturesOf(writing, log, priority)) yield count(bytes);
  }
  yield count(writer.end(counts.records, counts.images));
}

function* appendsOf({ deps: { reader }, writer, counts, bytesMax }: Writing, { logId, from, to }: BundleLog): Generator<Uint8Array> {
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

async function* picturesOf(writing: Writing, { logId, to }: BundleLog, priority: number): AsyncGenerator<Uint8Array> {
  const { counts, bytesMax, deps } = writing;
  let behind: WaitingImage | null = null;
  for (;;) {
    const page: readonly WaitingImage[] = deps.reader.imagesBehind(logId, priority, to, behind, IMAGES_AT_ONCE);
    for (const image of page) {
      behind = image;
      if (counts.images >= writing.imagesMax || counts.bytes + image.bytes + SPARE_BYTES > bytesMax) {
        counts.isCut = true;
        return;
      }
      yield* pictureOf(writing, image);
    }
    if (page.length < IMAGES_AT_ONCE) return;
  }
}

async function* pictureOf({ writer, counts }: Writing, { sha256, bytes: total, path }: WaitingImage): AsyncGenerator<Uint8Array> {
  const file = await open(path).catch(() => null);
  try {
    if (file === null || (await file.stat()).size !== total) {
      counts.missing += 1;
      return;
    }
    counts.images += 1;
    for (let offset = 0; offset < total; ) {
      const { buffer, bytesRead } = await file.read(new Uint8Array(Math.min(IMAGE_PIECE_BYTES_MAX, total - offset)), 0, null, offset);
      if (bytesRead === 0) return;
      yield writer.part({ kind: "image", piece: { sha256, total, offset, bytes: buffer.subarray(0, bytesRead) } });
      offset += bytesRead;
    }
  } finally {
    await file?.close();
  }
}
