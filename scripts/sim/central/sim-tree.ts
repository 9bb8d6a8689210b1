/** Central's Merkle tree over received checkpoints, in memory: what `central/integrity` keeps in tables, around the same pure growth. */
import type { CentralIdentity } from "../../../central/integrity/central-identity.ts";
import { consistencyRanges, foldNodes, growTree, type NodeAt, nodesOf } from "../../../shared/log/merkle.ts";
import { treeLeafHash } from "../../../shared/log/tree-leaf.ts";
import type { Incarnation } from "../../../shared/model/ids.ts";
import { refusal } from "../../../shared/protocol/central-session.ts";
import type { DownFrame, ProofRequest, TreeHead } from "../../../shared/protocol/frames.ts";
import { treeHeadSignedBytes } from "../../../shared/protocol/signed-bytes.ts";

/** Heads lag by so much: each costs every site a proof, and one more commit. A new life has its head at once. */
const HEAD_EVERY_MS = 15 * 60_000;

const placeOf = ({ level, position }: NodeAt): string => `${level} ${position}`;

export class SimTree {
  size = 0;
  private frontier: readonly Uint8Array[] = [];
  private readonly nodes = new Map<string, Uint8Array>();
  private signed: TreeHead | null = null;
  private signedMs = 0;

  add(checkpointBytes: Uint8Array, receivedMs: number): void {
    const grown = growTree(this.size, this.frontier, [treeLeafHash(checkpointBytes, receivedMs)]);
    for (const node of grown.nodes) this.nodes.set(placeOf(node), node.hash);
    this.frontier = grown.frontier;
    this.size += 1;
  }

  /** Null of an empty tree. */
  head({ centralId, sign }: CentralIdentity, incarnation: Incarnation, nowMs: number): TreeHead | null {
    const { size, signed } = this;
    if (size === 0) return null;
    const isFresh = signed?.size === size || Math.abs(nowMs - this.signedMs) < HEAD_EVERY_MS;
    if (signed?.incarnation === incarnation && isFresh) return signed;
    const root = foldNodes(this.frontier);
    const signature = sign(treeHeadSignedBytes(centralId, incarnation, size, root));
    this.signedMs = nowMs;
    this.signed = { centralId, incarnation, size, root, signature };
    return this.signed;
  }

  /** Of the tree as it was with so many leaves; null when it never had as many. */
  rootOf(size: number): Uint8Array | null {
    if (size > this.size) return null;
    return foldNodes(nodesOf({ from: 0, to: size }).map((node) => this.nodes.get(placeOf(node))!));
  }

  prove({ from, to }: ProofRequest): DownFrame {
    if (from < 1 || from > to || to > this.size) return refusal("unsupported", "proof", "There is no such tree here.", false);
    const hashes = consistencyRanges(from, to).map((range) => foldNodes(nodesOf(range).map((node) => this.nodes.get(placeOf(node))!)));
    return { type: "proof", from, to, hashes };
  }

  copy(): SimTree {
    const copy = new SimTree();
    copy.size = this.size;
    copy.frontier = this.frontier;
    for (const [place, hash] of this.nodes) copy.nodes.set(place, hash);
    return copy;
  }
}
