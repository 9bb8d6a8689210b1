/**
 * The Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1 has the same hashes and proofs): a short proof shows that one leaf is
 * in a tree, or that a larger tree only adds to a smaller one. Pure: what is stored where is the caller's business.
 *
 * A node is stored once its subtree is full: (level, position) covers the leaves position * 2^level up to (position + 1) * 2^level. A
 * full node never changes when the tree grows, and every hash that a proof needs is folded from at most log2(size) of them.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { joinBytes } from "./record.ts";

const LEAF_PREFIX = Uint8Array.of(0x00);
const NODE_PREFIX = Uint8Array.of(0x01);

/** MTH({}): the hash of the empty string. */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array(0));

/** A full subtree of 2^level leaves. */
export interface NodeAt {
  readonly level: number;
  readonly position: number;
}

export interface StoredNode extends NodeAt {
  readonly hash: Uint8Array;
}

/** The leaves from `from` up to but not including `to`. */
export interface LeafRange {
  readonly from: number;
  readonly to: number;
}

/** SHA-256(0x00 || leaf). The two prefixes keep a node from being shown as a leaf. */
export function leafHash(leaf: Uint8Array): Uint8Array {
  return sha256(joinBytes(LEAF_PREFIX, leaf));
}

/** SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(joinBytes(NODE_PREFIX, left, right));
}

/** The full nodes whose fold is the hash of a range, left to right; of a whole tree: its frontier. `from` is 0 or such as a proof names. */
export function nodesOf({ from, to }: LeafRange): NodeAt[] {
  const nodes: NodeAt[] = [];
  let at = from;
  while (at < to) {
    let level = 0;
    while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= to) level += 1;
    nodes.push({ level, position: at / 2 ** level });
    at += 2 ** level;
  }
  return nodes;
}

/** The hash of a range from the hashes of its `nodesOf`; of no nodes at all the empty tree's. */
export function foldNodes(hashes: readonly Uint8Array[]): Uint8Array {
  return hashes.reduceRight<Uint8Array | null>((right, left) => (right === null ? left : nodeHash(left, right)), null) ?? EMPTY_ROOT;
}

/**
 * Adds leaves (their hashes) to a tree of `size` whose frontier hashes are `frontier`: the nodes that became full, to be stored, and the
 * frontier after. A frontier of another length than the size has is a bug.
 */
export function growTree(
  size: number,
  frontier: readonly Uint8Array[],
  leaves: readonly Uint8Array[],
): { readonly nodes: readonly StoredNode[]; readonly frontier: readonly Uint8Array[] } {
  const standing = nodesOf({ from: 0, to: size });
  if (standing.length !== frontier.length) throw new Error(`a tree of ${size} leaves has ${standing.length} nodes in its frontier`);
  const edge: StoredNode[] = standing.map((node, at) => ({ ...node, hash: frontier[at]! }));
  const nodes: StoredNode[] = [];
  for (const [at, hash] of leaves.entries()) {
    let node: StoredNode = { level: 0, position: size + at, hash };
    nodes.push(node);
    while (edge.at(-1)?.level === node.level) {
      const left = edge.pop()!;
      node = { level: node.level + 1, position: left.position / 2, hash: nodeHash(left.hash, node.hash) };
      nodes.push(node);
    }
    edge.push(node);
  }
  return { nodes, frontier: edge.map((node) => node.hash) };
}

/** RFC 6962 2.1.1, PATH(m, D[n]): the ranges whose hashes prove that leaf `index` is in a tree of `size`, from the leaf upwards. */
export function inclusionRanges(index: number, size: number): LeafRange[] {
  if (index < 0 || index >= size) throw new Error(`no leaf ${index} in a tree of ${size}`);
  const ranges: LeafRange[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    const isLeft = index < middle;
    ranges.unshift(isLeft ? { from: middle, to } : { from, to: middle });
    if (isLeft) to = middle;
    else from = middle;
  }
  return ranges;
}

/** RFC 6962 2.1.2, PROOF(m, D[n]): the ranges whose hashes prove that the tree of `to` leaves begins with the tree of `from`; 0 < from <= to. */
export function consistencyRanges(from: number, to: number): LeafRange[] {
  if (from < 1 || from > to) throw new Error(`no proof leads from ${from} to ${to} leaves`);
  return subproof(from, { from: 0, to }, true);
}

/** SUBPROOF(m, D[n], b): `isWhole` while the old tree's root is the hash of the range itself, which the verifier knows. */
function subproof(old: number, range: LeafRange, isWhole: boolean): LeafRange[] {
  if (old === range.to) return isWhole ? [] : [range];
  const middle = range.from + splitOf(range.to - range.from);
  return old <= middle
    ? [...subproof(old, { from: range.from, to: middle }, isWhole), { from: middle, to: range.to }]
    : [...subproof(old, { from: middle, to: range.to }, false), { from: range.from, to: middle }];
}

/** The largest power of two below `count`, for counts over 1. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}
