/** What central merges, and what it begins a new life with. 1, 2, 7, 9, 10, 14, 23. */
import type { EntryOp } from "../../../shared/model/watchlist.ts";
import type { Append } from "../../../shared/protocol/frames.ts";
import type { MergeOutcome } from "../central/central-tables.ts";
import type { SimCentral } from "../central/sim-central.ts";
import type { World } from "../world.ts";
import { checkEnded, checkMerged, checkSession, checkStamps } from "./step-checks.ts";

export class MergeWatch {
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  onMerge(central: SimCentral, append: Append, outcome: MergeOutcome, direct: boolean): void {
    if (outcome.kind !== "merged") return this.world.mark(outcome.kind === "other" ? `merge-${outcome.verdict.kind}` : outcome.kind);
    const { merged } = outcome;
    this.world.mark("merge");
    checkMerged(this.world.checks, merged);
    if (direct) checkSession(this.world.checks, append, merged);
    checkStamps(this.world.checks, merged, central);
    checkEnded(this.world.checks, merged.projection.entryOps, central);
    this.world.lists.onPublished(merged.projection.entryOps);
    if (merged.projection.errors.length > 0) this.world.mark("projection-error");
  }

  /** A release that understands them has projected records that were set aside. */
  onRetried(count: number, ops: readonly EntryOp[]): void {
    if (count > 0) this.world.mark("projected-after-upgrade");
    this.world.lists.onPublished(ops);
    if (ops.length > 0) this.world.central.feedsChanged();
  }

  /** 23: who has seen a larger tree than the one that central begins its new life with must notice. */
  onRestored(treeSize: number): void {
    for (const site of this.world.sites) if ((site.witness()?.size ?? 0) > treeSize) site.mustNotice = true;
  }
}
