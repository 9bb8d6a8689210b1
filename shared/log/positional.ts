/**
 * The byte form of everything signed, stored or sent: msgpack (https://github.com/msgpack/msgpack/blob/master/spec.md) restricted to
 * nil, bool, integers, float64, str, bin and array. No maps, no extension types.
 *
 * Why an encoder of our own: signed bytes must never depend on a library's choices. msgpackr writes a whole number above 2^32 as a
 * float64 and a BigInt as int64; here a BigInt is always uint64, so that a time in milliseconds has one form for ever (golden/ shows it).
 * Decoding is msgpackr's, behind a bounds check, because that is where speed pays and where no byte is decided.
 */
import { Unpackr } from "msgpackr";

export type Positional = null | boolean | number | bigint | string | Uint8Array | readonly Positional[];

/** More arrays inside one another than this are refused, on the way out and on the way in. */
export const DEPTH_MAX = 16;

const utf8 = new TextEncoder();
const scratchFloat = new DataView(new ArrayBuffer(8));

class Writer {
  bytes = new Uint8Array(1024);
  length = 0;

  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  /** One leading byte and `width` bytes of `value`, big endian. */
  head(lead: number, value: number, width: 1 | 2 | 4): void {
    this.reserve(1 + width);
    this.bytes[this.length++] = lead;
    for (let shift = (width - 1) * 8; shift >= 0; shift -= 8) this.bytes[this.length++] = (value >>> shift) & 0xff;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  raw(chunk: Uint8Array): void {
    this.reserve(chunk.length);
    this.bytes.set(chunk, this.length);
    this.length += chunk.length;
  }
}

/** Encodes one value. A BigInt becomes uint64 (refused when negative or over 2^64-1); a whole number below 2^53 must lie in -2^31..2^32-1. */
export function encodePositional(value: Positional): Uint8Array {
  const writer = new Writer();
  writeValue(writer, value, 0);
  return writer.bytes.slice(0, writer.length);
}

/** A time in milliseconds, ready to be encoded as uint64; times before 1970 do not exist here and become 0. */
export function ms(value: number): bigint {
  return BigInt(Math.max(0, Math.round(value)));
}

/** As `ms`, keeping null. */
export function msOrNull(value: number | null): bigint | null {
  return value === null ? null : ms(value);
}

function writeValue(writer: Writer, value: Positional, depth: number): void {
  if (value === null) writer.byte(0xc0);
  else if (value === false) writer.byte(0xc2);
  else if (value === true) writer.byte(0xc3);
  else if (typeof value === "number") writeNumber(writer, value);
  else if (typeof value === "bigint") writeUint64(writer, value);
  else if (typeof value === "string") writeText(writer, value);
  else if (value instanceof Uint8Array) writeBytes(writer, value);
  else if (Array.isArray(value)) writeArray(writer, value, depth);
  else throw new Error(`cannot encode ${typeof value}: only positional values have a byte form`);
}

function writeNumber(writer: Writer, value: number): void {
  // Beyond 2^53 a number is no count and no time any more, only a measure: 1e300 km/h has the form of 0.5.
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) writeFloat(writer, value);
  else if (value >= 0) {
    if (value < 0x80) writer.byte(value);
    else if (value < 0x100) writer.head(0xcc, value, 1);
    else if (value < 0x10000) writer.head(0xcd, value, 2);
    else if (value < 0x100000000) writer.head(0xce, value, 4);
    else throw new RangeError("a whole number above 2^32 must be given as BigInt");
  } else if (value >= -0x20) writer.byte(value & 0xff);
  else if (value >= -0x80) writer.head(0xd0, value & 0xff, 1);
  else if (value >= -0x8000) writer.head(0xd1, value & 0xffff, 2);
  else if (value >= -0x80000000) writer.head(0xd2, value, 4);
  else throw new RangeError("a whole number below -2^31 has no byte form here");
}

function writeFloat(writer: Writer, value: number): void {
  if (!Number.isFinite(value)) throw new Error("NaN and infinity have no byte form here");
  scratchFloat.setFloat64(0, value);
  writer.byte(0xcb);
  writer.raw(new Uint8Array(scratchFloat.buffer));
}

function writeUint64(writer: Writer, value: bigint): void {
  if (value < 0n || value > 0xffffffffffffffffn) throw new Error("out of range for uint64");
  scratchFloat.setBigUint64(0, value);
  writer.byte(0xcf);
  writer.raw(new Uint8Array(scratchFloat.buffer));
}

