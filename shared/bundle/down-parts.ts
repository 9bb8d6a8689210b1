/**
 * What stands in a file that central writes for one site (`.alprdown`), part by part, each a positional array:
 *
 *   manifest  first, once   ["alpr-down-1", collector (16), device key (32), centralId (16), incarnation (16), made ms,
 *                            SHA-256 of the file's content key (32), lists [[list (16), head, checksum, horizon, durable]], version,
 *                            signature (64)]
 *   receipt   any number    [67, a receipt's bytes (receipt.ts)]: what central has of the site's logs and pictures
 *   DELTA     any number    the wire's own frame
 *   SNAPSHOT  any number    the wire's own frame, and behind it its bytes in order: [66, offset, piece]
 *   COMMAND   any number    the wire's own frame
 *   end       last, once    [65]
 *
 * The signature is central's over the fields before it. It names the content key, so that no part can be put beside another manifest; each
 * part has besides the signature that it has on the wire. `lists` are all that name the site, as in WELCOME, also those that need no piece:
 * what is not among them is not the site's any more. `made` never goes back for one site, whatever central's clock does: of two files the
 * later one counts. Fields are only appended; a part with another number is a later release's and is left out.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { CHECKSUM_BYTES } from "../crdt/list-checksum.ts";
import { verifySignature } from "../crypto/device-keys.ts";
import { FieldReader } from "../log/payloads/fields.ts";
import { decodePositional, encodePositional, ms, type Positional } from "../log/positional.ts";
import { sameBytes } from "../log/record.ts";
import {
  bytesToUuid,
  type CentralId,
  type CollectorId,
  hexId,
  hexToBytes,
  type Incarnation,
  type ListId,
  uuidToBytes,
} from "../model/ids.ts";
import { decodeFrame } from "../protocol/decode.ts";
import { encodeFrame } from "../protocol/encode.ts";
import { type Command, type Delta, FRAME_TYPES, type Snapshot } from "../protocol/frames.ts";
import { FEEDS_MAX, TEXT_MAX } from "../protocol/limits.ts";
import { PART_BYTES_MAX, SNAPSHOT_BYTES_MAX, SNAPSHOT_PIECE_BYTES_MAX } from "./bundle-limits.ts";

const MANIFEST_DOMAIN = "alpr-down-1";
const END = 65;
const PIECE = 66;
const RECEIPT = 67;

/** A list that names the site, and where its feed stands at central. */
export interface DownList {
  readonly list: ListId;
  readonly head: number;
  readonly checksum: Uint8Array;
  readonly horizon: number;
  readonly durable: number;
}

export interface DownManifest {
  readonly collectorId: CollectorId;
  /** The device that the file is sealed to. */
  readonly deviceKey: Uint8Array;
  readonly centralId: CentralId;
  /** Generation of all feeds in the file. */
  readonly incarnation: Incarnation;
  readonly madeMs: number;
  readonly lists: readonly DownList[];
  readonly version: string;
}

export type DownPart =
  | { readonly kind: "receipt"; readonly bytes: Uint8Array }
  | { readonly kind: "delta"; readonly delta: Delta }
  | { readonly kind: "snapshot"; readonly snapshot: Snapshot }
  | { readonly kind: "piece"; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: "command"; readonly command: Command }
  | { readonly kind: "end" }
  /** A later release's. */
  | { readonly kind: "unknown" };

export interface SignedDownManifest {
  readonly manifest: DownManifest;
  readonly contentKeyDigest: Uint8Array;
  readonly signature: Uint8Array;
}

export function encodeDownManifest(manifest: DownManifest, contentKey: Uint8Array, sign: (message: Uint8Array) => Uint8Array): Uint8Array {
  const fields = fieldsOf(manifest, sha256(contentKey));
  return encodePositional([...fields, sign(encodePositional(fields))]);
}

function fieldsOf(
  { collectorId, deviceKey, centralId, incarnation, madeMs, lists, version }: DownManifest,
  digest: Uint8Array,
): Positional[] {
  return [
    MANIFEST_DOMAIN,
    uuidToBytes(collectorId),
    deviceKey,
    hexToBytes(centralId),
    hexToBytes(incarnation),
    ms(madeMs),
    digest,
    lists.map((one) => [uuidToBytes(one.list), one.head, one.checksum, one.horizon, one.durable]),
    version,
  ];
}

