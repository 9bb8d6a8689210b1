import type { GrowingBytes } from "./growing-bytes.ts";

export interface Delimiter {
  /** First byte of the delimiter line. */
  readonly at: number;
  /** First byte after it. */
  readonly after: number;
  readonly closing: boolean;
}

const LF = 10;
const CR = 13;
const DASH = 45;
const SPACES_AFTER_DELIMITER_MAX = 16;
const FIRST_LINE_BYTES_MAX = 256;
const FALLBACK_BOUNDARY = "boundary";

/** The text every delimiter line of this boundary contains: the parameter with two dashes before it, or itself if it has them. */
export function needleOf(boundary: string): Uint8Array {
  return Buffer.from(boundary.startsWith("--") ? boundary : `--${boundary}`, "latin1");
}

/** For a header without boundary: the first line if it begins with `--`, else `--boundary`; null while too few bytes are there. */
export function sniffNeedle(bytes: GrowingBytes): Uint8Array | null {
  let at = 0;
  while (at < FIRST_LINE_BYTES_MAX && (bytes.at(at) === CR || bytes.at(at) === LF)) at += 1;
  const lineEnd = bytes.indexOf(LF, at);
  if (lineEnd === -1 && bytes.length - at < FIRST_LINE_BYTES_MAX) return null;
  const line = bytes.text(at, lineEnd === -1 ? at + FIRST_LINE_BYTES_MAX : lineEnd).trimEnd();
  return needleOf(/^--[\x21-\x7e]{1,200}$/.test(line) ? line : FALLBACK_BOUNDARY);
}

/** What stands at `position`: a delimiter line, something else, or too few bytes to say. The caller has seen that a line begins there. */
export function delimiterAt(bytes: GrowingBytes, needle: Uint8Array, position: number): Delimiter | "other" | "not-yet" {
  // Two dashes more when the parameter already began with two: the standard's way. Other firmware means the parameter as the whole line.
  const led = bytes.at(position) === DASH && bytes.at(position + 1) === DASH && agrees(bytes, needle, position + 2) === "all";
  const at = led ? position + 2 : position;
  if (agrees(bytes, needle, at) !== "all") return couldBecome(bytes, needle, position) ? "not-yet" : "other";
  let after = at + needle.length;
  if (bytes.at(after) === DASH && bytes.at(after + 1) === DASH) return { at: position, after: after + 2, closing: true };
  if (bytes.at(after) === DASH && bytes.at(after + 1) === -1) return "not-yet";
  const spacesEnd = after + SPACES_AFTER_DELIMITER_MAX;
  while (after < spacesEnd && (bytes.at(after) === 0x20 || bytes.at(after) === 0x09)) after += 1;
  if (bytes.at(after) === CR) after += 1;
  if (bytes.at(after) === LF) return { at: position, after: after + 1, closing: false };
  return bytes.at(after) === -1 ? "not-yet" : "other";
}

function agrees(bytes: GrowingBytes, needle: Uint8Array, position: number): "all" | "so-far" | "not" {
  for (let at = 0; at < needle.length; at++) {
    const byte = bytes.at(position + at);
    if (byte === -1) return "so-far";
    if (byte !== needle[at]) return "not";
  }
  return "all";
}

/** The bytes that are there agree with a delimiter that is still coming. */
function couldBecome(bytes: GrowingBytes, needle: Uint8Array, position: number): boolean {
  if (agrees(bytes, needle, position) === "so-far") return true;
  const dashes = [0, 1].every((at) => bytes.at(position + at) === -1 || bytes.at(position + at) === DASH);
  return dashes && agrees(bytes, needle, position + 2) === "so-far";
}
