/**
 * What an edge has seen of this tree, held against what stands here. A head that central itself signed under the current incarnation and
 * that is larger than the tree can only mean that this database is an older copy: a new life begins at once. Nothing stops for any of it.
 */
import { foldNodes } from "../../shared/log/merkle.ts";
import { sameBytes } from "../../shared/log/record.ts";
import { bytesToHex, type Incarnation } from "../../shared/model/ids.ts";
import type { TreeHead } from "../../shared/protocol/frames.ts";
import { isSignedHead } from "../../shared/protocol/tree-head.ts";
import type { Tx } from "../db/open-db.ts";
import type { CentralIdentity } from "./central-identity.ts";
import { insertLife, type Life, lockLife, newestLife } from "./life-rows.ts";
import { raiseIntegrityNotice } from "./notice-rows.ts";
import { frontierOf, treeSize } from "./tree-rows.ts";

export interface HearWitnessDeps {
  readonly identity: Pick<CentralIdentity, "publicKey">;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly nowMs: () => number;
  /** A new life began: pending transaction ids are of another world. */
  readonly onNewLife: (tx: Tx) => Promise<void>;
}

export type Heard = "fits" | "new-life" | "restored" | "changed" | "not-ours";

const RESTORED =
  "Central was restored from an older copy. The edges are sending what is missing; nothing needs to be done. Watch the waiting records of each collector fall to zero.";
const CHANGED =
  "LOG_FORK: what is stored here is not what central signed before: an edge holds central's own signature of another history. If a copy of this central runs elsewhere, end it. Keep this database as it is and compare it with a backup.";

/** `seen`: of HELLO. Says what it meant; notices and a new life are written in `tx`. */
export async function hearWitness(deps: HearWitnessDeps, tx: Tx, collectorId: string, seen: TreeHead): Promise<Heard> {
  if (!isSignedHead(seen, deps.identity.publicKey)) return "not-ours";
  const life = await newestLife(tx);
  if (life === undefined) return "not-ours";
  if (await isContinued(tx, seen)) return "fits";
  if (seen.incarnation !== life.incarnation) {
    await raiseIntegrityNotice(
      tx,
      { code: "central-restored", subject: life.incarnation, level: "warning", words: RESTORED },
      deps.nowMs(),
    );
    return "restored";
  }
  if (seen.size > (await treeSize(tx))) return beginNewLife(deps, tx, life);
  const notice = { code: "log-fork", subject: collectorId, level: "alarm", words: CHANGED } as const;
  await raiseIntegrityNotice(tx, { ...notice, collectorId }, deps.nowMs());
  return "changed";
}

/** The tree here begins with the one that was seen. */
async function isContinued(tx: Tx, seen: TreeHead): Promise<boolean> {
  const frontier = await frontierOf(tx, seen.size);
  return frontier !== undefined && sameBytes(foldNodes(frontier), seen.root);
}

/** Edges that bring the same news at once end with one new life. */
async function beginNewLife(deps: HearWitnessDeps, tx: Tx, known: Life): Promise<Heard> {
  await lockLife(tx);
  if ((await newestLife(tx))?.incarnation !== known.incarnation) return "restored";
  const incarnation = bytesToHex(deps.randomBytes(16)) as Incarnation;
  await insertLife(tx, { ...known, incarnation }, "an edge holds a larger tree, signed in this life", deps.nowMs());
  await deps.onNewLife(tx);
  await raiseIntegrityNotice(tx, { code: "central-restored", subject: incarnation, level: "warning", words: RESTORED }, deps.nowMs());
  return "new-life";
}
