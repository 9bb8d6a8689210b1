import { RECEIPT_IMAGES_MAX } from "../../shared/bundle/bundle-limits.ts";
import type { ImagePiece } from "../../shared/bundle/bundle-parts.ts";
import type { Sha256 } from "../../shared/model/ids.ts";
import type { imageStanding, ReceiveImageDeps, receiveImage } from "../ingest/receive-image.ts";
import type { ImageAnswer } from "../ingest/take-image.ts";

/** Pictures go the way that a PUT goes: only those that a merged record names, never longer, kept when their digest is right. */
export interface CarriedImages {
  readonly images: ReceiveImageDeps;
  readonly imageStanding: typeof imageStanding;
  readonly receiveImage: typeof receiveImage;
}

export interface ImageCounts {
  /** New at central. */
  stored: number;
  /** Central had them, or wants them no more. */
  known: number;
  /** No record that central has names them. */
  notExpected: number;
  /** Cut off, of other bytes than their name, or the store was not there. */
  failed: number;
}

interface Current {
  readonly sha256: Sha256;
  readonly total: number;
  /** Where central's upload stands; null: nothing more of it is taken. */
  at: number | null;
  result: keyof ImageCounts;
}

/** Takes pictures piece by piece in the order in which they stand in the bundle. */
export function takeImages(deps: CarriedImages): {
  readonly take: (piece: ImagePiece) => Promise<void>;
  /** After the last piece: what became of them, and which need not be sent again. */
  readonly end: () => Promise<{ readonly counts: ImageCounts; readonly kept: readonly Sha256[] }>;
} {
  const counts: ImageCounts = { stored: 0, known: 0, notExpected: 0, failed: 0 };
  const kept: Sha256[] = [];
  let current: Current | null = null;

  const settle = (): void => {
    if (current === null) return;
    counts[current.result] += 1;
    const isKept = current.result === "stored" || current.result === "known";
    if (isKept && kept.length < RECEIPT_IMAGES_MAX) kept.push(current.sha256);
    current = null;
  };

  return {
    async take(piece) {
      if (current?.sha256 !== piece.sha256) {
        settle();
        current = await begin(deps, piece);
      }
      await addPiece(deps, current, piece);
    },
    async end() {
      settle();
      return { counts, kept };
    },
  };
}

async function begin(deps: CarriedImages, { sha256, total }: ImagePiece): Promise<Current> {
  const standing = await deps.imageStanding(deps.images, sha256);
  switch (standing.kind) {
    case "at": {
      if (standing.offset < total) return { sha256, total, at: standing.offset, result: "failed" };
      // All bytes are here; the store may not have taken them yet.
      const { isStored } = await finishWhole(deps, sha256, standing.offset);
      return { sha256, total, at: null, result: isStored ? "known" : "failed" };
    }
    case "image_gone":
      return { sha256, total, at: null, result: "known" };
    case "image_not_expected":
      return { sha256, total, at: null, result: "notExpected" };
    default:
      return { sha256, total, at: null, result: "failed" };
  }
}

async function finishWhole(deps: CarriedImages, sha256: Sha256, offset: number): Promise<{ readonly isStored: boolean }> {
  const answer = await deps.receiveImage(deps.images, sha256, offset, once(new Uint8Array(0)));
  return { isStored: answer.kind === "at" && answer.offset === offset };
}

async function addPiece(deps: CarriedImages, current: Current, { offset, bytes }: ImagePiece): Promise<void> {
  const { at, sha256, total } = current;
  const end = offset + bytes.length;
  if (at === null || end <= at) return;
  if (offset > at) {
    current.at = null;
    return;
  }
  const answer: ImageAnswer = await deps.receiveImage(deps.images, sha256, at, once(bytes.subarray(at - offset)));
  if (answer.kind === "at" && answer.offset >= end) {
    current.at = answer.offset;
    if (answer.offset >= total) current.result = "stored";
  } else if (answer.kind === "wrong_offset" && answer.offset >= end) current.at = answer.offset;
  else current.at = null;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
