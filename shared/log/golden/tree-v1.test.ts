import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadSodium } from "../../crypto/load-sodium.ts";
import { bytesToHex } from "../../model/ids.ts";
import { INCARNATION, sampleTree } from "./sample-tree.ts";
import { type StoredTree, verifyStoredTree } from "./verify-tree.ts";

await loadSodium();
const golden = JSON.parse(readFileSync(new URL("./tree-v1.json", import.meta.url), "utf8")) as {
  publicKey: string; checkpoint: string; leaves: { receivedMs: number; bytes: string }[]; nodes: Record<string, string>; root: string; signature: string;
};
const hex = (text: string) => Buffer.from(text, "hex");
const stored = (): StoredTree => ({
  publicKey: hex(golden.publicKey), incarnation: hex(INCARNATION), root: hex(golden.root), signature: hex(golden.signature),
  leaves: golden.leaves.map(({ receivedMs }) => ({ checkpoint: hex(golden.checkpoint), receivedMs })),
});

test("today's code makes the released leaves, nodes, root and head of version 1, to the bit", () => {
  const made = sampleTree();
  assert.is(bytesToHex(made.checkpoint), golden.checkpoint);
  assert.equal(made.leaves.map(({ receivedMs, bytes }) => ({ receivedMs, bytes: bytesToHex(bytes) })), golden.leaves);
  assert.equal(Object.fromEntries(made.nodes.map((node) => [`${node.level}:${node.position}`, bytesToHex(node.hash)])), golden.nodes);
  assert.is(bytesToHex(made.root), golden.root);
  assert.is(bytesToHex(made.signature), golden.signature);
});

test("a verifier that knows only the RFC and the form of a leaf accepts the golden tree", () => {
  assert.is(verifyStoredTree(stored()), "ok");
});

test("that verifier refuses a changed checkpoint, time, order, life, root or signature", () => {
  const tree = stored();
  const flipped = (bytes: Buffer) => Buffer.from(bytes.map((byte, at) => (at === 3 ? byte ^ 1 : byte)));
  const [first, second, ...rest] = tree.leaves;
  for (const wrong of [
    { ...tree, leaves: [{ ...first!, checkpoint: flipped(first!.checkpoint) }, second!, ...rest] },
    { ...tree, leaves: [{ ...first!, receivedMs: first!.receivedMs + 1 }, second!, ...rest] },
    { ...tree, leaves: [second!, first!, ...rest] },
    { ...tree, leaves: tree.leaves.slice(1) },
    { ...tree, incarnation: flipped(tree.incarnation) },
    { ...tree, root: flipped(tree.root) },
    { ...tree, signature: flipped(tree.signature) },
  ]) {
    assert.is.not(verifyStoredTree(wrong), "ok");
  }
});

test.run();
