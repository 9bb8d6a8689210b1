/**
 * A verifier of the tree that uses neither msgpackr nor our codec nor our Merkle code: what somebody would write from RFC 6962 section 2.1
 * and the sentence about leaves alone. It recomputes everything from the checkpoints.
 */
import { createHash, createPublicKey, verify } from "node:crypto";

export interface StoredTree {
  readonly publicKey: Buffer;
  readonly incarnation: Buffer;
  readonly leaves: readonly { readonly checkpoint: Buffer; readonly receivedMs: number }[];
  readonly root: Buffer;
  readonly signature: Buffer;
}

/** "ok", or one sentence that says what does not hold. */
export function verifyStoredTree(tree: StoredTree): string {
  const root = mth(tree.leaves.map(({ checkpoint, receivedMs }) => sha256(Buffer.of(0), leafBytes(checkpoint, receivedMs))));
  if (!root.equals(tree.root)) return "the root is not that of these checkpoints";
  if (tree.leaves.length > 127) return "this verifier reads trees of at most 127 leaves";
  // Head: fixarray of 5, str 16 "alpr-tree-head-1", bin 16 central, bin 16 incarnation, size, bin 32 root.
  const central = sha256(tree.publicKey).subarray(0, 16);
  const head = Buffer.concat([
    Buffer.from([0x95, 0xb0]), Buffer.from("alpr-tree-head-1"), bin(central), bin(tree.incarnation), Buffer.of(tree.leaves.length), bin(tree.root),
  ]);
  return verify(null, head, ed25519(tree.publicKey), tree.signature) ? "ok" : "the head's signature is not central's";
}

/** fixarray of 3, str 16 "alpr-tree-leaf-1", bin checkpoint, uint64 of milliseconds. */
function leafBytes(checkpoint: Buffer, receivedMs: number): Buffer {
  const time = Buffer.alloc(9, 0xcf);
  time.writeBigUInt64BE(BigInt(receivedMs), 1);
  return Buffer.concat([Buffer.from([0x93, 0xb0]), Buffer.from("alpr-tree-leaf-1"), bin(checkpoint), time]);
}

function mth(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0]!;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(Buffer.of(1), mth(leaves.slice(0, split)), mth(leaves.slice(split)));
}

const bin = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0xc4, bytes.length]), bytes]);

function sha256(...parts: readonly Buffer[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** RFC 8410: the DER prefix of an Ed25519 public key. */
function ed25519(raw: Buffer) {
  return createPublicKey({ key: Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]), format: "der", type: "spki" });
}
