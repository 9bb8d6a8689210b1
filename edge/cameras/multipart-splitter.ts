import { GrowingBytes } from "./growing-bytes.ts";
import { type Delimiter, delimiterAt, needleOf, sniffNeedle } from "./multipart-delimiter.ts";
import { type PartHead, parsePartHead } from "./part-headers.ts";

/**
 * Splits a camera's multipart bytes into parts. Ordinary parsers give a part away only when the next delimiter arrives, which on a
 * camera's stream is the next heartbeat, up to ten seconds later; and they believe either the delimiter or the length. Here:
 *
 * - a part is given away as soon as its Content-Length bytes are there and it looks whole;
 * - the length is believed only if a delimiter follows it (as far as bytes have come); otherwise the part ends at the next delimiter
 *   that begins a line, because firmware sends wrong lengths and JPEG bytes may contain the boundary text;
 * - CRLF or LF, extra line breaks, missing heads, `--` already inside the boundary parameter and a missing closing delimiter are fine.
 */
export interface MultipartLimits {
  readonly partBytesMax: number;
  readonly headBytesMax: number;
  readonly headLinesMax: number;
  readonly partsMax: number;
  readonly totalBytesMax: number;
  /** Bytes before the first delimiter. */
  readonly preambleBytesMax: number;
}

export interface MultipartPart {
  readonly kind: "part";
  readonly head: PartHead;
  readonly body: Uint8Array;
  /** False when the bytes ended inside this part. */
  readonly whole: boolean;
  /** The stated Content-Length was not true. */
  readonly lengthWrong: boolean;
}
export type MultipartRefusalReason = "part-too-large" | "head-too-large" | "too-many-parts" | "too-large" | "no-delimiter";
export interface MultipartRefusal {
  readonly kind: "refused";
  readonly reason: MultipartRefusalReason;
}
export type MultipartItem = MultipartPart | MultipartRefusal;

export interface MultipartSplitter {
  /** Takes bytes, gives the parts they complete; after a refusal always nothing. */
  readonly push: (chunk: Uint8Array) => MultipartItem[];
  /** Nothing came for a while: gives away a part that looks whole although its length or delimiter is missing. */
  readonly quiet: () => MultipartItem[];
  /** The bytes ended: gives away what is left. */
  readonly end: () => MultipartItem[];
}

const LF = 10;
const CR = 13;
const DASH = 45;
const LINE_BREAKS_BEFORE_DELIMITER_MAX = 8;

