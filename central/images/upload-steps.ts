/**
 * The rules by which pieces become a picture, without the disk: where a piece may begin, what a cut line leaves, that nothing is kept which
 * does not match its name. `partial-upload.ts` carries the steps out on files.
 */
import { createHash } from "node:crypto";
import type { Steps } from "../../shared/flow/run-steps.ts";
import type { Sha256 } from "../../shared/model/ids.ts";
import { type ImageKey, imageKey, type PutOutcome, type Unavailable } from "./image-store.ts";
import { reasonOf } from "./reason-of.ts";

export type AppendOutcome =
  | { readonly kind: "ok"; readonly offset: number }
  /** Nothing was written; `offset` is where to go on. */
  | { readonly kind: "wrong-offset"; readonly offset: number }
  /** More came than was announced: the part is discarded, as its sender is confused about what it sends. */
  | { readonly kind: "too-long" }
  /** The stream ended in an error (a cut line); what came before it is kept. */
  | { readonly kind: "cut-off"; readonly offset: number }
  | Unavailable;

export type FinishOutcome =
  | { readonly kind: "stored"; readonly key: ImageKey; readonly sizeBytes: number }
  /** Not all has arrived yet; nothing was done. */
  | { readonly kind: "incomplete"; readonly offset: number }
  /** All has arrived and is not that picture: discarded, the next upload starts at 0. */
  | { readonly kind: "mismatch" }
  | Unavailable;

export type AppendStep =
  /** The part, emptied when `afresh`. */
  | { readonly do: "open"; readonly afresh: boolean }
  /** What comes next of the stream; answered by it. */
  | { readonly do: "next" }
  | { readonly do: "write"; readonly bytes: Uint8Array; readonly at: number }
  | { readonly do: "discard" };

/** A piece at `offset` for an upload that stands at `standing`; the picture was announced with `maxBytes`. */
export function* appending(
  standing: number,
  offset: number,
  maxBytes: number,
): Steps<AppendStep, AppendOutcome, Uint8Array | "end" | "cut-off" | undefined> {
  if (offset !== standing) return { kind: "wrong-offset", offset: standing };
  let at = offset;
  try {
    yield { do: "open", afresh: offset === 0 };
    for (;;) {
      const next = (yield { do: "next" }) ?? "cut-off";
      if (next === "cut-off") return { kind: "cut-off", offset: at };
      if (next === "end") return { kind: "ok", offset: at };
      if (at + next.length > maxBytes) {
        yield { do: "discard" };
        return { kind: "too-long" };
      }
      yield { do: "write", bytes: next, at };
      at += next.length;
    }
  } catch (error) {
    return { kind: "unavailable", reason: reasonOf(error) };
  }
}

export type FinishStep =
  /** The whole part; answered by its bytes, undefined when it is not there any more. */
  | { readonly do: "read" }
  /** Into the store; answered by what became of it. */
  | { readonly do: "put"; readonly key: ImageKey; readonly bytes: Uint8Array }
  | { readonly do: "discard" };

/** An upload that stands at `standing` of `expectedBytes`; `atMs` (ms UTC) is the day of its name. */
export function* finishing(
  sha256: Sha256,
  standing: number,
  expectedBytes: number,
  atMs: number,
): Steps<FinishStep, FinishOutcome, Uint8Array | PutOutcome | undefined> {
  if (standing < expectedBytes) return { kind: "incomplete", offset: standing };
  const bytes = standing === expectedBytes ? ((yield { do: "read" }) as Uint8Array | undefined) : new Uint8Array();
  // The same picture came twice at once, and the other PUT has finished it.
  if (bytes === undefined) return { kind: "incomplete", offset: 0 };
  if (createHash("sha256").update(bytes).digest("hex") !== sha256) {
    yield { do: "discard" };
    return { kind: "mismatch" };
  }
  const key = imageKey(sha256, atMs);
  const put = (yield { do: "put", key, bytes }) as PutOutcome;
  if (put.kind === "unavailable") return put;
  yield { do: "discard" };
  return put.kind === "stored" ? { kind: "stored", key, sizeBytes: put.sizeBytes } : { kind: "mismatch" };
}
