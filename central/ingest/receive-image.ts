import { runSteps } from "../../shared/flow/run-steps.ts";
import type { Sha256 } from "../../shared/model/ids.ts";
import type { Db } from "../db/open-db.ts";
import type { ImageStore } from "../images/image-store.ts";
import type { appendAt, beginOrResume, finish } from "../images/partial-upload.ts";
import { findExpectedImages, insertImageEvent, insertStoredImage } from "./image-rows.ts";
import { answerOf, type ImageAnswer, receiving } from "./take-image.ts";

export interface ReceiveImageDeps {
  readonly db: Db;
  readonly store: ImageStore;
  /** Where pictures lie that have not come whole yet. */
  readonly uploadsDir: string;
  readonly nowMs: () => number;
  readonly uploads: { readonly beginOrResume: typeof beginOrResume; readonly appendAt: typeof appendAt; readonly finish: typeof finish };
}

/** Where the upload of a picture stands. */
export async function imageStanding(deps: ReceiveImageDeps, sha256: Sha256): Promise<ImageAnswer> {
  const [image] = await findExpectedImages(deps.db, [sha256]);
  return answerOf(image) ?? { kind: "at", ...(await deps.uploads.beginOrResume(deps.uploadsDir, sha256)) };
}

/** Adds a piece at `offset` and, when that was the last, verifies the picture and keeps it for good. */
export async function receiveImage(
  deps: ReceiveImageDeps,
  sha256: Sha256,
  offset: number,
  chunks: AsyncIterable<Uint8Array>,
): Promise<ImageAnswer> {
  const { db, store, uploads, uploadsDir } = deps;
  const [image] = await findExpectedImages(db, [sha256]);
  const atMs = deps.nowMs();
  return runSteps(receiving(image), async (step) => {
    switch (step.do) {
      case "append":
        return uploads.appendAt(uploadsDir, sha256, offset, chunks, step.maxBytes);
      case "finish":
        return uploads.finish(uploadsDir, sha256, store, step.bytes, atMs);
      case "note-mismatch":
        await insertImageEvent(db, sha256, "mismatch", null, atMs);
        return undefined;
      case "note-stored":
        await db.transaction().execute((tx) => insertStoredImage(tx, { sha256, bytes: step.bytes, key: step.key }, atMs));
        return undefined;
    }
  });
}
