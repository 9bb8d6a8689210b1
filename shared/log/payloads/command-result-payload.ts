/**
 * Fields of `command-result` version 1: what became of one command, signed by the site that got it.
 *   0 command (16)  1 outcome (1 done, 2 refused, 3 expired, 4 unknown, 5 rolled-back)  2 words for people
 *   3 configuration revision in force then  4 detail: bytes by the command's kind, or nil
 */
import { bytesToUuid, type CommandId, uuidToBytes } from "../../model/ids.ts";
import { decodePositional, encodePositional, ms } from "../positional.ts";
import { FieldReader } from "./fields.ts";

export const COMMAND_RESULT_VERSION = 1;
/** UTF-16 units. With the detail it stays within what a record of this kind may be, whatever the script. */
export const RESULT_WORDS_MAX = 1_000;
export const RESULT_DETAIL_BYTES_MAX = 12 * 1024;

/**
 * `unknown`: the program ended while the command ran; it may have run and is not repeated. `rolled-back`: a configuration was in force
 * and then taken back.
 */
export type CommandOutcome = "done" | "refused" | "expired" | "unknown" | "rolled-back";
const OUTCOMES: readonly (CommandOutcome | null)[] = [null, "done", "refused", "expired", "unknown", "rolled-back"];

export interface CommandResult {
  readonly command: CommandId;
  readonly outcome: CommandOutcome;
  readonly words: string;
  readonly configRevision: number;
  readonly detail: Uint8Array | null;
}

/** Words beyond their bound are cut. Throws for a detail larger than its bound: whoever makes one knows the bound. */
export function encodeCommandResult(result: CommandResult): Uint8Array {
  if (result.detail !== null && result.detail.length > RESULT_DETAIL_BYTES_MAX) throw new Error("the detail of a result is too large");
  return encodePositional([
    uuidToBytes(result.command),
    OUTCOMES.indexOf(result.outcome),
    result.words.slice(0, RESULT_WORDS_MAX),
    ms(result.configRevision),
    result.detail,
  ]);
}

/** Undefined when the bytes are no result, or name an outcome that this release does not know. */
export function decodeCommandResult(fields: Uint8Array): CommandResult | undefined {
  const decoded = decodePositional(fields);
  const reader = new FieldReader(decoded.kind === "ok" ? decoded.value : undefined);
  const command = bytesToUuid<CommandId>(reader.bytes(16));
  const outcome = reader.must(OUTCOMES[reader.count()] ?? undefined, "unknown");
  const words = reader.text(RESULT_WORDS_MAX);
  const configRevision = reader.count();
  return reader.done({ command, outcome, words, configRevision, detail: reader.blobOrNull(RESULT_DETAIL_BYTES_MAX) });
}
