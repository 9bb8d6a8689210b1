/** Where a picture is when it cannot be shown. */
import type { ImageState } from "../../shared/api/views.ts";

const WORDS: Readonly<Record<Exclude<ImageState, "stored">, string>> = {
  "on-edge": "Still at the site",
  "on-its-way": "On its way",
  expired: "Expired, deleted by the retention rule",
  "at-central": "Removed here to make room, central has it",
  dropped: "Dropped at the site, disk was full",
  mismatch: "Not the picture that was signed",
};
export const NO_PICTURE = "The camera sent no picture";
export const PICTURE_NOT_LOADED = "Could not be loaded";

/** A few words; undefined when the picture is at hand. */
export function pictureWords(state: ImageState): string | undefined {
  return state === "stored" ? undefined : WORDS[state];
}
