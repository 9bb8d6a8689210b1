/**
 * Central's signed DELTAs, kept until two of its backups hold what they brought. A central that was restored from an older copy has lost
 * what it published since; the edges hold it still, in central's own words, and give it back.
 */
import { holdsOp } from "../../shared/crdt/overlay.ts";
import type { Moment } from "../../shared/log/chain.ts";
import { encodeReturnedDelta, RETURNED_DELTA_VERSION, RETURNED_FRAME_BYTES_MAX } from "../../shared/log/payloads/returned-delta-payload.ts";
import type { ListId } from "../../shared/model/ids.ts";
import type { FeedOp } from "../../shared/model/watchlist.ts";
import { decodeFrame } from "../../shared/protocol/decode.ts";
import { decodeFeedOp } from "../../shared/protocol/feed-op.ts";
import { append, newRid, type StoreContext } from "./store-context.ts";

/** Of all lists together; beyond, the oldest go: a site that was never asked for them must not fill its card. */
const KEPT_BYTES_MAX = 8 * 1024 * 1024;
/** Looked at in one transaction: no record may be far from a checkpoint. */
const RETURNED_AT_ONCE = 32;

/** `frame`: the DELTA as received. One too large to be returned is not kept. */
export function keepDelta(context: StoreContext, list: ListId, generation: string, to: number, frame: Uint8Array): void {
  if (frame.length > RETURNED_FRAME_BYTES_MAX) return;
  context.rows.deltas.put(list, generation, to, frame);
  context.rows.deltas.keepWithin(KEPT_BYTES_MAX);
}

/**
 * Once the list of a new generation is in force: each kept DELTA of an older one that brought something which the new list does not
 * show is appended as it is, to the urgent log; all of them are forgotten then. While the old list is still in force (central, restored,
 * has not heard of the list) that is each one. Answers how many were looked at; 0: no more.
 */
export function returnDeltas(context: StoreContext, list: ListId, generation: string, moment: Moment): number {
  const replica = context.state.lists.replicas.get(list);
  if (replica === undefined) return 0;
  const shows = (op: FeedOp): boolean =>
    replica.generation === generation && holdsOp(replica.feed.entries.get(op.entry), op, op.effectiveHlc);
  const kept = context.rows.deltas.ofOtherGenerations(list, generation, RETURNED_AT_ONCE);
  for (const { n, frame } of kept) {
    const decoded = decodeFrame(frame);
    const ops = decoded.kind === "frame" && decoded.frame.type === "delta" ? decoded.frame.ops.map(decodeFeedOp) : [];
    const isMissed = ops.some((op) => op !== undefined && !shows(op));
    if (isMissed) {
      const fields = encodeReturnedDelta(frame);
      append(context, "urgent", { kind: "returned-delta", version: RETURNED_DELTA_VERSION, rid: newRid(context, moment), moment, fields });
    }
    context.rows.deltas.drop(n);
  }
  return kept.length;
}
