/** One small tree over the sample log's checkpoint at five times of receipt: what golden/tree-v1.json holds. Never change it. */
import { makeSigner, signingKeysFromSeed } from "../../crypto/device-keys.ts";
import type { Incarnation } from "../../model/ids.ts";
import { centralIdOf, treeHeadSignedBytes } from "../../protocol/signed-bytes.ts";
import { foldNodes, growTree } from "../merkle.ts";
import { treeLeaf, treeLeafHash } from "../tree-leaf.ts";
import { SEED, sampleLog } from "./sample-log.ts";

export const INCARNATION = "30".repeat(16) as Incarnation;
const RECEIVED_MS = 1_795_305_700_000;

export function sampleTree() {
  const keys = signingKeysFromSeed(SEED.map((byte) => byte ^ 0xff));
  const { checkpoint } = sampleLog();
  const times = [0, 1, 2, 3, 4].map((second) => RECEIVED_MS + second * 1_000);
  const leaves = times.map((receivedMs) => ({ receivedMs, bytes: treeLeaf(checkpoint.bytes, receivedMs) }));
  const hashes = times.map((receivedMs) => treeLeafHash(checkpoint.bytes, receivedMs));
  const { nodes, frontier } = growTree(0, [], hashes);
  const root = foldNodes(frontier);
  const signature = makeSigner(keys)(treeHeadSignedBytes(centralIdOf(keys.publicKey), INCARNATION, hashes.length, root));
  return { publicKey: keys.publicKey, checkpoint: checkpoint.bytes, leaves, nodes, root, signature };
}
