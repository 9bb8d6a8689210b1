import { bytesToHex, bytesToUuid, type ListId, type Rid, uuidToBytes } from "../model/ids.ts";
import { type HeldList, type ListState, parseSnapshotRows, snapshotRows } from "./list-state.ts";

/**
 * A snapshot of a list's feed part, as one file that is named by its SHA-256: "alpr-snapshot-1" in ASCII || list (16 bytes) || number of
 * rids (4 bytes, big end first) || the rids (16 bytes each, ascending) || number of rows || each row's length and bytes (canonical entry
 * bytes, by entry id). Nothing after. Equal lists give equal files, so a snapshot that is made twice is stored once.
 *
 * The rids are ops that the snapshot holds though they may no longer show in it: central names the newest ones, and an edge takes its own
 * among them out of the overlay.
 */
const MAGIC = new TextEncoder().encode("alpr-snapshot-1");
const ID_BYTES = 16;
/** Most rids named: the ops of the busiest list in some months. */
export const SNAPSHOT_RIDS_MAX = 65_536;

export interface DecodedSnapshot {
  readonly list: ListId;
  /** With its checksum, computed from the rows. */
  readonly state: HeldList;
  readonly included: ReadonlySet<Rid>;
}

/** `included`: at most `SNAPSHOT_RIDS_MAX`; more is a bug and throws. */
export function encodeSnapshot(state: ListState, included: Iterable<Rid> = []): Uint8Array {
  return joinSnapshot(state.list, snapshotRows(state), included);
}

/** `rows`: canonical bytes of the entries, by entry id. */
export function joinSnapshot(list: ListId, rows: readonly Uint8Array[], included: Iterable<Rid>): Uint8Array {
  const rids = [...new Set(included)].sort();
  if (rids.length > SNAPSHOT_RIDS_MAX) throw new Error("a snapshot names too many ops");
  const size = MAGIC.length + ID_BYTES + 4 + rids.length * ID_BYTES + 4 + rows.reduce((sum, row) => sum + 4 + row.length, 0);
  const writer = new BytesWriter(size);
  writer.bytes(MAGIC);
  writer.bytes(uuidToBytes(list));
  writer.count(rids.length);
  for (const rid of rids) writer.bytes(uuidToBytes(rid));
  writer.count(rows.length);
  for (const row of rows) {
    writer.count(row.length);
    writer.bytes(row);
  }
  return writer.done();
}

/** A snapshot whose rows are read one by one: a list of 100,000 entries takes a second, and a car must not wait for it. */
export interface OpenSnapshot {
  readonly list: ListId;
  readonly included: ReadonlySet<Rid>;
  /** Canonical bytes of each entry, by entry id. Throws where the file is cut short or goes on after its end. */
  readonly rows: Generator<Uint8Array, void>;
}

/** Bytes that are read from their beginning to their end, wherever they lie. `read` may throw; `to` is never beyond `length`. */
export interface BytesAt {
  readonly length: number;
  readonly read: (from: number, to: number) => Uint8Array;
}

/** Null for what does not begin like a snapshot, or cannot be read. */
export function openSnapshot(bytes: Uint8Array | BytesAt): OpenSnapshot | null {
  try {
    const reader = new BytesReader(bytes instanceof Uint8Array ? bytesHeld(bytes) : bytes);
    if (bytesToHex(reader.bytes(MAGIC.length)) !== bytesToHex(MAGIC)) return null;
    const list = bytesToUuid<ListId>(reader.bytes(ID_BYTES));
    const rids = reader.many(SNAPSHOT_RIDS_MAX, () => bytesToUuid<Rid>(reader.bytes(ID_BYTES)));
    return isAscending(rids) ? { list, included: new Set(rids), rows: readRows(reader) } : null;
  } catch {
    return null;
  }
}

function* readRows(reader: BytesReader): Generator<Uint8Array, void> {
  const count = reader.count();
  for (let at = 0; at < count; at++) yield reader.bytes(reader.count());
  if (!reader.isAtEnd()) throw new Error("bytes after the last row");
}

/** Null for anything that `encodeSnapshot` would not have written. */
export function decodeSnapshot(bytes: Uint8Array): DecodedSnapshot | null {
  const opened = openSnapshot(bytes);
  if (opened === null) return null;
  try {
    const { list, included, rows } = opened;
    const state = parseSnapshotRows(list, rows);
    return state === null || !isAscending([...state.entries.keys()]) ? null : { list, state, included };
  } catch {
    return null;
  }
}

class BytesWriter {
  readonly #all: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(size: number) {
    this.#all = new Uint8Array(size);
    this.#view = new DataView(this.#all.buffer);
  }

  bytes(part: Uint8Array): void {
    this.#all.set(part, this.#at);
    this.#at += part.length;
  }

  count(count: number): void {
    this.#view.setUint32(this.#at, count);
    this.#at += 4;
  }

  done(): Uint8Array {
    if (this.#at !== this.#all.length) throw new Error("the size of a snapshot was counted wrong");
    return this.#all;
  }
}

const bytesHeld = (bytes: Uint8Array): BytesAt => ({ length: bytes.length, read: (from, to) => bytes.subarray(from, to) });

class BytesReader {
  readonly #all: BytesAt;
  #at = 0;

  constructor(all: BytesAt) {
    this.#all = all;
  }

  bytes(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#all.length) throw new Error("cut short");
    const part = this.#all.read(this.#at, end);
    this.#at = end;
    return part;
  }

  count(): number {
    const four = this.bytes(4);
    return new DataView(four.buffer, four.byteOffset, 4).getUint32(0);
  }

  many<T>(most: number, read: () => T): T[] {
    const count = this.count();
    if (count > most) throw new Error("too many");
    const items: T[] = [];
    for (let at = 0; at < count; at++) items.push(read());
    return items;
  }

  isAtEnd(): boolean {
    return this.#at === this.#all.length;
  }
}

function isAscending(texts: readonly string[]): boolean {
  return texts.every((text, at) => at === 0 || texts[at - 1]! < text);
}
