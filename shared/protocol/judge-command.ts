/**
 * Whether a command may run now: a pure decision, made in the transaction that writes the command's id down. A command runs at most
 * once and never after it expires, so a site that does not know the time runs nothing.
 */
import { TRUSTED_QUALITY } from "../clock/clock.ts";
import type { Command } from "./frames.ts";

/** How long after its expiry a command is remembered, and answered "expired"; one that is older still is dropped without a word. */
export const COMMAND_KEPT_MS = 24 * 3_600_000;

export type CommandVerdict =
  | { readonly kind: "run" }
  /** Its time has not come: central sends it again. */
  | { readonly kind: "too-early" }
  | { readonly kind: "refused"; readonly outcome: "refused" | "expired"; readonly words: string }
  /** So long expired that even its id may have been forgotten. */
  | { readonly kind: "stale" };

const NO_TIME =
  "This site does not know the time, so it cannot tell whether the command is still valid. Nothing was done. Send it again when its clock is set.";
const EXPIRED = "The command came after it had expired. Nothing was done.";

export function judgeCommand(
  { notBeforeMs, expiresMs }: Pick<Command, "notBeforeMs" | "expiresMs">,
  now: { readonly wallMs: number; readonly clockQuality: number },
): CommandVerdict {
  if (now.clockQuality < TRUSTED_QUALITY) return { kind: "refused", outcome: "refused", words: NO_TIME };
  if (now.wallMs >= expiresMs + COMMAND_KEPT_MS) return { kind: "stale" };
  if (now.wallMs >= expiresMs) return { kind: "refused", outcome: "expired", words: EXPIRED };
  return now.wallMs < notBeforeMs ? { kind: "too-early" } : { kind: "run" };
}
