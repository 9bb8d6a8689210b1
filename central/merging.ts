/** Everything that writes records: the merge's dependencies, central's own log, and the life of the database they live in. */
import { join } from "node:path";
import { verifySignature } from "../shared/crypto/device-keys.ts";
import { alertSink } from "./alerts/take-alerts.ts";
import { publishOps, refusedOps } from "./feeds/publish-ops.ts";
import type { Foundation } from "./foundation.ts";
import { type CentralIdentity, identityOf } from "./integrity/central-identity.ts";
import { growTreeStep } from "./integrity/grow-tree.ts";
import { type OpenIncarnation, openIncarnation } from "./integrity/open-incarnation.ts";
import { type TellTree, tellTree } from "./integrity/tell-tree.ts";
import { KnownPlates } from "./merge/known-plates.ts";
import type { MergeDeps } from "./merge/merge-deps.ts";
import { type OwnLog, openOwnLog } from "./merge/own-log.ts";
import type { SequencerDeps } from "./merge/sequencer.ts";
import { forgetPendingTransactions } from "./merge/sequencer-rows.ts";
import { nodeZstd } from "./merge/zstd.ts";

export interface Merging {
  readonly merge: MergeDeps;
  readonly identity: CentralIdentity;
  readonly ownLog: OwnLog;
  readonly life: OpenIncarnation;
  readonly growTree: SequencerDeps["growTree"];
  readonly tree: TellTree;
}

/** `onCommitted`: told after each commit that left something to number. */
export async function openMerging(base: Foundation, onCommitted: MergeDeps["onCommitted"]): Promise<Merging> {
  const { db, open, log, nowMs, newId, randomBytes } = base;
  const life = await openIncarnation({
    open,
    markFile: join(base.config.dataDir, "central.life"),
    randomBytes,
    nowMs,
    onNewLife: forgetPendingTransactions,
  });
  const identity = identityOf(base.keys.signing);
  const merge: MergeDeps = {
    db,
    zstd: nodeZstd,
    nowMs,
    alerts: alertSink,
    publishOps,
    refusedOps,
    isOwnSignature: (message, signature) => verifySignature(identity.publicKey, message, signature),
    knownPlates: new KnownPlates(),
    months: new Set(),
    onCommitted,
    log,
  };
  const ownLog = await openOwnLog({ merge, identity, newId, randomBytes, monoMs: () => performance.now() });
  const tree = tellTree({ db, identity, life, randomBytes, nowMs, onNewLife: forgetPendingTransactions, log });
  return { merge, identity, ownLog, life, tree, growTree: (on) => growTreeStep({ identity, nowMs }, on) };
}
