import type { Sha256 } from "../../shared/model/ids.ts";
import type { Db } from "../db/open-db.ts";
import type { ImageStore } from "../images/image-store.ts";
import type { appendAt, beginOrResume, finish } from "../images/partial-upload.ts";
import { type ExpectedImage, findExpectedImages, insertImageEvent, insertStoredImage } from "./image-rows.ts";

export interface ReceiveImageDeps {
  readonly db: Db;
  readonly store: ImageStore;
  /** Where pictures lie that have not come whole yet. */
  readonly uploadsDir: string;
  readonly nowMs: () => number;
  readonly uploads: { readonly beginOrResume: typeof beginOrResume; readonly appendAt: typeof appendAt; readonly finish: typeof finish };
}

export type ImageAnswer =
  /** `offset` bytes are here; all of them when it equals the picture's size. */
  | { readonly kind: "at"; readonly offset: number }
  | { readonly kind: "wrong_offset"; readonly offset: number }
  /** No merged record names it (yet). */
  | { readonly kind: "image_not_expected" }
  /** Erased or expired: the edge stops. */
  | { readonly kind: "image_gone" }
  | { readonly kind: "too_large" }
  | { readonly kind: "hash_mismatch" }
  | { readonly kind: "unavailable"; readonly reason: string };

/** Where the upload of a picture stands. */
export async function imageStanding(deps: ReceiveImageDeps, sha256: Sha256): Promise<ImageAnswer> {
  const image = await expected(deps, sha256);
  if (image.kind !== "expected") return image;
  if (image.image.isStored) return { kind: "at", offset: image.image.bytes };
  return { kind: "at", ...(await deps.uploads.beginOrResume(deps.uploadsDir, sha256)) };
}

/** Adds a piece at `offset` and, when that was the last, verifies the picture and keeps it for good. */
export async function receiveImage(
  deps: ReceiveImageDeps,
  sha256: Sha256,
  offset: number,
  chunks: AsyncIterable<Uint8Array>,
): Promise<ImageAnswer> {
  const found = await expected(deps, sha256);
  if (found.kind !== "expected") return found;
  const { image } = found;
  if (image.isStored) return { kind: "at", offset: image.bytes };
  const added = await deps.uploads.appendAt(deps.uploadsDir, sha256, offset, chunks, image.bytes);
  switch (added.kind) {
    case "wrong-offset":
      return { kind: "wrong_offset", offset: added.offset };
    case "too-long":
      return { kind: "too_large" };
    case "unavailable":
      return added;
    case "cut-off":
      return { kind: "at", offset: added.offset };
    case "ok":
      return added.offset < image.bytes ? { kind: "at", offset: added.offset } : keepImage(deps, image);
  }
}

async function keepImage(deps: ReceiveImageDeps, { sha256, bytes }: ExpectedImage): Promise<ImageAnswer> {
  const atMs = deps.nowMs();
  const finished = await deps.uploads.finish(deps.uploadsDir, sha256, deps.store, bytes, atMs);
  switch (finished.kind) {
    case "unavailable":
      return finished;
    case "incomplete":
      return { kind: "at", offset: finished.offset };
    case "mismatch":
      await insertImageEvent(deps.db, sha256, "mismatch", null, atMs);
      return { kind: "hash_mismatch" };
    case "stored": {
      const { key } = finished;
      await deps.db.transaction().execute((tx) => insertStoredImage(tx, { sha256, bytes, key }, atMs));
      return { kind: "at", offset: bytes };
    }
  }
}

async function expected(
  deps: ReceiveImageDeps,
  sha256: Sha256,
): Promise<{ readonly kind: "expected"; readonly image: ExpectedImage } | { readonly kind: "image_not_expected" | "image_gone" }> {
  const [image] = await findExpectedImages(deps.db, [sha256]);
  if (image === undefined) return { kind: "image_not_expected" };
  return image.isGone ? { kind: "image_gone" } : { kind: "expected", image };
}
