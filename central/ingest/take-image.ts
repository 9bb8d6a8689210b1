/** What central does with a piece of a picture, without disk and database: only what a merged record names, never longer, never unverified. */
import type { Steps } from "../../shared/flow/run-steps.ts";
import type { ImageKey } from "../images/image-store.ts";
import type { AppendOutcome, FinishOutcome } from "../images/upload-steps.ts";
import type { ExpectedImage } from "./image-rows.ts";

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

export type TakeStep =
  /** Add the piece to the part; answered by an AppendOutcome. */
  | { readonly do: "append"; readonly maxBytes: number }
  /** Verify the part and keep it; answered by a FinishOutcome. */
  | { readonly do: "finish"; readonly bytes: number }
  | { readonly do: "note-mismatch" }
  | { readonly do: "note-stored"; readonly key: ImageKey; readonly bytes: number };

/** What is said of a picture whatever comes of it; null when it is wanted. `image`: what merged records say of it, if any names it. */
export function answerOf(image: ExpectedImage | undefined): ImageAnswer | null {
  if (image === undefined) return { kind: "image_not_expected" };
  if (image.isGone) return { kind: "image_gone" };
  return image.isStored ? { kind: "at", offset: image.bytes } : null;
}

export function* receiving(image: ExpectedImage | undefined): Steps<TakeStep, ImageAnswer, AppendOutcome | FinishOutcome | undefined> {
  const known = answerOf(image);
  if (image === undefined || known !== null) return known ?? { kind: "image_not_expected" };
  const added = (yield { do: "append", maxBytes: image.bytes }) as AppendOutcome;
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
      return added.offset < image.bytes ? { kind: "at", offset: added.offset } : yield* keeping(image);
  }
}

function* keeping({ bytes }: ExpectedImage): Steps<TakeStep, ImageAnswer, AppendOutcome | FinishOutcome | undefined> {
  const finished = (yield { do: "finish", bytes }) as FinishOutcome;
  switch (finished.kind) {
    case "unavailable":
      return finished;
    case "incomplete":
      return { kind: "at", offset: finished.offset };
    case "mismatch":
      yield { do: "note-mismatch" };
      return { kind: "hash_mismatch" };
    case "stored":
      yield { do: "note-stored", key: finished.key, bytes };
      return { kind: "at", offset: bytes };
  }
}
