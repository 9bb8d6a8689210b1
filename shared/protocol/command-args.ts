/**
 * Arguments of the commands, by kind; a new kind is a new name, fields are only appended:
 *   report-now   no bytes: a heartbeat at once, and the state of the site in the result
 *   set-config   0 revision  1 SHA-256 of the text (32)  2 YAML as UTF-8, at most 16 KiB
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { FieldReader } from "../log/payloads/fields.ts";
import { decodePositional, encodePositional, ms } from "../log/positional.ts";
import { sameBytes } from "../log/record.ts";
import { CONFIG_BYTES_MAX } from "./limits.ts";

export const COMMAND_KINDS = ["report-now", "set-config"] as const;
export type CommandKind = (typeof COMMAND_KINDS)[number];

/** The kind of that name; undefined for one of a later release. */
export function commandKindOf(name: string): CommandKind | undefined {
  return COMMAND_KINDS.find((kind) => kind === name);
}

export interface SetConfigArgs {
  readonly revision: number;
  readonly yaml: string;
}

/** Throws for a text beyond 16 KiB. */
export function encodeSetConfig({ revision, yaml }: SetConfigArgs): Uint8Array {
  const text = new TextEncoder().encode(yaml);
  if (text.length > CONFIG_BYTES_MAX) throw new Error(`a configuration of ${text.length} bytes`);
  return encodePositional([ms(revision), sha256(text), text]);
}

/** Undefined when the bytes are no such arguments, the text is not UTF-8, or it does not match its digest. */
export function decodeSetConfig(args: Uint8Array): SetConfigArgs | undefined {
  const decoded = decodePositional(args);
  const reader = new FieldReader(decoded.kind === "ok" ? decoded.value : undefined);
  const revision = reader.count();
  const digest = reader.bytes(32);
  const text = reader.blob(CONFIG_BYTES_MAX);
  const yaml = textOf(text);
  reader.must(yaml !== undefined && revision > 0 && sameBytes(digest, sha256(text)) ? true : undefined, false);
  return reader.done({ revision, yaml: yaml ?? "" });
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
