import type { Positional } from "../positional.ts";

/**
 * Reads the fields of a decoded array one after the other. The first field of the wrong form makes the whole reading fail: `done`
 * then answers undefined, and the record stays stored as it is until a release understands it.
 */
export class FieldReader {
  private readonly values: readonly Positional[];
  private at = 0;
  private failed = false;

  constructor(value: Positional | undefined) {
    if (!Array.isArray(value)) this.failed = true;
    this.values = Array.isArray(value) ? (value as readonly Positional[]) : [];
  }

  private take(): Positional {
    const value = this.values[this.at];
    this.at += 1;
    return value === undefined ? null : value;
  }

  private fail(): void {
    this.failed = true;
  }

  /** `charactersMax` counts UTF-16 units, as JavaScript does. */
  text(charactersMax: number): string {
    const value = this.take();
    if (typeof value === "string" && value.length <= charactersMax) return value;
    this.fail();
    return "";
  }

  textOrNull(charactersMax: number): string | null {
    const value = this.take();
    if (value === null) return null;
    if (typeof value === "string" && value.length <= charactersMax) return value;
    this.fail();
    return null;
  }

  number(): number {
    const value = this.take();
    if (typeof value === "number" && Number.isFinite(value)) return value;
    this.fail();
    return 0;
  }

  count(): number {
    const value = this.number();
    if (!Number.isSafeInteger(value) || value < 0) this.fail();
    return value;
  }

  /** Null where the field is not there: it was appended by a later release. */
  countOrNull(): number | null {
    return this.peek() === null ? (this.take() as null) : this.count();
  }

  numberOrNull(): number | null {
    const value = this.take();
    if (value === null) return null;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    this.fail();
    return null;
  }

  flag(): boolean {
    const value = this.take();
    if (typeof value === "boolean") return value;
    this.fail();
    return false;
  }

  bytes(length: number): Uint8Array {
    const value = this.take();
    if (value instanceof Uint8Array && value.length === length) return value;
    this.fail();
    return new Uint8Array(length);
  }

  bytesOrNull(length: number): Uint8Array | null {
    const value = this.take();
    if (value === null) return null;
    if (value instanceof Uint8Array && value.length === length) return value;
    this.fail();
    return null;
  }

  blob(bytesMax: number): Uint8Array {
    const value = this.take();
    if (value instanceof Uint8Array && value.length <= bytesMax) return value;
    this.fail();
    return new Uint8Array(0);
  }

  blobOrNull(bytesMax: number): Uint8Array | null {
    return this.peek() === null ? (this.take() as null) : this.blob(bytesMax);
  }

  /** An array, each item read by `read`; at most `itemsMax`. */
  list<Item>(itemsMax: number, read: (item: FieldReader) => Item): Item[] {
    const value = this.take();
    if (!Array.isArray(value) || value.length > itemsMax) {
      this.fail();
      return [];
    }
    return value.map((item) => this.inside(new FieldReader(item as Positional), read));
  }

  /** As `list`; a field that an older peer does not send is no items. */
  listOrNone<Item>(itemsMax: number, read: (item: FieldReader) => Item): Item[] {
    if (this.peek() !== null) return this.list(itemsMax, read);
    this.take();
    return [];
  }

  /** As `list`; null where an older peer does not send the field. */
  listOrNull<Item>(itemsMax: number, read: (item: FieldReader) => Item): Item[] | null {
    return this.peek() === null ? (this.take() as null) : this.list(itemsMax, read);
  }

  /** An array of 32-byte hashes, at most `itemsMax`. */
  hashes(itemsMax: number): Uint8Array[] {
    const hashes = this.blobs(itemsMax, 32);
    if (hashes.some((hash) => hash.length !== 32)) this.fail();
    return hashes;
  }

  /** An array of byte strings, each at most `bytesMax` long; at most `itemsMax`. */
  blobs(itemsMax: number, bytesMax: number): Uint8Array[] {
    const value = this.take();
    const sound =
      Array.isArray(value) && value.length <= itemsMax && value.every((one) => one instanceof Uint8Array && one.length <= bytesMax);
    if (!sound) this.fail();
    return sound ? (value as unknown as Uint8Array[]) : [];
  }

  /** A nested array with fields of its own. */
  nested<Inner>(read: (inner: FieldReader) => Inner): Inner {
    return this.inside(new FieldReader(this.take()), read);
  }

  nestedOrNull<Inner>(read: (inner: FieldReader) => Inner): Inner | null {
    if (this.peek() === null) {
      this.take();
      return null;
    }
    return this.nested(read);
  }

  /** The raw value of the next field, whatever it is. */
  any(): Positional {
    return this.take();
  }

  /** Marks the reading as failed when `value` is undefined: for enumerations and parsers. */
  must<Value>(value: Value | undefined, otherwise: Value): Value {
    if (value === undefined) this.fail();
    return value === undefined ? otherwise : value;
  }

  ok(): boolean {
    return !this.failed;
  }

  done<Value>(value: Value): Value | undefined {
    return this.failed ? undefined : value;
  }

  private peek(): Positional {
    const value = this.values[this.at];
    return value === undefined ? null : value;
  }

  private inside<Value>(inner: FieldReader, read: (inner: FieldReader) => Value): Value {
    const value = read(inner);
    if (!inner.ok()) this.fail();
    return value;
  }
}
