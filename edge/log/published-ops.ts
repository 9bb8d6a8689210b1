/**
 * Own edits that central has published, kept until two of its backups hold them. A central that was restored from an older copy may have
 * lost them again: they then count here as they did before anybody published them, until its feed brings them back.
 */

import { isPresent } from "../../shared/crdt/entry-state.ts";
import type { ListState } from "../../shared/crdt/list-state.ts";
import { addOwnOp, holdsOp, type ListReplica, viewList } from "../../shared/crdt/overlay.ts";
import type { ListId, Rid } from "../../shared/model/ids.ts";
import type { EntryOp, FeedOp } from "../../shared/model/watchlist.ts";
import type { PublishedRow } from "./list-rows.ts";
import { readOp } from "./load-lists.ts";
import type { StoreContext } from "./store-context.ts";

/**
 * The feed brought own ops back: they wait no longer, nor does one that is in no overlay because its record cannot be read here any more.
 * `to`: a position by which they stand in the feed.
 */
export function notePublished({ rows }: StoreContext, list: ListId, generation: string, to: number, ops: readonly FeedOp[]): void {
  const waiting = new Set(rows.lists.ownOpsOf(list).map((row) => row.rid));
  if (waiting.size === 0) return;
  for (const { rid, effectiveHlc } of ops) if (waiting.has(rid)) rows.lists.publishOwnOp(rid, generation, to, effectiveHlc);
}

/** As `notePublished`, by the ops that a snapshot names. */
export function noteIncluded({ rows }: StoreContext, list: ListId, included: ReadonlySet<Rid>): void {
  for (const { rid } of rows.lists.ownOpsOf(list)) if (included.has(rid)) rows.lists.dropOwnOp(rid);
}

/**
 * Before a snapshot of another life of central's, or of an earlier position of this one, takes the place of `replica`'s feed: what this
 * site's own people had put on the list, and the snapshot does not hold, goes back into the overlay. What was deleted before stays
 * deleted: an edit of it returns only where the snapshot shows the entry again.
 */
export function bringBackLost(
  context: StoreContext,
  replica: ListReplica,
  next: { readonly feed: ListState; readonly generation: string; readonly at: number; readonly included: ReadonlySet<Rid> },
): void {
  if (replica.generation === next.generation && next.at >= replica.cursor) return;
  for (const row of context.rows.lists.publishedOpsOf(replica.list)) {
    const op = readOp(context.rows, replica.list, row);
    // Removed by age, as two backups hold it; or destroyed here.
    if (op === undefined) context.rows.lists.forgetPublished(row.rid);
    else if (next.included.has(row.rid) || holdsOp(next.feed.entries.get(op.entry), op, row.stamp)) {
      context.rows.lists.movePublished(row.rid, next.generation, next.at);
    } else bringBack(context, replica, next.feed, op, row);
  }
}

function bringBack(context: StoreContext, replica: ListReplica, feed: ListState, op: EntryOp, row: PublishedRow): void {
  const before = replica.feed.entries.get(op.entry);
  const counted = before !== undefined && isPresent(before, viewList(replica)?.keepWins ?? false);
  context.rows.lists.forgetPublished(row.rid);
  if (!counted && !feed.entries.has(op.entry)) return;
  addOwnOp(replica, op);
  context.rows.lists.putOwnOp(op.rid, replica.list, op.entry, row);
  // Nobody asks a log that was left for what two backups held when it was: such an edit would wait here for ever.
  if (context.rows.logs.offerFrom(row.log, row.seq)) context.news.push({ kind: "logs" });
}