/** Undefined when the bytes are no manifest within the limits. Nothing of it is true before `isOfCentral`. */
export function decodeDownManifest(bytes: Uint8Array): SignedDownManifest | undefined {
  const decoded = decodePositional(bytes);
  const r = new FieldReader(decoded.kind === "ok" ? decoded.value : undefined);
  r.must(r.text(TEXT_MAX) === MANIFEST_DOMAIN ? true : undefined, true);
  const collectorId = bytesToUuid<CollectorId>(r.bytes(16));
  const deviceKey = r.bytes(32);
  const centralId = hexId<CentralId>(r.bytes(16));
  const incarnation = hexId<Incarnation>(r.bytes(16));
  const madeMs = r.count();
  const contentKeyDigest = r.bytes(32);
  const lists = r.list(FEEDS_MAX, readList);
  const version = r.text(TEXT_MAX);
  const signature = r.bytes(64);
  r.must(new Set(lists.map((one) => one.list)).size === lists.length ? true : undefined, true);
  return r.done({ manifest: { collectorId, deviceKey, centralId, incarnation, madeMs, lists, version }, contentKeyDigest, signature });
}

function readList(one: FieldReader): DownList {
  return {
    list: bytesToUuid<ListId>(one.bytes(16)),
    head: one.count(),
    checksum: one.bytes(CHECKSUM_BYTES),
    horizon: one.count(),
    durable: one.count(),
  };
}

/** Whether `centralKey` (ed25519) signed this manifest for the file that was opened with `contentKey`. */
export function isOfCentral({ manifest, contentKeyDigest, signature }: SignedDownManifest, contentKey: Uint8Array, centralKey: Uint8Array) {
  return (
    sameBytes(contentKeyDigest, sha256(contentKey)) &&
    verifySignature(centralKey, encodePositional(fieldsOf(manifest, contentKeyDigest)), signature)
  );
}

export function encodeDownPart(part: Exclude<DownPart, { kind: "unknown" }>): Uint8Array {
  switch (part.kind) {
    case "receipt":
      return encodePositional([RECEIPT, part.bytes]);
    case "delta":
      return encodeFrame(part.delta);
    case "snapshot":
      return encodeFrame(part.snapshot);
    case "piece":
      return encodePositional([PIECE, part.offset, part.bytes]);
    case "command":
      return encodeFrame(part.command);
    case "end":
      return encodePositional([END]);
  }
}

/** A part behind the manifest; undefined when it is malformed or beyond a limit. */
export function decodeDownPart(bytes: Uint8Array): DownPart | undefined {
  const decoded = decodePositional(bytes);
  const r = new FieldReader(decoded.kind === "ok" ? decoded.value : undefined);
  const number = r.count();
  switch (number) {
    case FRAME_TYPES.delta:
    case FRAME_TYPES.snapshot:
    case FRAME_TYPES.command:
      return frameOf(bytes);
    case RECEIPT:
      return r.done({ kind: "receipt", bytes: r.blob(PART_BYTES_MAX) });
    case PIECE: {
      const piece = { kind: "piece", offset: r.count(), bytes: r.blob(SNAPSHOT_PIECE_BYTES_MAX) } as const;
      return piece.bytes.length > 0 ? r.done(piece) : undefined;
    }
    case END:
      return r.done({ kind: "end" });
    default:
      return r.done({ kind: "unknown" });
  }
}

function frameOf(bytes: Uint8Array): DownPart | undefined {
  const decoded = decodeFrame(bytes);
  if (decoded.kind !== "frame") return undefined;
  const { frame } = decoded;
  switch (frame.type) {
    case "delta":
      return { kind: "delta", delta: frame };
    case "snapshot":
      return frame.bytes <= SNAPSHOT_BYTES_MAX ? { kind: "snapshot", snapshot: frame } : undefined;
    case "command":
      return { kind: "command", command: frame };
    default:
      return undefined;
  }
}