/** `boundary` as in the header, or null when the header names none: then the first line that begins with `--` is it, else `boundary`. */
export function createMultipartSplitter(boundary: string | null, limits: MultipartLimits): MultipartSplitter {
  const bytes = new GrowingBytes();
  let needle = boundary === null ? null : needleOf(boundary);
  let state: "preamble" | "head" | "body" | "between" | "done" = "preamble";
  let head: PartHead = parsePartHead([]);
  let scannedTo = 0;
  let skipped = 0;
  let total = 0;
  let parts = 0;
  let lengthWrong = false;
  let items: MultipartItem[] = [];

  const refuse = (reason: MultipartRefusalReason): false => {
    items.push({ kind: "refused", reason });
    state = "done";
    bytes.drop(bytes.length);
    return false;
  };

  const take = (bodyEnd: number, next: number, whole: boolean, wrong: boolean): boolean => {
    parts += 1;
    if (parts > limits.partsMax) return refuse("too-many-parts");
    items.push({ kind: "part", head, body: bytes.copy(0, bodyEnd), whole, lengthWrong: wrong });
    bytes.drop(next);
    enter("between");
    return true;
  };

  const enter = (next: "head" | "body" | "between" | "done"): void => {
    state = next;
    scannedTo = 0;
    skipped = 0;
    lengthWrong = false;
  };

  /** The next delimiter that begins a line (or the region). Remembers how far it looked, so that nothing is looked at twice. */
  const findDelimiter = (onlyAfterJpegEnd: boolean): Delimiter | null => {
    const line = needle!;
    for (let from = scannedTo; ; ) {
      const found = bytes.indexOf(line, from);
      if (found === -1) {
        scannedTo = Math.max(scannedTo, bytes.length - line.length + 1, 0);
        return null;
      }
      const begin = found >= 2 && bytes.at(found - 1) === DASH && bytes.at(found - 2) === DASH ? found - 2 : found;
      const anchored = begin === 0 || bytes.at(begin - 1) === LF;
      const delimiter = anchored && (!onlyAfterJpegEnd || endsJpeg(bodyEndBefore(begin))) ? delimiterAt(bytes, needle!, begin) : "other";
      if (delimiter === "not-yet") {
        scannedTo = found;
        return null;
      }
      if (delimiter !== "other") return delimiter;
      from = found + 1;
      scannedTo = from;
    }
  };
  const endsJpeg = (end: number): boolean => bytes.at(end - 2) === 0xff && bytes.at(end - 1) === 0xd9;
  /** The line break before a delimiter belongs to the delimiter. */
  const bodyEndBefore = (delimiterStart: number): number => {
    let end = delimiterStart;
    if (end > 0 && bytes.at(end - 1) === LF) end -= 1;
    if (end > 0 && end < delimiterStart && bytes.at(end - 1) === CR) end -= 1;
    return end;
  };

  const follows = (position: number): "delimiter" | "other" | "not-yet" => {
    let at = position;
    while (at - position < LINE_BREAKS_BEFORE_DELIMITER_MAX && (bytes.at(at) === CR || bytes.at(at) === LF)) at += 1;
    if (bytes.at(at) === -1) return "not-yet";
    const delimiter = delimiterAt(bytes, needle!, at);
    return typeof delimiter === "string" ? delimiter : "delimiter";
  };

  const isText = (): boolean => bytes.at(0) === 0x3c || bytes.at(0) === 0x7b || /xml|json|text/i.test(head.contentType);
  const isPicture = (): boolean => bytes.at(0) === 0xff && bytes.at(1) === 0xd8;
  /** JPEG with its end marker, or text whose last tag closes its first. */
  const looksWhole = (end: number): boolean => {
    if (end === 0) return false;
    if (isPicture()) return endsJpeg(end);
    const tail = bytes.text(Math.max(0, end - 200), end).trimEnd();
    const closed = /<\/([^<>\s]+)\s*>$/.exec(tail)?.[1];
    return (
      closed !== undefined && new RegExp(`^[^<]*(?:<[?!][^>]*>[^<]*)*<${closed.replace(/[^\w:.-]/g, ".")}[\\s>]`).test(bytes.text(0, 1000))
    );
  };

  const stepBetween = (): boolean => {
    needle ??= sniffNeedle(bytes);
    if (needle === null) return false;
    const delimiter = findDelimiter(false);
    if (delimiter !== null) {
      bytes.drop(delimiter.after);
      enter(delimiter.closing ? "between" : "head");
      return true;
    }
    // Keep one byte before the place to look from: a delimiter must begin a line, and the line break may be that byte.
    const keepFrom = Math.max(0, scannedTo - 3);
    skipped += keepFrom;
    bytes.drop(keepFrom);
    scannedTo -= keepFrom;
    if (skipped > (state === "preamble" ? limits.preambleBytesMax : limits.partBytesMax)) refuse("no-delimiter");
    return false;
  };
  const stepHead = (): boolean => {
    let at = 0;
    while (bytes.at(at) === CR || bytes.at(at) === LF) at += 1;
    if (at > limits.headBytesMax) return refuse("head-too-large");
    if (bytes.at(at) === -1) return false;
    const lines: string[] = [];
    for (let line = at; ; ) {
      // A body without a head, or a head without the empty line after it.
      const first = bytes.at(line);
      if (first === 0x3c || first === 0xff || first === 0xef || first === 0x7b) return beginBody(lines, line);
      if (first === DASH) {
        const delimiter = delimiterAt(bytes, needle!, line);
        if (delimiter === "not-yet") return false;
        if (delimiter !== "other") {
          bytes.drop(delimiter.after);
          enter(delimiter.closing ? "between" : "head");
          return true;
        }
      }
      const lineEnd = bytes.indexOf(LF, line);
      if (lineEnd === -1 ? bytes.length - at > limits.headBytesMax : lineEnd - at > limits.headBytesMax) return refuse("head-too-large");
      if (lineEnd === -1) return false;
      const text = bytes.text(line, lineEnd).replace(/\r$/, "");
      if (text === "") return beginBody(lines, lineEnd + 1);
      lines.push(text);
      if (lines.length > limits.headLinesMax) return refuse("head-too-large");
      line = lineEnd + 1;
    }
  };
  const beginBody = (lines: readonly string[], at: number): boolean => {
    head = parsePartHead(lines);
    bytes.drop(at);
    enter("body");
    return true;
  };

  const stepBody = (): boolean => {
    const length = head.contentLength;
    if (length !== null && length > limits.partBytesMax) return refuse("part-too-large");
    if (length !== null && !lengthWrong && bytes.length >= length) {
      const next = follows(length);
      if (next === "delimiter") return take(length, length, true, false);
      if (next === "other") {
        lengthWrong = true;
        scannedTo = 0;
      } else if (looksWhole(length) && (isPicture() || findDelimiter(false) === null)) return take(length, length, true, false);
    }
    // A picture may contain the boundary text even at a line start: before its stated length only a delimiter after its end marker counts.
    const trustLength = length !== null && !lengthWrong && !isText();
    const delimiter = findDelimiter(trustLength);
    if (delimiter !== null) return take(bodyEndBefore(delimiter.at), delimiter.at, true, length !== null);
    if (bytes.length > limits.partBytesMax) refuse("part-too-large");
    return false;
  };

  const run = (): MultipartItem[] => {
    for (let again = true; again && state !== "done"; ) {
      if (state === "head") again = stepHead();
      else if (state === "body") again = stepBody();
      else again = stepBetween();
    }
    const ready = items;
    items = [];
    return ready;
  };

  return {
    push: (chunk) => {
      if (state === "done") return [];
      total += chunk.length;
      if (total > limits.totalBytesMax) {
        refuse("too-large");
        return run();
      }
      bytes.append(chunk);
      return run();
    },
    quiet: () => {
      if (state !== "body" || bytes.length === 0) return [];
      const length = head.contentLength;
      const enough = length !== null && !lengthWrong && bytes.length >= length;
      if (enough) take(length, length, true, false);
      else if (looksWhole(bytes.length)) take(bytes.length, bytes.length, true, length !== null);
      return run();
    },
    end: () => {
      if (state === "body" && bytes.length > 0) {
        const length = head.contentLength;
        const enough = length !== null && bytes.length >= length && !lengthWrong;
        const end = enough ? length : bytes.length;
        take(end, bytes.length, enough || looksWhole(end), !enough && length !== null);
      }
      const left = run();
      state = "done";
      return left;
    },
  };
}
