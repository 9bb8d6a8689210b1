/** The reference vectors of the Certificate Transparency project (its merkle_tree_test), which every implementation of RFC 6962 shares. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bytesToHex, hexToBytes } from "../model/ids.ts";
import { consistencyRanges, EMPTY_ROOT, foldNodes, growTree, inclusionRanges, type LeafRange, leafHash, nodesOf } from "./merkle.ts";
import { verifyConsistency, verifyInclusion } from "./merkle-verify.ts";

const LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"].map((hex) =>
  leafHash(hexToBytes(hex)),
);
/** Of the trees of 1 to 8 leaves. */
const ROOTS = [
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const LEAF_0 = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
const LEAF_1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const LEAF_2 = "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7";
const LEAF_3 = "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7";
const LEAF_4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
const LEAF_6 = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f";
const NODE_0_2 = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
const NODE_2_4 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const NODE_4_6 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
const NODE_6_8 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
const NODE_0_4 = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7";
const NODE_4_8 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
const NODE_4_7 = "837dbb152e9b079010717e84e865da4ebc0fa198a806d59d31bf15accef22d0e";

const INCLUSION: readonly (readonly [index: number, size: number, path: readonly string[]])[] = [
  [0, 1, []],
  [0, 8, [LEAF_1, NODE_2_4, NODE_4_8]],
  [5, 8, [LEAF_4, NODE_6_8, NODE_0_4]],
  [2, 3, [NODE_0_2]],
  [1, 5, [LEAF_0, NODE_2_4, LEAF_4]],
  [6, 7, [NODE_4_6, NODE_0_4]],
];
const CONSISTENCY: readonly (readonly [from: number, to: number, proof: readonly string[]])[] = [
  [1, 1, []],
  [1, 8, [LEAF_1, NODE_2_4, NODE_4_8]],
  [6, 8, [NODE_4_6, NODE_6_8, NODE_0_4]],
  [2, 5, [NODE_2_4, LEAF_4]],
  [3, 7, [LEAF_2, LEAF_3, NODE_0_2, NODE_4_7]],
  [4, 7, [NODE_4_7]],
  [6, 7, [NODE_4_6, LEAF_6, NODE_0_4]],
];

const { nodes } = growTree(0, [], LEAVES);
const stored = new Map(nodes.map((node) => [`${node.level}:${node.position}`, node.hash]));
const hashOf = (range: LeafRange) => foldNodes(nodesOf(range).map(({ level, position }) => stored.get(`${level}:${position}`)!));
const rootOf = (size: number) => hexToBytes(ROOTS[size - 1]!);

test("the empty tree has the hash of the empty string", () => {
  assert.is(bytesToHex(EMPTY_ROOT), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  assert.equal(foldNodes([]), EMPTY_ROOT);
});

test("leaf hashes and the roots of all eight trees are those of the reference", () => {
  assert.is(bytesToHex(LEAVES[0]!), LEAF_0);
  assert.is(bytesToHex(LEAVES[6]!), LEAF_6);
  for (const [at, root] of ROOTS.entries()) assert.is(bytesToHex(hashOf({ from: 0, to: at + 1 })), root, `${at + 1} leaves`);
});

for (const [index, size, path] of INCLUSION) {
  test(`leaf ${index} of ${size}: the path is the reference's, and verifies`, () => {
    const made = inclusionRanges(index, size).map(hashOf);
    assert.equal(made.map(bytesToHex), path);
    assert.ok(verifyInclusion({ leafHash: LEAVES[index]!, index, size, root: rootOf(size) }, made));
  });
}

for (const [from, to, proof] of CONSISTENCY) {
  test(`from ${from} to ${to} leaves: the proof is the reference's, and verifies`, () => {
    const made = consistencyRanges(from, to).map(hashOf);
    assert.equal(made.map(bytesToHex), proof);
    assert.ok(verifyConsistency({ size: from, root: rootOf(from) }, { size: to, root: rootOf(to) }, made));
  });
}

test("a size, a root or a hash that is not the proof's own is refused", () => {
  const proof = consistencyRanges(6, 8).map(hashOf);
  const [older, newer] = [
    { size: 6, root: rootOf(6) },
    { size: 8, root: rootOf(8) },
  ];
  const other = EMPTY_ROOT;
  for (const wrong of [
    () => verifyConsistency({ ...older, size: 5 }, newer, proof),
    () => verifyConsistency({ ...older, size: 7 }, newer, proof),
    () => verifyConsistency(older, { ...newer, size: 16 }, proof),
    () => verifyConsistency(older, { ...newer, size: 4 }, proof),
    () => verifyConsistency({ ...older, root: other }, newer, proof),
    () => verifyConsistency(older, { ...newer, root: other }, proof),
    () => verifyConsistency({ size: 6, root: newer.root }, { size: 8, root: older.root }, proof),
    () => verifyConsistency(older, newer, []),
    () => verifyConsistency(older, newer, proof.slice(0, -1)),
    () => verifyConsistency(older, newer, [...proof, proof[2]!]),
    () => verifyConsistency(older, newer, [other, ...proof.slice(1)]),
    () => verifyConsistency(older, newer, [proof[0]!.subarray(1), ...proof.slice(1)]),
    () => verifyConsistency({ ...older, size: 0 }, newer, proof),
    () => verifyConsistency(newer, older, proof),
  ]) {
    assert.is(wrong(), false, String(wrong));
  }
});

test("two trees of one size are the same or are not one tree", () => {
  const tree = { size: 8, root: rootOf(8) };
  assert.ok(verifyConsistency(tree, tree, []));
  assert.not.ok(verifyConsistency(tree, { size: 8, root: rootOf(7) }, []));
  assert.not.ok(verifyConsistency(tree, tree, [rootOf(8)]));
});

test("no proof is made from nothing, backwards, or for a leaf that is not there", () => {
  for (const bug of [
    () => consistencyRanges(0, 5),
    () => consistencyRanges(6, 5),
    () => inclusionRanges(5, 5),
    () => growTree(3, [EMPTY_ROOT], []),
  ]) {
    assert.throws(bug);
  }
});

test.run();
