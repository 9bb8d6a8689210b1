import { parseHlc } from "../clock/hlc.ts";
import { type EntryId, type Hlc, parseUuid, type Rid } from "../model/ids.ts";
import { ENTRY_FIELDS, type FieldValue } from "../model/watchlist.ts";
import type { Authored, Cell, CellField, EntryState, ExceptPlate, Note, Stamp } from "./entry-state.ts";
import { compareStamps } from "./entry-state.ts";

/**
 * Canonical bytes of an entry: equal states, equal bytes. They are what checksums are made of and the rows of a snapshot, so they do
 * not depend on any codec library: a series of texts, each UTF-8 after its length as 4 bytes, big end first.
 *
 * Texts: "alpr-entry-1", id, causal length, number of stamps, each stamp's hlc and rid (ascending, each once); then, stamps named by
 * their position (empty = none): presence, last edit, added length, added by whom, its stamp, changed by whom, its stamp; number of
 * fields, each: number, value ("s" text, "n" integer, "b1", "b0"), stamp; number of notes, each: text, stamp; number of excepted
 * plates, each: plate, stamp.
 */
const DOMAIN = "alpr-entry-1";
/** Longest canonical form that is read; a full entry with every note stays far below. */
export const ENTRY_BYTES_MAX = 1 << 20;

const FIELD_OF: ReadonlyMap<number, string> = new Map(Object.entries(ENTRY_FIELDS).map(([name, number]) => [number, name]));
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function entryBytes(state: EntryState): Uint8Array {
  const stamps = distinctStamps(state);
  const positions = new Map(stamps.map((stamp, position) => [stamp.hlc + stamp.rid, String(position)]));
  const at = (stamp: Stamp | null | undefined): string =>
    stamp === null || stamp === undefined ? "" : positions.get(stamp.hlc + stamp.rid)!;
  const texts = [DOMAIN, state.id, String(state.causalLength), String(stamps.length)];
  for (const stamp of stamps) texts.push(stamp.hlc, stamp.rid);
  texts.push(at(state.presence), at(state.lastEdit), String(state.addedLength));
  texts.push(state.added?.author ?? "", at(state.added?.stamp), state.changed?.author ?? "", at(state.changed?.stamp));
  texts.push(String(state.cells.length));
  for (const cell of state.cells) texts.push(String(ENTRY_FIELDS[cell.field]), valueText(cell.value), at(cell.stamp));
  texts.push(String(state.notes.length));
  for (const note of state.notes) texts.push(note.text, at(note.stamp));
  texts.push(String(state.exceptPlates.length));
  for (const except of state.exceptPlates) texts.push(except.plate, at(except.stamp));
  return joinTexts(texts);
}

/** Canonical bytes back to the state; null for anything that is not exactly such bytes. */
export function parseEntryBytes(bytes: Uint8Array): EntryState | null {
  if (bytes.length > ENTRY_BYTES_MAX) return null;
  try {
    const state = readEntry(new TextReader(splitTexts(bytes)));
    // Another order, a stamp too many, "01" for "1": whatever is not what we would write would break equal-states-equal-bytes.
    return sameBytes(entryBytes(state), bytes) ? state : null;
  } catch {
    return null;
  }
}

function readEntry(texts: TextReader): EntryState {
  if (texts.text() !== DOMAIN) throw new Error("not an entry");
  const id = required(parseUuid<EntryId>(texts.text()));
  const causalLength = texts.count();
  const stamps = texts.many((): Stamp => ({ hlc: required(parseHlc(texts.text())) as Hlc, rid: required(parseUuid<Rid>(texts.text())) }));
  const stamp = (): Stamp => required(stamps[texts.count()]);
  const maybeStamp = (): Stamp | null => (texts.isEmpty() ? null : stamp());
  const authored = (): Authored | null => {
    const author = texts.text();
    const made = maybeStamp();
    return made === null ? null : { author, stamp: made };
  };
  return {
    id,
    causalLength,
    presence: maybeStamp(),
    lastEdit: maybeStamp(),
    addedLength: texts.count(),
    added: authored(),
    changed: authored(),
    cells: texts.many((): Cell => ({ field: cellField(texts.count()), value: parseValue(texts.text()), stamp: stamp() })),
    notes: texts.many((): Note => ({ text: texts.text(), stamp: stamp() })),
    exceptPlates: texts.many((): ExceptPlate => ({ plate: texts.text(), stamp: stamp() })),
  };
}

