/**
 * Every identifier of the system, as a branded text form, with its only parser. On the wire and in signed bytes ids are raw bytes;
 * in memory and in JSON they are lower-case text, so that they can be map keys and compared with `===`.
 */
declare const brand: unique symbol;
type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

/** UUIDv7 inside a record's signed bytes: the record's end-to-end key, and a detection's id everywhere. */
export type Rid = Brand<string, "Rid">;
export type CollectorId = Brand<string, "CollectorId">;
export type SiteId = Brand<string, "SiteId">;
export type CameraId = Brand<string, "CameraId">;
export type ListId = Brand<string, "ListId">;
export type EntryId = Brand<string, "EntryId">;
/** UUIDv8 derived from (pass, entry): edge and central name the same alert alike. */
export type AlertId = Brand<string, "AlertId">;
export type UserId = Brand<string, "UserId">;
export type CommandId = Brand<string, "CommandId">;
/** 16 bytes as 32 hex digits. */
export type LogId = Brand<string, "LogId">;
/** 16 random bytes as 32 hex digits, chosen by the edge for each connection. */
export type SessionId = Brand<string, "SessionId">;
/** 16 bytes as 32 hex digits: the first half of SHA-256 of central's ed25519 public key. */
export type CentralId = Brand<string, "CentralId">;
/** 16 random bytes as 32 hex digits: one life of central's database. Also the generation of its feeds. */
export type Incarnation = Brand<string, "Incarnation">;
/** 8 random bytes as 16 hex digits: one boot of one machine. */
export type BootId = Brand<string, "BootId">;
/** SHA-256 as 64 lower-case hex digits. */
export type Sha256 = Brand<string, "Sha256">;
/** Normalised plate: A-Z0-9, 1 to 12 characters. */
export type Plate = Brand<string, "Plate">;
/** 48-bit milliseconds and 16-bit counter as 16 hex digits: text order is time order. */
export type Hlc = Brand<string, "Hlc">;

type UuidBrand = Rid | CollectorId | SiteId | CameraId | ListId | EntryId | AlertId | UserId | CommandId;
type Hex16Brand = LogId | SessionId | CentralId | Incarnation;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Text to a UUID-shaped id (any version, case folded); undefined when it is not one. */
export function parseUuid<Id extends UuidBrand>(text: unknown): Id | undefined {
  if (typeof text !== "string") return undefined;
  const lower = text.toLowerCase();
  return UUID.test(lower) ? (lower as Id) : undefined;
}

/** As `parseUuid`, for text that is known to be right; throws otherwise (a bug, not bad input). */
export function uuid<Id extends UuidBrand>(text: string): Id {
  const id = parseUuid<Id>(text);
  if (id === undefined) throw new Error(`not a UUID: ${text.slice(0, 40)}`);
  return id;
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Bytes as lower-case hex. */
export function bytesToHex(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at++) text += HEX[bytes[at]!];
  return text;
}

/** Lower- or upper-case hex to bytes; throws on anything else. */
export function hexToBytes(hex: string): Uint8Array {
  if (hex.length % 2 !== 0) throw new Error("not hex");
  const bytes = new Uint8Array(hex.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    const byte = (digitValue(hex.charCodeAt(at * 2)) << 4) | digitValue(hex.charCodeAt(at * 2 + 1));
    if (byte < 0) throw new Error("not hex");
    bytes[at] = byte;
  }
  return bytes;
}

/** 0-15 of a hex digit's character code; -1 for anything else. Ids are converted by the hundred in every batch. */
function digitValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** The 16 raw bytes of a UUID. */
export function uuidToBytes(id: UuidBrand): Uint8Array {
  return hexToBytes(id.replaceAll("-", ""));
}

/** 16 raw bytes as UUID text; throws on another length. */
export function bytesToUuid<Id extends UuidBrand>(bytes: Uint8Array): Id {
  if (bytes.length !== 16) throw new Error(`a UUID has 16 bytes, not ${bytes.length}`);
  const hex = bytesToHex(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Id;
}

/** 16 raw bytes as a hex-shaped id (log, session, central, incarnation). */
export function hexId<Id extends Hex16Brand>(bytes: Uint8Array): Id {
  if (bytes.length !== 16) throw new Error(`this id has 16 bytes, not ${bytes.length}`);
  return bytesToHex(bytes) as Id;
}

/** Text to a SHA-256 digest; undefined when it is not 64 hex digits. */
export function parseSha256(text: unknown): Sha256 | undefined {
  if (typeof text !== "string") return undefined;
  const lower = text.toLowerCase();
  return /^[0-9a-f]{64}$/.test(lower) ? (lower as Sha256) : undefined;
}
