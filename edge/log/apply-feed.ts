import { readFileSync } from "node:fs";
import type { ClockQuality } from "../../shared/clock/clock.ts";
import { receiveHlc } from "../../shared/clock/hlc.ts";
import type { EntryState } from "../../shared/crdt/entry-state.ts";
import { applyPiece, type ListReplica, NO_GENERATION, openReplica, replaceFeed } from "../../shared/crdt/overlay.ts";
import { decodeSnapshot } from "../../shared/crdt/snapshot-bytes.ts";
import type { Moment } from "../../shared/log/chain.ts";
import type { Hlc, ListId } from "../../shared/model/ids.ts";
import type { FeedOp } from "../../shared/model/watchlist.ts";
import { replicaOf } from "./apply-edits.ts";
import { showChanges, showWhole } from "./list-view.ts";
import { bringBackLost, noteIncluded, notePublished } from "./published-ops.ts";
import { keepDelta } from "./returned-deltas.ts";
import type { StoreContext } from "./store-context.ts";
import type { FeedOutcome, FeedPosition, SnapshotOutcome } from "./store-port.ts";
import type { StoredReplica } from "./stored-entries.ts";

export const positionOf = ({ list, generation, cursor, feed }: ListReplica): FeedPosition => ({
  list,
  generation,
  cursor,
  checksum: Uint8Array.from(feed.checksum),
});

/** The next piece of a list's feed. Ops of ours that it brings back leave the overlay. `signed`: the frame as central signed it. */
export function applyDelta(
  context: StoreContext,
  list: ListId,
  generation: string,
  from: number,
  to: number,
  ops: readonly FeedOp[],
  moment: Moment,
  signed: Uint8Array | null = null,
): FeedOutcome {
  const replica = beginning(replicaOf(context, list), generation, from);
  context.listsTouched.add(list);
  // By the end of the piece: a position that is never too early to forget by.
  replica.feed.entries.knownBy = to;
  const outcome = applyPiece(replica, { generation, from, to, ops });
  if (outcome.kind === "out-of-step") return { kind: "out-of-step", position: positionOf(replica) };
  if (outcome.kind === "known") return { kind: "applied", position: positionOf(replica) };
  context.state.lists.replicas.set(list, replica);
  if (signed !== null) keepDelta(context, list, generation, to, signed);
  notePublished(context, list, generation, to, ops);
  showChanges(context.state.lists.index, context.rows.lists, replica, outcome.changed);
  receive(context, latest(ops), moment);
  context.news.push({ kind: "watchlists" });
  return { kind: "applied", position: positionOf(replica) };
}

/** A list that never had a feed takes the first piece's generation, so that a new list needs no snapshot. */
function beginning(replica: StoredReplica, generation: string, from: number): StoredReplica {
  if (replica.generation !== NO_GENERATION || replica.cursor !== 0 || from !== 0) return replica;
  return openReplica(replica.feed, generation, 0, replica.overlay.values());
}

/** Replaces the feed part and its matching index in the running transaction; the old list is in force until its commit. `source`: or its file. */
export function applySnapshot(
  context: StoreContext,
  list: ListId,
  generation: string,
  at: number,
  source: Uint8Array | string,
  moment: Moment,
): SnapshotOutcome {
  const snapshot = decodeSnapshot(typeof source === "string" ? readFileSync(source) : source);
  if (snapshot === null || snapshot.list !== list) return { kind: "unreadable" };
  const { state, included } = snapshot;
  const replica = replicaOf(context, list);
  context.listsTouched.add(list);
  bringBackLost(context, replica, { feed: state, generation, at, included });
  const { entries } = replica.feed;
  context.rows.lists.clearFeed(list);
  entries.knownBy = at;
  for (const entry of state.entries.values()) entries.set(entry.id, entry);
  const left = replaceFeed(replica, { list, entries, checksum: state.checksum }, generation, at, included);
  context.state.lists.replicas.set(list, replica);
  for (const op of left) context.rows.lists.publishOwnOp(op.rid, generation, at, op.hlc);
  noteIncluded(context, list, included);
  showWhole(context.state.lists.index, context.rows.lists, replica);
  receive(context, newestOf(state.entries.values()), moment);
  context.news.push({ kind: "watchlists" });
  return { kind: "applied", position: positionOf(replica) };
}

/** Entries forgotten in one transaction; the next time that central names the horizon goes on. */
const FORGOTTEN_AT_ONCE = 1_000;

/**
 * Every replica knows of what was deleted before `horizon`: those entries go. Where an own op lies on top they stay, or an edit that
 * central has not seen yet would bring the entry back here. Nothing goes before all is here that central had published (`head`) when it
 * named the horizon: among it may be an edit of what was deleted, which would bring the entry back without all that came before. Answers
 * how many went.
 */
export function forgetDeleted(context: StoreContext, list: ListId, generation: string, horizon: number, head: number): number {
  const replica = context.state.lists.replicas.get(list);
  if (replica === undefined || replica.generation !== generation || replica.cursor < Math.max(head, horizon)) return 0;
  const gone = context.rows.lists.goneBelow(list, horizon, FORGOTTEN_AT_ONCE).filter((entry) => !replica.merged.has(entry));
  // Deleted entries are in no checksum: it stays as it is.
  for (const entry of gone) replica.feed.entries.delete(entry);
  return gone.length;
}

/** The list no longer names this site: it stops matching. Its own ops stay in the log and still reach central. */
export function dropList(context: StoreContext, list: ListId): void {
  context.listsTouched.add(list);
  if (!context.state.lists.replicas.delete(list)) return;
  context.state.lists.index.removeList(list);
  context.rows.lists.drop(list);
  context.news.push({ kind: "watchlists" });
}

/** Our next edit must be later than every one we have seen. */
export function receive(context: StoreContext, seen: Hlc | null, moment: Moment): void {
  if (seen === null) return;
  const hlc = receiveHlc(context.state.hlc, seen, moment.wallMs, moment.clockQuality as ClockQuality);
  if (hlc === context.state.hlc) return;
  context.state.hlc = hlc;
  context.rows.meta.putHlc(hlc);
}

function latest(ops: readonly FeedOp[]): Hlc | null {
  let newest: Hlc | null = null;
  for (const { effectiveHlc } of ops) if (newest === null || effectiveHlc > newest) newest = effectiveHlc;
  return newest;
}

/** The newest stamp that any of the entries shows. */
export function newestOf(states: Iterable<EntryState>): Hlc | null {
  let newest: Hlc | null = null;
  for (const { changed, presence } of states) {
    for (const stamp of [changed?.stamp, presence]) if (stamp != null && (newest === null || stamp.hlc > newest)) newest = stamp.hlc;
  }
  return newest;
}
