/**
 * In which order a picture comes to the disk, before the row that names it: temporary file, rename, then fsync of file and folder at once.
 * Whoever finds a name in the ledger finds whole bytes behind it, whenever the power was cut: the row is written only after both came back.
 * (Fsync before the rename would cost a third wait for the disk, one after the other, while a car passes; what it buys, that no name ever
 * stands before its bytes, nobody needs: only names in the ledger are read, and a half-written file that lies under a name is written anew.)
 */
import type { Steps } from "../../shared/flow/run-steps.ts";

export type ImageOutcome = { readonly kind: "stored" } | { readonly kind: "dropped"; readonly why: string };

export const TOO_SLOW: ImageOutcome = { kind: "dropped", why: "the disk took too long" };

/**
 * look: whether the picture lies there whole (answered true or false). sync-kept: that file and its folder. write: a temporary file. rename:
 * to the picture's name. sync: both. remove: what has the name.
 */
export type PictureStep = "look" | "sync-kept" | "write" | "rename" | "sync" | "remove";

/** `given.up` turns true when the picture's detection goes on without it. */
export function* keepingPicture(given: { readonly up: boolean }): Steps<PictureStep, ImageOutcome, boolean | undefined> {
  // What a power cut left half written has the name, and is written anew.
  if (yield "look") {
    yield "sync-kept";
    return { kind: "stored" };
  }
  yield "write";
  if (!given.up) {
    yield "rename";
    yield "sync";
  }
  if (!given.up) return { kind: "stored" };
  // Its detection went on without it: nothing will ever name this file.
  yield "remove";
  return TOO_SLOW;
}

/** Why a picture cannot be kept, in words of the record that says so. */
export function whyDropped(error: unknown): ImageOutcome {
  const code = (error as { code?: unknown }).code;
  if (code === "ENOSPC" || code === "EDQUOT") return { kind: "dropped", why: "the disk is full" };
  if (code === "EROFS") return { kind: "dropped", why: "the disk is read-only" };
  return { kind: "dropped", why: `the disk refused it (${typeof code === "string" ? code : "error"})` };
}
