/**
 * What two sites say to each other, each a positional array; fields are only appended. The way is HTTP on the carrier's own page:
 *
 *   POST /neighbour/v1/greeting  ["alpr-neighbour-greeting-1", centralId (16), origin (16), key (32), nonce (32)]
 *     answers                    ["alpr-neighbour-challenge-1", carrier (16), key (32), nonce (32), signature (64)]
 *   POST /neighbour/v1/offer     ["alpr-neighbour-offer-1", SHA-256 of the file (32), bytes, records, made ms]
 *   POST /neighbour/v1/piece     ["alpr-neighbour-piece-1", SHA-256 of the file (32), offset, piece]
 *     both answer                ["alpr-neighbour-standing-1", SHA-256 of the file (32), state, offset, words, at ms or nil, receipt or nil]
 *
 * Offer and piece bring the headers `x-alpr-session` and `x-alpr-signature` (hex; neighbour-proof.ts). An offer that is repeated changes
 * nothing and asks for the standing: 0 wanted from `offset`, 1 held, 2 delivered to central, with its receipt, 3 refused by central.
 */
import { BUNDLE_BYTES_MAX, RECEIPT_BYTES_MAX } from "../bundle/bundle-limits.ts";
import { FieldReader } from "../log/payloads/fields.ts";
import { decodePositional, encodePositional, ms, msOrNull } from "../log/positional.ts";
import { bytesToHex, bytesToUuid, type CentralId, type CollectorId, hexId, hexToBytes, type Sha256, uuidToBytes } from "../model/ids.ts";
import { TEXT_MAX } from "../protocol/limits.ts";
import { BUNDLE_PIECE_BYTES_MAX, NONCE_BYTES } from "./neighbour-limits.ts";
import type { NeighbourParty } from "./neighbour-proof.ts";

export interface Greeting extends NeighbourParty {
  readonly centralId: CentralId;
}

export interface Challenge extends NeighbourParty {
  /** Over carrierSignedBytes. */
  readonly signature: Uint8Array;
}

export interface BundleOffer {
  /** Of the whole file: its name in everything that follows. */
  readonly sha256: Sha256;
  readonly bytes: number;
  /** How many records are in it, as the origin says; for people. */
  readonly records: number;
  readonly madeMs: number;
}

export interface BundlePiece {
  readonly sha256: Sha256;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export const STANDING_STATES = ["wanted", "held", "delivered", "refused"] as const;
export type StandingState = (typeof STANDING_STATES)[number];

export interface Standing {
  readonly sha256: Sha256;
  readonly state: StandingState;
  /** What the carrier has of the file. */
  readonly offset: number;
  /** For people; empty when there is nothing to say. */
  readonly words: string;
  /** When central answered, by the carrier's clock. */
  readonly atMs: number | null;
  /** Central's, as a file. */
  readonly receipt: Uint8Array | null;
}

const DOMAINS = {
  greeting: "alpr-neighbour-greeting-1",
  challenge: "alpr-neighbour-challenge-1",
  offer: "alpr-neighbour-offer-1",
  piece: "alpr-neighbour-piece-1",
  standing: "alpr-neighbour-standing-1",
} as const;

export function encodeGreeting({ centralId, collectorId, deviceKey, nonce }: Greeting): Uint8Array {
  return encodePositional([DOMAINS.greeting, hexToBytes(centralId), uuidToBytes(collectorId), deviceKey, nonce]);
}

/** This and the other readers: undefined when the bytes are not that message within its bounds. */
export function decodeGreeting(bytes: Uint8Array): Greeting | undefined {
  return read(bytes, DOMAINS.greeting, (r) => ({ centralId: hexId<CentralId>(r.bytes(16)), ...readParty(r) }));
}

export function encodeChallenge({ collectorId, deviceKey, nonce, signature }: Challenge): Uint8Array {
  return encodePositional([DOMAINS.challenge, uuidToBytes(collectorId), deviceKey, nonce, signature]);
}

export function decodeChallenge(bytes: Uint8Array): Challenge | undefined {
  return read(bytes, DOMAINS.challenge, (r) => ({ ...readParty(r), signature: r.bytes(64) }));
}

export function encodeOffer({ sha256, bytes, records, madeMs }: BundleOffer): Uint8Array {
  return encodePositional([DOMAINS.offer, hexToBytes(sha256), bytes, records, ms(madeMs)]);
}

export function decodeOffer(bytes: Uint8Array): BundleOffer | undefined {
  return read(bytes, DOMAINS.offer, (r) => ({
    sha256: readDigest(r),
    bytes: atMost(r, BUNDLE_BYTES_MAX),
    records: r.count(),
    madeMs: r.count(),
  }));
}

export function encodePiece({ sha256, offset, bytes }: BundlePiece): Uint8Array {
  return encodePositional([DOMAINS.piece, hexToBytes(sha256), offset, bytes]);
}

export function decodePiece(bytes: Uint8Array): BundlePiece | undefined {
  return read(bytes, DOMAINS.piece, (r) => ({
    sha256: readDigest(r),
    offset: atMost(r, BUNDLE_BYTES_MAX),
    bytes: r.blob(BUNDLE_PIECE_BYTES_MAX),
  }));
}

export function encodeStanding({ sha256, state, offset, words, atMs, receipt }: Standing): Uint8Array {
  const number = STANDING_STATES.indexOf(state);
  return encodePositional([DOMAINS.standing, hexToBytes(sha256), number, offset, words.slice(0, TEXT_MAX), msOrNull(atMs), receipt]);
}

export function decodeStanding(bytes: Uint8Array): Standing | undefined {
  return read(bytes, DOMAINS.standing, (r) => ({
    sha256: readDigest(r),
    state: r.must(STANDING_STATES[r.count()], "refused"),
    offset: atMost(r, BUNDLE_BYTES_MAX),
    words: r.text(TEXT_MAX),
    atMs: r.countOrNull(),
    receipt: r.blobOrNull(RECEIPT_BYTES_MAX),
  }));
}

function read<Message>(bytes: Uint8Array, domain: string, fields: (reader: FieldReader) => Message): Message | undefined {
  const decoded = decodePositional(bytes);
  if (decoded.kind !== "ok") return undefined;
  const reader = new FieldReader(decoded.value);
  reader.must(reader.text(TEXT_MAX) === domain ? true : undefined, true);
  return reader.done(fields(reader));
}

const readParty = (r: FieldReader): NeighbourParty => ({
  collectorId: bytesToUuid<CollectorId>(r.bytes(16)),
  deviceKey: r.bytes(32),
  nonce: r.bytes(NONCE_BYTES),
});
const readDigest = (r: FieldReader): Sha256 => bytesToHex(r.bytes(32)) as Sha256;
const atMost = (r: FieldReader, most: number): number => {
  const value = r.count();
  return r.must(value <= most ? value : undefined, 0);
};
