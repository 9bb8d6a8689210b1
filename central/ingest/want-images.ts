import type { Offer, Want } from "../../shared/protocol/frames.ts";
import { findExpectedImages } from "./image-rows.ts";
import type { SyncDeps } from "./sync-deps.ts";

/**
 * Which of the offered pictures central takes, and from which byte on. An offset equal to the picture's size says "stored already"; a
 * picture that is not listed is not named by any merged record yet: the edge offers it again later.
 */
export async function wantImages(deps: SyncDeps, offer: Offer): Promise<Want> {
  const digests = [...new Set(offer.images.map((image) => image.sha256))];
  const expected = new Map((await findExpectedImages(deps.db, digests)).map((image) => [image.sha256, image]));
  const images: Want["images"][number][] = [];
  for (const offered of offer.images) {
    const image = expected.get(offered.sha256);
    if (image === undefined) continue;
    // Gone for good: the PUT is answered 410, which ends it at the edge; so it is asked for.
    // A part that is whole but not yet in the store must not look stored: the edge would let go of it.
    const offset = image.isStored ? offered.bytes : Math.min(await deps.uploadOffset(image.sha256), Math.max(0, offered.bytes - 1));
    images.push({ sha256: image.sha256, offset });
  }
  return { type: "want", images };
}
