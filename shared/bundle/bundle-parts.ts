/**
 * What stands in a bundle, part by part, each a positional array:
 *
 *   manifest  first, once   ["alpr-bundle-1", bundle id (16), collector (16), device key (32), centralId (16), made ms,
 *                            logs [[log (16), class, from, to]], images, version, signature (64),
 *                            appended: lists held [[list (16), generation (16), cursor, checksum (32)]]]
 *   APPEND    any number    the wire's own frame (protocol/encode.ts) with a session of zero bytes
 *   picture   any number    [64, SHA-256 (32), bytes of the whole, offset, piece]
 *   end       last, once    [65, records, images]
 *
 * The signature is HELLO's (`helloSignedBytes`) with the bundle id as session, so that a first contact by stick binds the device key alike.
 * Fields are only appended; a part with another number is a later release's and is left out.
 */
import { CHECKSUM_BYTES } from "../crdt/list-checksum.ts";
import { FieldReader } from "../log/payloads/fields.ts";
import { decodePositional, encodePositional, ms } from "../log/positional.ts";
import { LOG_CLASS_NUMBERS, type LogClass } from "../log/record.ts";
import {
  bytesToHex,
  bytesToUuid,
  type CentralId,
  type CollectorId,
  hexId,
  hexToBytes,
  type Incarnation,
  type ListId,
  type LogId,
  type SessionId,
  type Sha256,
  uuidToBytes,
} from "../model/ids.ts";
import { decodeFrame } from "../protocol/decode.ts";
import { encodeFrame } from "../protocol/encode.ts";
import { type Append, type FeedCursor, FRAME_TYPES } from "../protocol/frames.ts";
import { FEEDS_MAX, LOGS_PER_HELLO_MAX, TEXT_MAX } from "../protocol/limits.ts";
import { IMAGE_BYTES_MAX, IMAGE_PIECE_BYTES_MAX, IMAGES_PER_BUNDLE_MAX } from "./bundle-limits.ts";

const MANIFEST_DOMAIN = "alpr-bundle-1";
const PICTURE = 64;
const END = 65;
/** Carriers prove nothing by session. */
export const NO_SESSION = "0".repeat(32) as SessionId;

export interface BundleLog {
  readonly logId: LogId;
  readonly class: LogClass;
  /** Records [from, to). */
  readonly from: number;
  readonly to: number;
}

export interface BundleManifest {
  /** 16 random bytes as 32 hex digits; in the signature it stands where a connection has its session. */
  readonly bundleId: SessionId;
  readonly collectorId: CollectorId;
  readonly deviceKey: Uint8Array;
  readonly centralId: CentralId;
  readonly madeMs: number;
  readonly logs: readonly BundleLog[];
  /** How many pictures follow, at most. */
  readonly images: number;
  readonly version: string;
  readonly signature: Uint8Array;
  /** What the site holds of its lists, as in HELLO; null from a release that did not say. Not signed: central only sends less or more by it. */
  readonly feeds: readonly FeedCursor[] | null;
}

