/**
 * A verifier of a log that uses neither msgpackr nor our codec: the few lines that somebody would write from the specification alone.
 * Input is what is stored: headers, payloads and a signed checkpoint. It proves that our own code and the specification agree.
 */
import { createHash, createPublicKey, verify } from "node:crypto";

export interface StoredLog {
  readonly logId: Buffer;
  readonly publicKey: Buffer;
  readonly headers: readonly Buffer[];
  readonly payloads: readonly Buffer[];
  readonly checkpoint: Buffer;
  readonly signature: Buffer;
}

/** "ok", or one sentence that says what does not hold. */
export function verifyStoredLog(log: StoredLog): string {
  if (!sha256(Buffer.from("alpr-genesis-1"), log.headers[0]!).subarray(0, 16).equals(log.logId)) return "the genesis record does not name this log";
  const hashes: Buffer[] = [];
  let previous: Buffer = Buffer.alloc(32);
  for (const [seq, header] of log.headers.entries()) {
    if (!header.subarray(0, 32).equals(previous)) return `record ${seq} does not follow the one before it`;
    if (!header.subarray(32, 64).equals(sha256(log.payloads[seq]!))) return `the payload of record ${seq} is not the one that was signed`;
    if (readSeq(header.subarray(64)) !== seq) return `record ${seq} carries another number`;
    previous = sha256(Buffer.from("alpr-record-1"), log.logId, header);
    hashes.push(previous);
  }
  // Checkpoint: fixarray of 7, str 17 "alpr-checkpoint-1", bin 16 logId, next, bin 32 headHash, ...
  const start = Buffer.concat([Buffer.from([0x97, 0xb1]), Buffer.from("alpr-checkpoint-1"), Buffer.from([0xc4, 16]), log.logId]);
  if (!log.checkpoint.subarray(0, start.length).equals(start)) return "the checkpoint is not this log's";
  const next = readUint(log.checkpoint, start.length);
  const head = hashes[next.value - 1];
  if (head === undefined) return "the checkpoint states more records than there are";
  const stated = log.checkpoint.subarray(next.end, next.end + 34);
  if (!stated.equals(Buffer.concat([Buffer.from([0xc4, 32]), head]))) return "the checkpoint states another head";
  return verify(null, log.checkpoint, ed25519(log.publicKey), log.signature) ? "ok" : "the checkpoint's signature is not the device's";
}

/** tail = fixarray of 8, whose first item is seq. */
function readSeq(tail: Buffer): number {
  return tail[0] === 0x98 ? readUint(tail, 1).value : -1;
}

/** An unsigned whole number: below 128 its own byte, then uint 8, 16 and 32. -1 for anything else. */
function readUint(bytes: Buffer, at: number): { readonly value: number; readonly end: number } {
  const first = bytes[at] ?? 0xc1;
  if (first < 0x80) return { value: first, end: at + 1 };
  if (first === 0xcc) return { value: bytes.readUInt8(at + 1), end: at + 2 };
  if (first === 0xcd) return { value: bytes.readUInt16BE(at + 1), end: at + 3 };
  if (first === 0xce) return { value: bytes.readUInt32BE(at + 1), end: at + 5 };
  return { value: -1, end: at };
}

function sha256(...parts: readonly Buffer[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** RFC 8410: the DER prefix of an Ed25519 public key. */
function ed25519(raw: Buffer) {
  return createPublicKey({ key: Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]), format: "der", type: "spki" });
}
