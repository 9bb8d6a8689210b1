/** What is signed on the wire besides checkpoints; each begins with its own domain. */
import { sha256 } from "@noble/hashes/sha2.js";
import { encodePositional, ms } from "../log/positional.ts";
import { joinBytes } from "../log/record.ts";
import {
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
import type { Command } from "./frames.ts";

/** SHA-256 of central's ed25519 public key, first 16 bytes. */
export function centralIdOf(publicKey: Uint8Array): CentralId {
  return hexId<CentralId>(sha256(publicKey).slice(0, 16));
}

/** For an edge that has neither pinned nor been given central's key: accepted only for a collector with no bound key. */
export const UNKNOWN_CENTRAL = "0".repeat(32) as CentralId;

export interface HelloClaim {
  readonly session: SessionId;
  readonly collectorId: CollectorId;
  readonly centralId: CentralId;
  /** SHA-256 of the API key's text. */
  readonly apiKeyDigest: Uint8Array;
}

/** What the device key signs at the end of HELLO: this device, to this central, in this session, with this API key. */
export function helloSignedBytes(claim: HelloClaim): Uint8Array {
  return encodePositional([
    "alpr-hello-1",
    hexToBytes(claim.session),
    uuidToBytes(claim.collectorId),
    hexToBytes(claim.centralId),
    claim.apiKeyDigest,
  ]);
}

/** Central's receipt: what a carrier brings back. */
export function ackSignedBytes(logId: LogId, next: number, head: Uint8Array, durable: number): Uint8Array {
  return encodePositional(["alpr-ack-1", hexToBytes(logId), next, head, durable]);
}

export interface DeltaClaim {
  readonly list: ListId;
  readonly generation: Incarnation;
  readonly from: number;
  readonly to: number;
  readonly runningHash: Uint8Array;
  readonly checksum: Uint8Array;
}

export function deltaSignedBytes(claim: DeltaClaim, ops: readonly Uint8Array[]): Uint8Array {
  return encodePositional([
    "alpr-delta-1",
    uuidToBytes(claim.list),
    hexToBytes(claim.generation),
    claim.from,
    claim.to,
    [...ops],
    claim.runningHash,
    claim.checksum,
  ]);
}

export interface SnapshotClaim {
  readonly list: ListId;
  readonly generation: Incarnation;
  readonly at: number;
  readonly bytes: number;
  readonly sha256: Sha256;
}

/** What central signs of a snapshot: that this file is this list at this position. */
export function snapshotSignedBytes({ list, generation, at, bytes, sha256: digest }: SnapshotClaim): Uint8Array {
  return encodePositional(["alpr-snapshot-head-1", uuidToBytes(list), hexToBytes(generation), at, bytes, hexToBytes(digest)]);
}

/** Running hash of a feed: SHA-256(previous || op bytes); 32 zero bytes before the first. */
export function nextRunningHash(previous: Uint8Array, op: Uint8Array): Uint8Array {
  return sha256(joinBytes(previous, op));
}

/** A command for one collector: signed for another one it is worth nothing. */
export function commandSignedBytes(collectorId: CollectorId, command: Omit<Command, "type" | "signature">): Uint8Array {
  const { id, kind, args, notBeforeMs, expiresMs } = command;
  return encodePositional(["alpr-command-1", uuidToBytes(collectorId), uuidToBytes(id), kind, args, ms(notBeforeMs), ms(expiresMs)]);
}

export function treeHeadSignedBytes(centralId: CentralId, incarnation: Incarnation, size: number, root: Uint8Array): Uint8Array {
  return encodePositional(["alpr-tree-head-1", hexToBytes(centralId), hexToBytes(incarnation), size, root]);
}
