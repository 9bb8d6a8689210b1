/**
 * Arrays in PostgreSQL's binary form (src/backend/utils/adt/arrayfuncs.c, array_recv), as parameters of `unnest`. The drivers would
 * write them as text: a bytea as doubled hex inside an escaped literal, parsed again by the server, which costs more than the insert
 * of a short row. A parameter that is bytes is sent as binary by both `pg` and PGlite; the statement names the type (`$1::uuid[]`).
 *
 *   int32 dimensions (1, or 0 when empty) · int32 has nulls · int32 element type · int32 count · int32 lower bound · then for each
 *   element int32 length (-1 for null) and its bytes
 */
const TYPES = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  float4: 700,
  float8: 701,
  date: 1082,
  timestamptz: 1184,
  uuid: 2950,
};
type ElementType = keyof typeof TYPES;
const HEADER_BYTES = 20;
/** 2000-01-01 in ms UTC: what PostgreSQL counts from. */
const EPOCH_MS = 946_684_800_000;
const DAY_MS = 86_400_000;

export type Nullable<T> = readonly (T | null)[];

export const uuidArray = (values: Nullable<string>): Buffer =>
  fixedArray("uuid", 16, values, (bytes, at, value) => bytes.write(value.replaceAll("-", ""), at, 16, "hex"));
export const int8Array = (values: Nullable<number>): Buffer =>
  fixedArray("int8", 8, values, (bytes, at, value) => writeInt8(bytes, at, value));
export const int4Array = (values: Nullable<number>): Buffer =>
  fixedArray("int4", 4, values, (bytes, at, value) => bytes.writeInt32BE(value, at));
export const int2Array = (values: Nullable<number>): Buffer =>
  fixedArray("int2", 2, values, (bytes, at, value) => bytes.writeInt16BE(value, at));
export const float4Array = (values: Nullable<number>): Buffer =>
  fixedArray("float4", 4, values, (bytes, at, value) => bytes.writeFloatBE(value, at));
export const float8Array = (values: Nullable<number>): Buffer =>
  fixedArray("float8", 8, values, (bytes, at, value) => bytes.writeDoubleBE(value, at));
export const boolArray = (values: Nullable<boolean>): Buffer =>
  fixedArray("bool", 1, values, (bytes, at, value) => bytes.writeUInt8(value ? 1 : 0, at));
/** Times in ms UTC. */
export const timestamptzArray = (values: Nullable<number>): Buffer =>
  fixedArray("timestamptz", 8, values, (bytes, at, value) => writeInt8(bytes, at, (value - EPOCH_MS) * 1000));
/** "YYYY-MM-DD". */
export const dateArray = (values: Nullable<string>): Buffer =>
  fixedArray("date", 4, values, (bytes, at, value) => bytes.writeInt32BE((Date.parse(value) - EPOCH_MS) / DAY_MS, at));
export const byteaArray = (values: Nullable<Uint8Array>): Buffer => variableArray("bytea", values);

export function textArray(values: Nullable<string>): Buffer {
  let size = HEADER_BYTES;
  let hasNulls = false;
  for (const value of values) {
    if (value === null) hasNulls = true;
    size += 4 + (value === null ? 0 : Buffer.byteLength(value));
  }
  const bytes = startArray("text", values.length, hasNulls, size);
  let at = HEADER_BYTES;
  for (const value of values) {
    const length = value === null ? -1 : bytes.write(value, at + 4);
    bytes.writeInt32BE(length, at);
    at += 4 + Math.max(0, length);
  }
  return bytes;
}

/** As the float8 of both halves is exact below 2^53, this is far cheaper than a BigInt each. */
function writeInt8(bytes: Buffer, at: number, value: number): void {
  if (!Number.isSafeInteger(value)) throw new RangeError("not a whole number below 2^53");
  const high = Math.floor(value / 0x1_0000_0000);
  bytes.writeInt32BE(high, at);
  bytes.writeUInt32BE(value - high * 0x1_0000_0000, at + 4);
}

function fixedArray<T>(
  type: ElementType,
  width: number,
  values: Nullable<T>,
  write: (bytes: Buffer, at: number, value: T) => void,
): Buffer {
  let size = HEADER_BYTES;
  let hasNulls = false;
  for (const value of values) {
    if (value === null) hasNulls = true;
    size += value === null ? 4 : 4 + width;
  }
  const bytes = startArray(type, values.length, hasNulls, size);
  let at = HEADER_BYTES;
  for (const value of values) {
    bytes.writeInt32BE(value === null ? -1 : width, at);
    at += 4;
    if (value === null) continue;
    write(bytes, at, value);
    at += width;
  }
  return bytes;
}

function variableArray(type: ElementType, values: Nullable<Uint8Array>): Buffer {
  let size = HEADER_BYTES;
  let hasNulls = false;
  for (const value of values) {
    if (value === null) hasNulls = true;
    size += 4 + (value?.length ?? 0);
  }
  const bytes = startArray(type, values.length, hasNulls, size);
  let at = HEADER_BYTES;
  for (const value of values) {
    bytes.writeInt32BE(value === null ? -1 : value.length, at);
    at += 4;
    if (value === null) continue;
    bytes.set(value, at);
    at += value.length;
  }
  return bytes;
}

function startArray(type: ElementType, count: number, hasNulls: boolean, size: number): Buffer {
  if (count === 0) {
    const empty = Buffer.alloc(12);
    empty.writeInt32BE(TYPES[type], 8);
    return empty;
  }
  const bytes = Buffer.allocUnsafe(size);
  bytes.writeInt32BE(1, 0);
  bytes.writeInt32BE(hasNulls ? 1 : 0, 4);
  bytes.writeInt32BE(TYPES[type], 8);
  bytes.writeInt32BE(count, 12);
  bytes.writeInt32BE(1, 16);
  return bytes;
}
