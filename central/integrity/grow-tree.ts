/**
 * Appends received checkpoints to the Merkle tree (RFC 6962) and signs its heads. Called by whoever numbers the arrivals, on the
 * connection that holds that lock: there is one writer of the tree, and no merge ever waits for it.
 */
import { foldNodes, growTree } from "../../shared/log/merkle.ts";
import { treeLeafHash } from "../../shared/log/tree-leaf.ts";
import { treeHeadSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import type { Db, Tx } from "../db/open-db.ts";
import type { CentralIdentity } from "./central-identity.ts";
import { newestLife } from "./life-rows.ts";
import { frontierOf, insertHead, insertLeaves, newestHead, takeCheckpoints, treeSize } from "./tree-rows.ts";

/** Keeps one transaction far below the 250 ms that a writing one may last. */
const LEAVES_PER_STEP = 1_000;
/**
 * Heads are signed no closer than this, and only when the tree has grown (or a new life has none yet). Steps come a second apart; a bit
 * less here, so that the rounding of clocks does not cost a turn.
 */
const SIGN_EVERY_MS = 950;

export interface GrowTreeDeps {
  readonly identity: Pick<CentralIdentity, "centralId" | "sign">;
  readonly nowMs: () => number;
}

export interface Grown {
  readonly size: number;
  /** More checkpoints wait than one step takes. */
  readonly isBehind: boolean;
}

/** One step, one transaction. */
export async function growTreeStep(deps: GrowTreeDeps, db: Db): Promise<Grown> {
  return db.transaction().execute(async (tx) => {
    const waiting = await takeCheckpoints(tx, LEAVES_PER_STEP);
    const before = await treeSize(tx);
    const size = before + waiting.length;
    let frontier = await mustHold(tx, before);
    if (waiting.length > 0) {
      const grown = growTree(
        before,
        frontier,
        waiting.map((one) => treeLeafHash(one.bytes, one.receivedMs)),
      );
      await insertLeaves(tx, before, waiting, grown.nodes);
      frontier = [...grown.frontier];
    }
    const isBehind = waiting.length === LEAVES_PER_STEP;
    if (!isBehind && size > 0) await signHead(tx, deps, size, frontier);
    return { size, isBehind };
  });
}

async function mustHold(tx: Tx, size: number): Promise<Uint8Array[]> {
  const frontier = await frontierOf(tx, size);
  if (frontier === undefined) throw new Error(`the tree of ${size} leaves lacks nodes`);
  return frontier;
}

async function signHead(tx: Tx, { identity, nowMs }: GrowTreeDeps, size: number, frontier: readonly Uint8Array[]): Promise<void> {
  const life = await newestLife(tx);
  if (life === undefined) return;
  const { centralId } = identity;
  const { incarnation } = life;
  const newest = await newestHead(tx, centralId, incarnation);
  const signedMs = nowMs();
  if (newest !== undefined && (newest.size >= size || Math.abs(signedMs - newest.signedMs) < SIGN_EVERY_MS)) return;
  const root = foldNodes(frontier);
  const signature = identity.sign(treeHeadSignedBytes(centralId, incarnation, size, root));
  await insertHead(tx, { centralId, incarnation, size, root, signature, signedMs });
}