class TextReader {
  readonly #texts: readonly string[];
  #at = 0;

  constructor(texts: readonly string[]) {
    this.#texts = texts;
  }

  text(): string {
    return required(this.#texts[this.#at++]);
  }

  /** Skips an empty text and says so. */
  isEmpty(): boolean {
    if (this.#texts[this.#at] !== "") return false;
    this.#at++;
    return true;
  }

  count(): number {
    const text = this.text();
    if (!/^\d{1,15}$/.test(text)) throw new Error("not a count");
    return Number(text);
  }

  many<T>(read: () => T): T[] {
    const count = this.count();
    if (count > this.#texts.length) throw new Error("more items than texts");
    return Array.from({ length: count }, read);
  }
}

function distinctStamps(state: EntryState): Stamp[] {
  const all = [state.presence, state.lastEdit, state.added?.stamp, state.changed?.stamp];
  for (const part of [state.cells, state.notes, state.exceptPlates]) for (const item of part) all.push(item.stamp);
  const sorted = all.filter((stamp): stamp is Stamp => stamp !== null && stamp !== undefined).sort(compareStamps);
  return sorted.filter((stamp, at) => at === 0 || compareStamps(sorted[at - 1]!, stamp) !== 0);
}

function valueText(value: FieldValue): string {
  if (typeof value === "boolean") return value ? "b1" : "b0";
  return typeof value === "number" ? `n${value}` : `s${value}`;
}

function parseValue(text: string): FieldValue {
  if (text === "b1" || text === "b0") return text === "b1";
  if (/^n-?\d{1,16}$/.test(text)) return Number(text.slice(1));
  if (text.startsWith("s")) return text.slice(1);
  throw new Error("not a value");
}

function cellField(number: number): CellField {
  const name = required(FIELD_OF.get(number));
  if (name === "note" || name === "exceptPlate") throw new Error("not a field of its own");
  return name as CellField;
}

/** One text after another into one buffer that is kept: a list of 100,000 entries is millions of short, mostly ASCII texts. */
let buffer = new Uint8Array(4096);

function joinTexts(texts: readonly string[]): Uint8Array {
  let at = 0;
  for (const text of texts) {
    // A UTF-16 unit takes 3 bytes at most.
    if (at + 4 + text.length * 3 > buffer.length) buffer = grown(buffer, at + 4 + text.length * 3);
    const length = writeText(buffer, at + 4, text);
    buffer[at] = length >>> 24;
    buffer[at + 1] = length >>> 16;
    buffer[at + 2] = length >>> 8;
    buffer[at + 3] = length;
    at += 4 + length;
  }
  return buffer.slice(0, at);
}

function writeText(into: Uint8Array, at: number, text: string): number {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0x80) return encoder.encodeInto(text, into.subarray(at)).written;
    into[at + index] = code;
  }
  return text.length;
}

function grown(from: Uint8Array, least: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(least, from.length * 2));
  larger.set(from);
  return larger;
}

function splitTexts(bytes: Uint8Array): string[] {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) throw new Error("cut short");
    const length = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
    const end = at + 4 + length;
    if (end > bytes.length) throw new Error("cut short");
    texts.push(readText(bytes, at + 4, end));
    at = end;
  }
  return texts;
}

function readText(bytes: Uint8Array, from: number, to: number): string {
  const part = bytes.subarray(from, to);
  // Starting the decoder costs more than a short ASCII text does.
  if (part.length > 64 || part.some((byte) => byte >= 0x80)) return decoder.decode(part);
  return String.fromCharCode.apply(null, part as unknown as number[]);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

function required<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("missing");
  return value;
}