function writeText(writer: Writer, value: string): void {
  const bytes = utf8.encode(value);
  const size = bytes.length;
  if (size < 32) writer.byte(0xa0 | size);
  else if (size < 0x100) writer.head(0xd9, size, 1);
  else if (size < 0x10000) writer.head(0xda, size, 2);
  else writer.head(0xdb, size, 4);
  writer.raw(bytes);
}

function writeBytes(writer: Writer, value: Uint8Array): void {
  const size = value.length;
  if (size < 0x100) writer.head(0xc4, size, 1);
  else if (size < 0x10000) writer.head(0xc5, size, 2);
  else writer.head(0xc6, size, 4);
  writer.raw(value);
}

function writeArray(writer: Writer, value: readonly Positional[], depth: number): void {
  if (depth >= DEPTH_MAX) throw new Error(`nested deeper than ${DEPTH_MAX}`);
  const size = value.length;
  if (size < 16) writer.byte(0x90 | size);
  else if (size < 0x10000) writer.head(0xdc, size, 2);
  else writer.head(0xdd, size, 4);
  for (const item of value) writeValue(writer, item, depth + 1);
}

const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: "number", bundleStrings: false });

export type Decoded = { readonly kind: "ok"; readonly value: Positional } | { readonly kind: "malformed"; readonly why: string };

/**
 * Decodes exactly one value that fills `bytes`. Refuses: more than DEPTH_MAX levels, maps, extension types, counts that the bytes
 * cannot hold, trailing bytes. uint64 comes back as a number (times and sequence numbers stay below 2^53 by the limits of this design).
 */
export function decodePositional(bytes: Uint8Array): Decoded {
  const why = refuse(bytes);
  if (why !== null) return { kind: "malformed", why };
  return { kind: "ok", value: unpackr.unpack(bytes) as Positional };
}

/** Walks the structure without building it; null when it is sound. */
function refuse(bytes: Uint8Array): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** How many values are still to come at each open level. */
  const open: number[] = [1];
  let at = 0;
  while (open.length > 0) {
    const top = open.length - 1;
    if (open[top] === 0) {
      open.pop();
      continue;
    }
    open[top]! -= 1;
    if (at >= bytes.length) return "ends in the middle of a value";
    const lead = bytes[at]!;
    const width = leadWidth(lead);
    if (width < 0) return (lead >= 0x80 && lead <= 0x8f) || lead === 0xde || lead === 0xdf ? "a map" : "an extension or unused type";
    if (at + 1 + width > bytes.length) return "ends in the middle of a value";
    const size = width === 0 ? fixedSize(lead) : lengthOf(view, lead, at + 1);
    at += 1 + width;
    if (isArray(lead)) {
      if (size > bytes.length - at) return "an array that claims more items than there are bytes";
      if (open.length > DEPTH_MAX) return `nested deeper than ${DEPTH_MAX}`;
      open.push(size);
    } else at += size;
    if (at > bytes.length) return "ends in the middle of a value";
  }
  return at === bytes.length ? null : "has bytes after its end";
}

/** How many bytes after the lead belong to the number or the length; -1 for what is refused. */
function leadWidth(lead: number): number {
  if (lead < 0x80 || lead >= 0xe0 || (lead >= 0x90 && lead <= 0xbf)) return 0;
  switch (lead) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return 0;
    case 0xc4:
    case 0xcc:
    case 0xd0:
    case 0xd9:
      return 1;
    case 0xc5:
    case 0xcd:
    case 0xd1:
    case 0xda:
    case 0xdc:
      return 2;
    case 0xc6:
    case 0xca:
    case 0xce:
    case 0xd2:
    case 0xdb:
    case 0xdd:
      return 4;
    case 0xcb:
    case 0xcf:
    case 0xd3:
      return 8;
    default:
      return -1;
  }
}

const isArray = (lead: number): boolean => (lead >= 0x90 && lead <= 0x9f) || lead === 0xdc || lead === 0xdd;

function fixedSize(lead: number): number {
  if (lead >= 0x90 && lead <= 0x9f) return lead & 0x0f;
  if (lead >= 0xa0 && lead <= 0xbf) return lead & 0x1f;
  return 0;
}

function lengthOf(view: DataView, lead: number, at: number): number {
  switch (lead) {
    case 0xc4:
    case 0xd9:
      return view.getUint8(at);
    case 0xc5:
    case 0xda:
    case 0xdc:
      return view.getUint16(at);
    case 0xc6:
    case 0xdb:
    case 0xdd:
      return view.getUint32(at);
    default:
      return 0;
  }
}
