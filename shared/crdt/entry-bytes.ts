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

function joinTexts(texts: readonly string[]): Uint8Array {
  const parts = texts.map((text) => encoder.encode(text));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length);
    bytes.set(part, at + 4);
    at += 4 + part.length;
  }
  return bytes;
}

function splitTexts(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + view.getUint32(at);
    if (end > bytes.length) throw new Error("cut short");
    texts.push(decoder.decode(bytes.subarray(at + 4, end)));
    at = end;
  }
  return texts;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function required<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("missing");
  return value;
}
