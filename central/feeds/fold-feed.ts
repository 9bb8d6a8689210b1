/** What publishing ops makes of a feed: pure, so that the SQL and the simulator cannot differ. */
import { effectiveHlc, HLC_ZERO } from "../../shared/clock/hlc.ts";
import { applyOp, type EntryConflict } from "../../shared/crdt/apply-op.ts";
import { type ListState, listFactsId } from "../../shared/crdt/list-state.ts";
import type { EntryId, Rid } from "../../shared/model/ids.ts";
import type { EntryOp, FeedOp } from "../../shared/model/watchlist.ts";
import { encodeFeedOp } from "../../shared/protocol/feed-op.ts";
import { nextRunningHash } from "../../shared/protocol/signed-bytes.ts";

/** One op of a feed with everything that is fixed when it is published. */
export interface PublishedOp {
  readonly position: number;
  readonly rid: Rid;
  readonly entry: EntryId;
  readonly effectiveHlc: string;
  readonly author: string;
  readonly bytes: Uint8Array;
  readonly runningHash: Uint8Array;
  readonly checksum: Uint8Array;
}

export interface FoldedOps {
  readonly published: PublishedOp[];
  readonly conflicts: EntryConflict[];
  /** Edits that came when nobody held their entry any more, or were refused, each whole as it would have been published. */
  readonly reviews: { readonly entry: EntryId; readonly rid: Rid; readonly op: Uint8Array; readonly author: string }[];
}

const NO_STAMP = { hlc: HLC_ZERO, effectiveHlc: HLC_ZERO };

export function firstOfEach(ops: readonly EntryOp[]): EntryOp[] {
  return [...new Map([...ops].reverse().map((op) => [op.rid, op])).values()].reverse();
}

/**
 * Folds ops that were never published before onto a list's state (changed in place) and gives each its position, its effective stamp
 * min(hlc, receipt + 5 minutes), its bytes for all edges, and the feed's running hash and checksum after it.
 *
 * `forgotten`: entries that no replica holds any more, with their causal length at the end. An op from before that end must not bring
 * them back: it is published without any effect, so that its own edge takes it off its overlay, and what it said goes to a person.
 * `refused`: ops that must not change this list, treated alike; stamped before every other, or edges would show who changed the entry last.
 */
export function foldOntoFeed(
  state: ListState,
  feed: { readonly next: number; readonly hash: Uint8Array },
  ops: readonly EntryOp[],
  receiptMs: number,
  forgotten: ReadonlyMap<EntryId, number> = new Map(),
  refused: ReadonlySet<Rid> = new Set(),
): FoldedOps {
  const published: PublishedOp[] = [];
  const conflicts: EntryConflict[] = [];
  const reviews: FoldedOps["reviews"] = [];
  let runningHash = feed.hash;
  for (const [index, op] of ops.entries()) {
    const said: FeedOp = { ...op, effectiveHlc: effectiveHlc(op.hlc, receiptMs) };
    const author = op.author.replaceAll("\0", "\ufffd");
    const isLate = !state.entries.has(op.entry) && op.causalLength <= (forgotten.get(op.entry) ?? 0);
    const isRefused = refused.has(op.rid);
    const stamped: FeedOp = isLate || isRefused ? { ...said, causalLength: 0, set: [], ...(isRefused ? NO_STAMP : {}) } : said;
    if (!isLate && !isRefused) {
      const { conflict } = applyOp(state, stamped);
      if (conflict !== null) conflicts.push(conflict);
    } else if (op.causalLength % 2 === 1 && op.entry !== listFactsId(op.list)) {
      reviews.push({ entry: op.entry, rid: op.rid, op: encodeFeedOp(said), author });
    }
    const bytes = encodeFeedOp(stamped);
    runningHash = nextRunningHash(runningHash, bytes);
    published.push({
      position: feed.next + index,
      rid: op.rid,
      entry: op.entry,
      effectiveHlc: stamped.effectiveHlc,
      author,
      bytes,
      runningHash,
      // PostgreSQL's driver gives Buffers, whose `slice` is a view: each op would get the checksum after the last one.
      checksum: new Uint8Array(state.checksum),
    });
  }
  return { published, conflicts, reviews };
}
