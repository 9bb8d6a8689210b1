/** Trees of any size against the definition of RFC 6962 section 2.1, written down literally. A failure prints its seed. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bytesToHex } from "../model/ids.ts";
import {
  consistencyRanges,
  EMPTY_ROOT,
  foldNodes,
  growTree,
  inclusionRanges,
  type LeafRange,
  leafHash,
  nodeHash,
  nodesOf,
} from "./merkle.ts";
import { verifyConsistency, verifyInclusion } from "./merkle-verify.ts";

const SIZE_MAX = 200;
const RUNS = { numRuns: 300 };
const LEAVES = Array.from({ length: SIZE_MAX }, (_, at) => leafHash(Uint8Array.of(at >> 8, at & 0xff)));

/** MTH(D[n]) as the RFC defines it. */
function mth(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return leaves[0]!;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(mth(leaves.slice(0, split)), mth(leaves.slice(split)));
}

const stored = new Map(growTree(0, [], LEAVES).nodes.map((node) => [`${node.level}:${node.position}`, node.hash]));
const hashOf = (range: LeafRange) => foldNodes(nodesOf(range).map(({ level, position }) => stored.get(`${level}:${position}`)!));
const treeOf = (size: number) => ({ size, root: mth(LEAVES.slice(0, size)) });
const sizes = fc
  .tuple(fc.integer({ min: 1, max: SIZE_MAX }), fc.integer({ min: 1, max: SIZE_MAX }))
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);

test("a tree that grew in any pieces has the nodes and the root of one that grew at once", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 8 }), (pieces) => {
      let size = 0;
      let frontier: readonly Uint8Array[] = [];
      for (const piece of pieces) {
        const leaves = LEAVES.slice(size, size + piece);
        const grown = growTree(size, frontier, leaves);
        for (const node of grown.nodes) assert.is(bytesToHex(node.hash), bytesToHex(stored.get(`${node.level}:${node.position}`)!));
        frontier = grown.frontier;
        size += leaves.length;
      }
      assert.equal(foldNodes(frontier), treeOf(size).root);
    }),
    RUNS,
  );
});

test("every leaf of every tree is proved, and only at its own place", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: SIZE_MAX }), fc.nat(), fc.nat(), (size, first, second) => {
      const index = first % size;
      const other = second % size;
      const path = inclusionRanges(index, size).map(hashOf);
      const claim = { leafHash: LEAVES[index]!, index, ...treeOf(size) };
      assert.ok(verifyInclusion(claim, path));
      if (other !== index) {
        assert.not.ok(verifyInclusion({ ...claim, index: other }, path));
        assert.not.ok(verifyInclusion({ ...claim, leafHash: LEAVES[other]! }, path));
      }
    }),
    RUNS,
  );
});

test("a larger tree proves that it begins with the smaller one; any changed hash, and any changed tree, is refused", () => {
  fc.assert(
    fc.property(sizes, fc.nat(), fc.nat(31), ([from, to], which, byte) => {
      const proof = consistencyRanges(from, to).map(hashOf);
      assert.ok(verifyConsistency(treeOf(from), treeOf(to), proof));
      if (proof.length === 0) return;
      const changed = proof.map((hash, at) =>
        at === which % proof.length ? hash.map((value, place) => (place === byte ? value ^ 1 : value)) : hash,
      );
      assert.not.ok(verifyConsistency(treeOf(from), treeOf(to), changed));
      const rewritten = [...LEAVES.slice(0, to)];
      rewritten[which % from] = leafHash(Uint8Array.of(0xff));
      assert.not.ok(verifyConsistency(treeOf(from), { size: to, root: mth(rewritten) }, proof));
    }),
    RUNS,
  );
});

test("proofs stay short: at most log2(size) + 1 hashes, and trees of 2^40 leaves have frontiers and ranges too", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 40 }), fc.integer({ min: 1, max: 2 ** 40 }), (a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const ranges = consistencyRanges(from, to);
      assert.ok(ranges.length <= Math.ceil(Math.log2(to)) + 1);
      for (const range of ranges) assert.ok(nodesOf(range).length <= 41);
    }),
    RUNS,
  );
});

test.run();
