/**
 * A checkpoint is a log's signed statement of its head: msgpack ["alpr-checkpoint-1", logId, next, headHash, wallMs, clockQuality,
 * boot] and an Ed25519 signature over exactly those stored bytes. headHash is the hash of record next-1. One signature vouches for
 * every record before it, so a proof of one detection is at most 64 headers and one signature.
 */
import { type Signer, verifySignature } from "../crypto/device-keys.ts";
import { type BootId, bytesToHex, hexId, hexToBytes, type LogId } from "../model/ids.ts";
import { decodePositional, encodePositional, ms } from "./positional.ts";
import { isCount } from "./record.ts";

export const CHECKPOINT_DOMAIN = "alpr-checkpoint-1";
/** A checkpoint stands at least this often. */
export const RECORDS_PER_CHECKPOINT_MAX = 64;
export const CHECKPOINT_INTERVAL_MAX_MS = 5_000;
export const CHECKPOINT_BYTES_MAX = 160;

export interface Checkpoint {
  readonly logId: LogId;
  readonly next: number;
  readonly headHash: Uint8Array;
  readonly wallMs: number;
  readonly clockQuality: number;
  readonly boot: BootId;
}

export interface SignedCheckpoint {
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
}

export function signCheckpoint(checkpoint: Checkpoint, sign: Signer): SignedCheckpoint {
  const bytes = encodePositional([
    CHECKPOINT_DOMAIN,
    hexToBytes(checkpoint.logId),
    checkpoint.next,
    checkpoint.headHash,
    ms(checkpoint.wallMs),
    checkpoint.clockQuality,
    hexToBytes(checkpoint.boot),
  ]);
  return { bytes, signature: sign(bytes) };
}

/** Undefined when the bytes are not a checkpoint or the signature is not `publicKey`'s. */
export function openCheckpoint(signed: SignedCheckpoint, publicKey: Uint8Array): Checkpoint | undefined {
  if (!verifySignature(publicKey, signed.bytes, signed.signature)) return undefined;
  return decodeCheckpoint(signed.bytes);
}

/** The content of checkpoint bytes, signature unchecked; undefined when they are not a checkpoint. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint | undefined {
  if (bytes.length > CHECKPOINT_BYTES_MAX) return undefined;
  const decoded = decodePositional(bytes);
  if (decoded.kind !== "ok" || !Array.isArray(decoded.value)) return undefined;
  const [domain, logId, next, headHash, wallMs, clockQuality, boot] = decoded.value;
  if (domain !== CHECKPOINT_DOMAIN || !isBytes(logId, 16) || !isBytes(headHash, 32) || !isBytes(boot, 8)) return undefined;
  if (!isCount(next) || !isCount(wallMs) || !isCount(clockQuality)) return undefined;
  return { logId: hexId<LogId>(logId), next, headHash, wallMs, clockQuality, boot: bytesToHex(boot) as BootId };
}

const isBytes = (value: unknown, length: number): value is Uint8Array => value instanceof Uint8Array && value.length === length;
