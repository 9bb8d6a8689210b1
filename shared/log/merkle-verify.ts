/** Whoever checks a tree: the verifications of RFC 9162 sections 2.1.3.2 and 2.1.4.2, step by step. Sizes stay below 2^53. */
import { nodeHash } from "./merkle.ts";
import { sameBytes } from "./record.ts";

const HASH_BYTES = 32;
const isOdd = (value: number): boolean => value % 2 === 1;
const half = (value: number): number => Math.floor(value / 2);
const areHashes = (hashes: readonly Uint8Array[]): boolean => hashes.every((hash) => hash.length === HASH_BYTES);

export interface InclusionClaim {
  readonly leafHash: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly root: Uint8Array;
}

/** RFC 9162 2.1.3.2: the leaf is the one at `index` of the tree of `size` with that root. */
export function verifyInclusion({ leafHash, index, size, root }: InclusionClaim, path: readonly Uint8Array[]): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size || !areHashes(path)) return false;
  let fn = index;
  let sn = size - 1;
  let hash = leafHash;
  for (const step of path) {
    if (sn === 0) return false;
    if (isOdd(fn) || fn === sn) {
      hash = nodeHash(step, hash);
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn);
        sn = half(sn);
      }
    } else hash = nodeHash(hash, step);
    fn = half(fn);
    sn = half(sn);
  }
  return sn === 0 && sameBytes(hash, root);
}

export interface TreeAt {
  readonly size: number;
  readonly root: Uint8Array;
}

/**
 * RFC 9162 2.1.4.2: the first `older.size` leaves of the newer tree are the older tree. Two trees of one size need no hashes and the same
 * root. Nothing leads from an empty tree: any tree continues it, but no signed head is empty.
 */
export function verifyConsistency(older: TreeAt, newer: TreeAt, proof: readonly Uint8Array[]): boolean {
  if (!Number.isSafeInteger(older.size) || !Number.isSafeInteger(newer.size) || older.size < 1 || !areHashes(proof)) return false;
  if (older.size >= newer.size) return older.size === newer.size && proof.length === 0 && sameBytes(older.root, newer.root);
  // The verifier knows the root of a full old tree, so that the proof leaves it out.
  const [first, ...rest] = isPowerOfTwo(older.size) ? [older.root, ...proof] : proof;
  if (first === undefined || proof.length === 0) return false;
  let fn = older.size - 1;
  let sn = newer.size - 1;
  while (isOdd(fn)) {
    fn = half(fn);
    sn = half(sn);
  }
  let oldRoot = first;
  let newRoot = first;
  for (const step of rest) {
    if (sn === 0) return false;
    if (isOdd(fn) || fn === sn) {
      oldRoot = nodeHash(step, oldRoot);
      newRoot = nodeHash(step, newRoot);
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn);
        sn = half(sn);
      }
    } else newRoot = nodeHash(newRoot, step);
    fn = half(fn);
    sn = half(sn);
  }
  return sn === 0 && sameBytes(oldRoot, older.root) && sameBytes(newRoot, newer.root);
}

function isPowerOfTwo(value: number): boolean {
  let rest = value;
  while (rest > 1 && !isOdd(rest)) rest = half(rest);
  return rest === 1;
}