export interface ImagePiece {
  readonly sha256: Sha256;
  /** Bytes of the whole picture. */
  readonly total: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export type BundlePart =
  | { readonly kind: "append"; readonly append: Append }
  | { readonly kind: "image"; readonly piece: ImagePiece }
  | { readonly kind: "end"; readonly records: number; readonly images: number }
  /** A later release's. */
  | { readonly kind: "unknown" };

export function encodeManifest(manifest: BundleManifest): Uint8Array {
  return encodePositional([
    MANIFEST_DOMAIN,
    hexToBytes(manifest.bundleId),
    uuidToBytes(manifest.collectorId),
    manifest.deviceKey,
    hexToBytes(manifest.centralId),
    ms(manifest.madeMs),
    manifest.logs.map((log) => [hexToBytes(log.logId), LOG_CLASS_NUMBERS[log.class], log.from, log.to]),
    manifest.images,
    manifest.version,
    manifest.signature,
    ...(manifest.feeds === null
      ? []
      : [manifest.feeds.map((one) => [uuidToBytes(one.list), hexToBytes(one.generation), one.cursor, one.checksum])]),
  ]);
}

/** Undefined when the bytes are no manifest within the limits. */
export function decodeManifest(bytes: Uint8Array): BundleManifest | undefined {
  const fields = fieldsOf(bytes);
  if (fields === undefined) return undefined;
  const r = new FieldReader(fields);
  r.must(r.text(TEXT_MAX) === MANIFEST_DOMAIN ? true : undefined, true);
  const manifest: BundleManifest = {
    bundleId: hexId<SessionId>(r.bytes(16)),
    collectorId: bytesToUuid<CollectorId>(r.bytes(16)),
    deviceKey: r.bytes(32),
    centralId: hexId<CentralId>(r.bytes(16)),
    madeMs: r.count(),
    logs: r.list(LOGS_PER_HELLO_MAX, readLog),
    images: r.count(),
    version: r.text(TEXT_MAX),
    signature: r.bytes(64),
    feeds: r.listOrNull(FEEDS_MAX, readFeed),
  };
  const isSound = manifest.images <= IMAGES_PER_BUNDLE_MAX && new Set(manifest.logs.map((log) => log.logId)).size === manifest.logs.length;
  return isSound ? r.done(manifest) : undefined;
}

const readFeed = (one: FieldReader): FeedCursor => ({
  list: bytesToUuid<ListId>(one.bytes(16)),
  generation: hexId<Incarnation>(one.bytes(16)),
  cursor: one.count(),
  checksum: one.bytes(CHECKSUM_BYTES),
});

function readLog(one: FieldReader): BundleLog {
  const logId = hexId<LogId>(one.bytes(16));
  const number = one.count();
  const logClass = one.must(
    number === LOG_CLASS_NUMBERS.urgent ? "urgent" : number === LOG_CLASS_NUMBERS.detections ? "detections" : undefined,
    "urgent",
  );
  const from = one.count();
  const to = one.count();
  one.must(from <= to ? true : undefined, true);
  return { logId, class: logClass, from, to };
}

export function encodePart(part: Exclude<BundlePart, { kind: "unknown" }>): Uint8Array {
  switch (part.kind) {
    case "append":
      return encodeFrame(part.append);
    case "image": {
      const { sha256, total, offset, bytes } = part.piece;
      return encodePositional([PICTURE, hexToBytes(sha256), total, offset, bytes]);
    }
    case "end":
      return encodePositional([END, part.records, part.images]);
  }
}

/** A part behind the manifest; undefined when it is malformed or beyond a limit. */
export function decodePart(bytes: Uint8Array): BundlePart | undefined {
  const fields = fieldsOf(bytes);
  if (fields === undefined) return undefined;
  const r = new FieldReader(fields);
  switch (r.count()) {
    case FRAME_TYPES.append: {
      const decoded = decodeFrame(bytes);
      return decoded.kind === "frame" && decoded.frame.type === "append" ? { kind: "append", append: decoded.frame } : undefined;
    }
    case PICTURE: {
      const piece = {
        sha256: bytesToHex(r.bytes(32)) as Sha256,
        total: r.count(),
        offset: r.count(),
        bytes: r.blob(IMAGE_PIECE_BYTES_MAX),
      };
      const isSound = piece.total <= IMAGE_BYTES_MAX && piece.bytes.length > 0 && piece.offset + piece.bytes.length <= piece.total;
      return isSound ? r.done({ kind: "image", piece }) : undefined;
    }
    case END:
      return r.done({ kind: "end", records: r.count(), images: r.count() });
    default:
      return r.done({ kind: "unknown" });
  }
}

function fieldsOf(bytes: Uint8Array): readonly never[] | undefined {
  const decoded = decodePositional(bytes);
  return decoded.kind === "ok" && Array.isArray(decoded.value) ? (decoded.value as never[]) : undefined;
}
