import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeSigner, signingKeysFromSeed } from "../crypto/device-keys.ts";
import { loadSodium } from "../crypto/load-sodium.ts";
import { consistencyRanges, foldNodes, growTree, leafHash, nodesOf } from "../log/merkle.ts";
import type { Incarnation } from "../model/ids.ts";
import type { TreeHead } from "./frames.ts";
import { PROOF_EVERY_MS } from "./limits.ts";
import { centralIdOf, treeHeadSignedBytes } from "./signed-bytes.ts";
import { decodeTreeHead, encodeTreeHead, isSignedHead } from "./tree-head.ts";
import { newTreeWatch, noteProof, noteTreeHead, type TreeWatch } from "./tree-watch.ts";

await loadSodium();
const KEYS = signingKeysFromSeed(new Uint8Array(32).fill(4));
const sign = makeSigner(KEYS);
const FIRST = "a1".repeat(16) as Incarnation;
const SECOND = "a2".repeat(16) as Incarnation;
const LEAVES = Array.from({ length: 40 }, (_, at) => leafHash(Uint8Array.of(at)));

/** Central's tree; `rewritten`: one with another third leaf, everything behind it the same. */
class Tree {
  private readonly nodes: Map<string, Uint8Array>;

  constructor(rewritten = false) {
    const leaves = LEAVES.map((leaf, at) => (rewritten && at === 2 ? leafHash(Uint8Array.of(0xff)) : leaf));
    this.nodes = new Map(growTree(0, [], leaves).nodes.map((node) => [`${node.level}:${node.position}`, node.hash]));
  }

  hash(from: number, to: number): Uint8Array {
    return foldNodes(nodesOf({ from, to }).map(({ level, position }) => this.nodes.get(`${level}:${position}`)!));
  }

  head(size: number, incarnation = FIRST, signer = sign, key = KEYS.publicKey): TreeHead {
    const centralId = centralIdOf(key);
    const root = this.hash(0, size);
    return { centralId, incarnation, size, root, signature: signer(treeHeadSignedBytes(centralId, incarnation, size, root)) };
  }

  proof(from: number, to: number) {
    return { type: "proof" as const, from, to, hashes: consistencyRanges(from, to).map((range) => this.hash(range.from, range.to)) };
  }
}

const tree = new Tree();
function watching(witness: TreeHead | null = null): TreeWatch {
  return { ...newTreeWatch(), centralKey: KEYS.publicKey, witness };
}

test("the first head is taken as it is, and a larger one only by its proof", () => {
  const watch = watching();
  assert.equal(noteTreeHead(watch, tree.head(5), 0), { news: [{ kind: "witness", head: tree.head(5) }], ask: null });
  assert.equal(noteTreeHead(watch, tree.head(9), 0), { news: [], ask: { type: "proof?", from: 5, to: 9 } });
  assert.is(watch.witness!.size, 5);
  assert.equal(noteProof(watch, tree.proof(5, 9)), { news: [{ kind: "witness", head: tree.head(9) }], ask: null });
  assert.is(watch.witness!.size, 9);
});

test("a proof is asked for once a minute, however often the tree grows, and then for the newest head", () => {
  const watch = watching(tree.head(5));
  assert.ok(noteTreeHead(watch, tree.head(9), 1_000).ask);
  assert.is(noteTreeHead(watch, tree.head(12), 1_000 + PROOF_EVERY_MS - 1).ask, null);
  assert.equal(noteTreeHead(watch, tree.head(20), 1_000 + PROOF_EVERY_MS).ask, { type: "proof?", from: 5, to: 20 });
});

test("the same head again says nothing", () => {
  assert.equal(noteTreeHead(watching(tree.head(5)), tree.head(5), 0), { news: [], ask: null });
});

test("a smaller tree in the same life is a fork, said once, and the witness stays", () => {
  const watch = watching(tree.head(9));
  assert.equal(noteTreeHead(watch, tree.head(5), 0).news, [{ kind: "fork", why: "smaller", held: tree.head(9), shown: tree.head(5) }]);
  assert.equal(noteTreeHead(watch, tree.head(6), 0).news, []);
  assert.is(watch.witness!.size, 9);
});

