/**
 * What this site holds and central has not acknowledged, as one sealed file for a carrier: both logs from `acknowledged` on, urgent first,
 * then the pictures that wait, alerts' crops first. It is made while it is written or sent, never whole in memory, from the read-only side of
 * the store: nothing here changes by it. Records leave this site's disk only after central's receipt came back.
 */
import { open } from "node:fs/promises";
import { IMAGE_PIECE_BYTES_MAX } from "../../shared/bundle/bundle-limits.ts";
import type { BundleLog } from "../../shared/bundle/bundle-parts.ts";
import type { SessionId } from "../../shared/model/ids.ts";
import type { WaitingImage } from "../log/store-port.ts";
import {
  type BundleDeps,
  type ExportCounts,
  endBytes,
  logsToCarry,
  NOT_PINNED,
  NOTHING,
  type OpenBundle,
  openBundle,
  recordBytes,
  recordsOf,
  SPARE_BYTES,
} from "./bundle-records.ts";
import type { UplinkDeps } from "./uplink-deps.ts";

export type ExportDeps = BundleDeps & Pick<UplinkDeps, "reader">;

export interface ExportOptions {
  readonly images: "all" | "alerts" | "none";
  /** The file stops before it is larger; what is left over goes into the next one. */
  readonly bytesMax: number;
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

const IMAGES_AT_ONCE = 64;
/** Alerts' crops and scenes are 0 and 1. */
const PRIORITIES = { all: [0, 1, 2, 3], alerts: [0, 1], none: [] } as const;

/** Refuses in plain words when central's keys are not known, or when there is nothing to carry. */
export function exportBundle(deps: ExportDeps, options: ExportOptions): BundleExport {
  const waiting = options.images === "none" ? 0 : deps.reader.waitingImageCount();
  const bundle = openBundle(deps, waiting, options.bytesMax);
  if (typeof bundle === "string") return { kind: "refused", words: bundle };
  const images = imagesToCarry(deps, options);
  return {
    kind: "bundle",
    bundleId: bundle.bundleId,
    bytes: writeAll({ ...bundle, deps }, options.images),
    counts: bundle.counts,
    records: recordsOf(bundle.logs),
    images,
  };
}

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

interface Writing extends OpenBundle {
  readonly deps: ExportDeps;
}

async function* writeAll(writing: Writing, images: ExportOptions["images"]): AsyncGenerator<Uint8Array> {
  const { counts } = writing;
  const count = (bytes: Uint8Array): Uint8Array => {
    counts.bytes += bytes.length;
    return bytes;
  };
  for (const bytes of recordBytes(writing)) yield count(bytes);
  for (const priority of PRIORITIES[images]) {
    for (const log of writing.logs) for await (const bytes of picturesOf(writing, log, priority)) yield count(bytes);
  }
  yield count(endBytes(writing));
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
