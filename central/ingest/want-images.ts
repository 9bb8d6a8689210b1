import type { Offer, OfferedImage, Want } from "../../shared/protocol/frames.ts";
import { type ExpectedImage, findExpectedImages } from "./image-rows.ts";
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
    if (image !== undefined) images.push(wantedOf(offered, image, image.isStored ? 0 : await deps.uploadOffset(image.sha256)));
  }
  return { type: "want", images };
}

/** Of an offered picture that a record names. `uploaded`: so many bytes of it lie here, unless it is stored. */
export function wantedOf(offered: OfferedImage, image: ExpectedImage, uploaded: number): Want["images"][number] {
  // Gone for good: the PUT is answered 410, which ends it at the edge; so it is asked for.
  // A part that is whole but not yet in the store must not look stored: the edge would let go of it.
  const offset = image.isStored ? offered.bytes : Math.min(uploaded, Math.max(0, offered.bytes - 1));
  return { sha256: image.sha256, offset };
}
