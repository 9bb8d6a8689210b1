/**
 * Fields of `entry-op` version 1, and the same positions inside a feed:
 *   0 list (16)  1 entry (16)  2 causal length  3 fields set [[number, value]]  4 hlc (8 bytes)  5 reason  6 author
 * Values are text, bool, or a whole number (ms as uint64).
 */
import { bytesToHex, bytesToUuid, type EntryId, type Hlc, hexToBytes, type ListId, type Rid, uuidToBytes } from "../../model/ids.ts";
import { ENTRY_FIELDS, type EntryField, type EntryOp, type FieldValue } from "../../model/watchlist.ts";
import { decodePositional, encodePositional, ms, type Positional } from "../positional.ts";
import { FieldReader } from "./fields.ts";

export const ENTRY_OP_VERSION = 1;
const TEXT_MAX = 2_000;
/** As many as one edit may set (`FIELDS_MAX` of an entry op). */
const SET_MAX = 32;
const FIELD_BY_NUMBER = new Map<number, EntryField>(Object.entries(ENTRY_FIELDS).map(([name, number]) => [number, name as EntryField]));

/** Throws for what no reader would take: callers refuse it in words before (`entryOp`). */
export function entryOpFields(op: EntryOp): Positional[] {
  if (op.author.length > TEXT_MAX || op.reason.length > TEXT_MAX || op.set.length > SET_MAX) throw new Error("an entry op out of bounds");
  return [
    uuidToBytes(op.list),
    uuidToBytes(op.entry),
    op.causalLength,
    op.set.map(([field, value]) => [ENTRY_FIELDS[field], typeof value === "number" ? ms(value) : value]),
    hexToBytes(op.hlc),
    op.reason,
    op.author,
  ];
}

export function encodeEntryOp(op: EntryOp): Uint8Array {
  return encodePositional(entryOpFields(op));
}

export function decodeEntryOp(rid: Rid, fields: Uint8Array): EntryOp | undefined {
  const decoded = decodePositional(fields);
  const reader = new FieldReader(decoded.kind === "ok" ? decoded.value : undefined);
  return reader.done(readEntryOp(rid, reader));
}

/** Reads the seven fields from where the reader stands. Fields that this release does not know are left out of `set`. */
export function readEntryOp(rid: Rid, reader: FieldReader): EntryOp {
  const list = bytesToUuid<ListId>(reader.bytes(16));
  const entry = bytesToUuid<EntryId>(reader.bytes(16));
  const causalLength = reader.count();
  const pairs = reader.list(SET_MAX, (one) => [FIELD_BY_NUMBER.get(one.count()), readValue(one)] as const);
  const set = pairs.filter((pair): pair is readonly [EntryField, FieldValue] => pair[0] !== undefined);
  const hlc = bytesToHex(reader.bytes(8)) as Hlc;
  return { rid, list, entry, causalLength, set, hlc, reason: reader.text(TEXT_MAX), author: reader.text(TEXT_MAX) };
}

function readValue(reader: FieldReader): FieldValue {
  const value = reader.any();
  const sound =
    typeof value === "boolean" ||
    (typeof value === "number" && Number.isSafeInteger(value)) ||
    (typeof value === "string" && value.length <= TEXT_MAX);
  return reader.must(sound ? (value as FieldValue) : undefined, "");
}
