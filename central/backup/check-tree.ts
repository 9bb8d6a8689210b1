import { foldNodes, growTree, type StoredNode } from "../../shared/log/merkle.ts";
import { sameBytes } from "../../shared/log/record.ts";
import { treeLeafHash } from "../../shared/log/tree-leaf.ts";
import { bytesToHex } from "../../shared/model/ids.ts";
import type { Db } from "../db/open-db.ts";
import { checkpointsOfLeaves, hashesOf } from "../db/tree-node-rows.ts";
import type { TreeSize } from "./backup-manifest.ts";
import { holdsHead } from "./database-facts-rows.ts";

const LEAVES_AT_ONCE = 1_000;

/**
 * Whether the tree in this database is the one of that head: the signed head is there, and the tree that its checkpoints make, leaf by leaf,
 * has that root and the nodes that are stored. A node that is another one would give proofs that nobody can follow.
 */
export async function holdsTree(db: Db, tree: TreeSize): Promise<boolean> {
  if (!(await holdsHead(db, tree))) return false;
  let frontier: readonly Uint8Array[] = [];
  for (let at = 0; at < tree.size; ) {
    const leaves = await checkpointsOfLeaves(db, at, Math.min(LEAVES_AT_ONCE, tree.size - at));
    if (leaves.length === 0) return false;
    const grown = growTree(
      at,
      frontier,
      leaves.map((leaf) => treeLeafHash(leaf.bytes, leaf.receivedMs)),
    );
    if (!(await areStored(db, grown.nodes))) return false;
    frontier = grown.frontier;
    at += leaves.length;
  }
  return bytesToHex(foldNodes(frontier)) === tree.root;
}

async function areStored(db: Db, nodes: readonly StoredNode[]): Promise<boolean> {
  const stored = await hashesOf(db, nodes);
  return stored?.every((hash, at) => sameBytes(hash, nodes[at]!.hash)) === true;
}
