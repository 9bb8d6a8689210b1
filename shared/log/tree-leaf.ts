/**
 * A leaf of central's tree: msgpack ["alpr-tree-leaf-1", checkpoint bytes as received, when central received it (ms UTC, uint64)]. The
 * checkpoint's signature is not part of it: it can be checked without, and the checkpoint's own bytes name the log and its head.
 */
import { leafHash } from "./merkle.ts";
import { encodePositional, ms } from "./positional.ts";

export function treeLeaf(checkpointBytes: Uint8Array, receivedMs: number): Uint8Array {
  return encodePositional(["alpr-tree-leaf-1", checkpointBytes, ms(receivedMs)]);
}

export const treeLeafHash = (checkpointBytes: Uint8Array, receivedMs: number): Uint8Array =>
  leafHash(treeLeaf(checkpointBytes, receivedMs));