test("another root of the same size in the same life is a fork", () => {
  const other = new Tree(true).head(9);
  const { news } = noteTreeHead(watching(tree.head(9)), other, 0);
  assert.equal(news, [{ kind: "fork", why: "two-roots", held: tree.head(9), shown: other }]);
});

test("a proof that does not verify in the same life is a fork, and a later sound proof moves the witness again", () => {
  const watch = watching(tree.head(9));
  const rewritten = new Tree(true);
  noteTreeHead(watch, rewritten.head(20), 0);
  const { news } = noteProof(watch, rewritten.proof(9, 20));
  assert.equal(news, [{ kind: "fork", why: "not-proved", held: tree.head(9), shown: rewritten.head(20) }]);
  noteTreeHead(watch, tree.head(21), PROOF_EVERY_MS);
  assert.is(noteProof(watch, tree.proof(9, 21)).news[0]!.kind, "witness");
});

test("a new life whose tree is shorter, or another, is a restored central and no fork", () => {
  const shorter = watching(tree.head(9));
  const shown = tree.head(5, SECOND);
  assert.equal(noteTreeHead(shorter, shown, 0).news, [{ kind: "restored", held: tree.head(9), shown }]);
  assert.is(shorter.witness!.size, 5);
  const longer = watching(tree.head(9));
  const rewritten = new Tree(true);
  assert.ok(noteTreeHead(longer, rewritten.head(20, SECOND), 0).ask);
  assert.is(noteProof(longer, rewritten.proof(9, 20)).news[0]!.kind, "restored");
  assert.is(longer.witness!.size, 20);
});

test("a new life that goes on with the same tree is no news for people", () => {
  const watch = watching(tree.head(9));
  assert.equal(noteTreeHead(watch, tree.head(9, SECOND), 0).news, [{ kind: "witness", head: tree.head(9, SECOND) }]);
  noteTreeHead(watch, tree.head(12, SECOND), 0);
  assert.is(noteProof(watch, tree.proof(9, 12)).news[0]!.kind, "witness");
});

test("what central did not sign is not used, whatever it shows", () => {
  const stranger = signingKeysFromSeed(new Uint8Array(32).fill(5));
  const heads: TreeHead[] = [
    tree.head(5, FIRST, makeSigner(stranger)),
    tree.head(5, FIRST, makeSigner(stranger), stranger.publicKey),
    { ...tree.head(9), size: 5 },
    { ...tree.head(9), incarnation: SECOND },
    { ...tree.head(9), root: new Uint8Array(32) },
    { ...tree.head(9), size: 0 },
    { ...tree.head(8), signature: new Uint8Array(64) },
  ];
  for (const head of heads) {
    const watch = watching(tree.head(8));
    assert.equal(noteTreeHead(watch, head, 0), { news: [{ kind: "unsigned" }], ask: null });
    assert.is(watch.witness!.size, 8);
  }
});

test("a proof that nobody asked for, or for other sizes, changes nothing", () => {
  const watch = watching(tree.head(5));
  assert.equal(noteProof(watch, tree.proof(5, 9)).news, []);
  noteTreeHead(watch, tree.head(9), 0);
  assert.equal(noteProof(watch, tree.proof(4, 9)).news, []);
  assert.equal(noteProof(watch, tree.proof(5, 10)).news, []);
  assert.is(watch.witness!.size, 5);
});

test("a head is kept as bytes and comes back whole; other bytes are none", () => {
  const head = tree.head(9);
  assert.equal(decodeTreeHead(encodeTreeHead(head)), head);
  assert.ok(isSignedHead(decodeTreeHead(encodeTreeHead(head))!, KEYS.publicKey));
  const bytes = encodeTreeHead(head);
  for (let length = 0; length < bytes.length; length++) assert.is(decodeTreeHead(bytes.subarray(0, length)), undefined);
});

test.run();
