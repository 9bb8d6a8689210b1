import type { CommandOutcome } from "../../shared/log/payloads/command-result-payload.ts";

/** What became of a command, for its signed record. */
export interface Answer {
  readonly outcome: CommandOutcome;
  readonly words: string;
  readonly detail: Uint8Array | null;
}
