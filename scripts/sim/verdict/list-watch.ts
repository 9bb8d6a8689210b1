/** Watchlists: edits at sites and at central, and what feeds and snapshots make of a site's lists. 12, 13, 14, 15, 25. */
import type { FeedPosition } from "../../../edge/log/store-port.ts";
import { holdsOp } from "../../../shared/crdt/overlay.ts";
import { decodeSnapshot } from "../../../shared/crdt/snapshot-bytes.ts";
import { sameBytes } from "../../../shared/log/record.ts";
import type { ListId, Rid } from "../../../shared/model/ids.ts";
import type { EntryOp } from "../../../shared/model/watchlist.ts";
import type { SimSite } from "../site/sim-site.ts";
import type { SiteProcess } from "../site/site-process.ts";
import type { World } from "../world.ts";
import { checkEnded, HlcWatch } from "./step-checks.ts";

export class ListWatch {
  /** Edits made at a site, by its card; and those that a feed carried at some time. */
  private readonly ownOps = new Map<string, readonly EntryOp[]>();
  private readonly everPublished = new Set<Rid>();
  private readonly hlcs = new HlcWatch();
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  /** Somebody has stamped an edit. */
  stamped(actor: string, op: EntryOp): void {
    this.hlcs.check(this.world.checks, actor, op.hlc);
  }

  onPublished(ops: readonly EntryOp[]): void {
    for (const op of ops) this.everPublished.add(op.rid);
  }

  /** 12: where cursors are equal, checksums are, unless a card of this site lost something of the list. */
  onFeedApplied(process: SiteProcess, position: FeedPosition, told: Uint8Array | null): void {
    const { list, cursor, generation, checksum } = position;
    if (process.site.damaged.has(list)) return this.world.mark("damaged-list-heals");
    if (process.site.metClone) return this.world.mark("list-of-two-centrals");
    const where = (): string => `${process.site.name}: list ${list} at ${cursor} has another checksum`;
    if (told !== null) this.world.checks.check(12, sameBytes(checksum, told), where);
    if (generation !== this.world.central.incarnation) return;
    const known = this.world.central.tables.feeds.feeds.get(list)?.ops[cursor - 1]?.checksum;
    if (known !== undefined) this.world.checks.check(12, sameBytes(checksum, known), where);
  }

  /** 25: what everybody has passed is gone here too, unless an own edit lies on it. */
  onForgotten(process: SiteProcess, list: ListId, horizon: number): void {
    const { lists } = process.rows;
    const isGone = lists.ownOpsOf(list).length > 0 || lists.goneBelow(list, horizon, 1).length === 0;
    this.world.checks.check(25, isGone, () => `${process.site.name}: list ${list} keeps tombstones below ${horizon}`);
  }

  /**
   * 15: a snapshot takes no own op away that no feed has brought back yet, unless it would change nothing any more: a later delete of
   * another site covers an own one. One whose record a damaged card lost counts no longer.
   */
  onSnapshot(process: SiteProcess, position: FeedPosition, bytes: Uint8Array): void {
    this.onFeedApplied(process, position, null);
    const snapshot = decodeSnapshot(bytes);
    const own = new Set(process.rows.lists.ownOpsOf(position.list).map((one) => one.rid));
    const published = this.everPublished;
    for (const op of this.ownOps.get(process.site.actor()) ?? []) {
      if (op.list !== position.list || published.has(op.rid)) continue;
      const isShown = snapshot?.included.has(op.rid) === true || holdsOp(snapshot?.state.entries.get(op.entry), op, op.hlc);
      const holds = own.has(op.rid) || isShown || this.world.ledger.isDamaged(op.rid, process.site.index);
      this.world.checks.check(15, holds, () => `${process.site.name}: its own edit ${op.rid} of list ${op.list} went with a snapshot`);
    }
  }

  /** 15: an edit counts at once on the site that made it. */
  onEdit(site: SimSite, op: EntryOp): void {
    this.world.note(site.name, `edits list ${op.list}, causal length ${op.causalLength}`);
    this.world.mark("edit");
    const key = site.actor();
    this.ownOps.set(key, [...(this.ownOps.get(key) ?? []), op]);
    if (site.process === null) return;
    const shown = site.process.rows.lists.entryOf(op.list, op.entry);
    const isRight = (op.causalLength % 2 === 1) === (shown !== undefined);
    this.world.checks.check(15, isRight, () => `${site.name}: its own edit ${op.rid} does not show`);
  }

  onCentralEdit(op: EntryOp): void {
    this.world.note("central", `edits list ${op.list}, causal length ${op.causalLength}`);
    this.world.onInput({ kind: "edit", op, atMs: this.world.central.nowMs() });
    checkEnded(this.world.checks, [op], this.world.central);
    this.stamped("central", op);
  }
}
