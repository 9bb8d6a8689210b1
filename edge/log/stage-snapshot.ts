/**
 * A large snapshot, taken over in small pieces between the detections: its rows are written under a key of their own beside the old
 * list's, its index is built beside the old one, and at the end one short transaction makes both the list's. Until then the old list is
 * in force, also across a crash: what was written without being swapped in is removed piece by piece.
 */

import { parseEntryBytes } from "../../shared/crdt/entry-bytes.ts";
import type { EntryState } from "../../shared/crdt/entry-state.ts";
import { entryContribution, toggleEntry } from "../../shared/crdt/list-checksum.ts";
import { emptyListState, entryOf, type ListState, listFactsId, watchlistOf } from "../../shared/crdt/list-state.ts";
import { replaceFeed, replicaVersion, viewList } from "../../shared/crdt/overlay.ts";
import { type OpenSnapshot, openSnapshot } from "../../shared/crdt/snapshot-bytes.ts";
import type { Moment } from "../../shared/log/chain.ts";
import { WatchlistIndex } from "../../shared/match/watchlist-index.ts";
import type { EntryId, ListId } from "../../shared/model/ids.ts";
import type { Watchlist } from "../../shared/model/watchlist.ts";
import { replicaOf } from "./apply-edits.ts";
import { latestOfState, positionOf, receive } from "./apply-feed.ts";
import { putPosition, showChanges } from "./list-view.ts";
import { bringBackLost } from "./published-ops.ts";
import type { StoreContext } from "./store-context.ts";
import type { SnapshotOutcome } from "./store-port.ts";

/** Rows of one piece: some 10 ms here, some 50 ms on a Pi, and one commit. */
export const ROWS_PER_PIECE = 200;

export type StagedPiece = { readonly kind: "more" } | SnapshotOutcome;

export interface SnapshotStaging {
  readonly list: ListId;
  readonly generation: string;
  readonly at: number;
  /** The key that its rows are written under. */
  readonly part: string;
  readonly opened: OpenSnapshot | null;
  readonly state: ListState;
  readonly index: WatchlistIndex;
  newest: EntryId | null;
  /** Entries that are still to be shown; null while rows are still read. */
  toShow: Iterator<EntryState> | null;
  facts: Watchlist | null;
}

/** `key`: unique among all parts that were ever begun here. */
export function beginStaging(list: ListId, generation: string, at: number, bytes: Uint8Array, key: string): SnapshotStaging {
  const opened = openSnapshot(bytes);
  return {
    list,
    generation,
    at,
    part: `${list}/${key}`,
    opened: opened?.list === list ? opened : null,
    state: emptyListState(list),
    index: new WatchlistIndex(),
    newest: null,
    toShow: null,
    facts: null,
  };
}

/** The next piece, inside the running transaction. `unreadable`: the file is none of this list; nothing has changed. */
export function stagePiece(context: StoreContext, staging: SnapshotStaging, moment: Moment): StagedPiece {
  if (staging.opened === null) return { kind: "unreadable" };
  if (staging.toShow === null) return readPiece(context, staging, staging.opened);
  return showPiece(context, staging) ? { kind: "more" } : swapIn(context, staging, staging.opened, moment);
}

function readPiece(context: StoreContext, staging: SnapshotStaging, { rows }: OpenSnapshot): StagedPiece {
  const { state, part, at } = staging;
  context.rows.lists.beginPart(part);
  for (let count = 0; count < ROWS_PER_PIECE; count++) {
    const bytes = nextRow(rows);
    if (bytes === "end") {
      staging.toShow = state.entries.values();
      staging.facts = watchlistOf(state.list, state.entries.get(listFactsId(state.list)));
      return { kind: "more" };
    }
    const entry = bytes === "damaged" ? null : parseEntryBytes(bytes);
    if (bytes === "damaged" || entry === null || (staging.newest !== null && entry.id <= staging.newest)) return { kind: "unreadable" };
    staging.newest = entry.id;
    state.entries.set(entry.id, entry);
    toggleEntry(state.checksum, entryContribution(entry, bytes));
    context.rows.lists.stageFeedEntry(part, entry, bytes, at);
  }
  return { kind: "more" };
}

function nextRow(rows: OpenSnapshot["rows"]): Uint8Array | "end" | "damaged" {
  try {
    const next = rows.next();
    return next.done === true ? "end" : next.value;
  } catch {
    return "damaged";
  }
}

/** False when every entry has been shown. */
function showPiece(context: StoreContext, { toShow, facts, index, list, part }: SnapshotStaging): boolean {
  for (let count = 0; count < ROWS_PER_PIECE; count++) {
    const next = toShow?.next();
    if (next === undefined || next.done === true) return false;
    if (facts === null || next.value.id === listFactsId(list)) continue;
    const entry = entryOf(list, next.value, facts.keepWins);
    if (entry === null) continue;
    index.putEntry(entry);
    context.rows.lists.stageEntry(part, entry);
  }
  return true;
}

/** List, index and rows change hands together; the site's own ops lie on top of the new list as they did on the old one. */
function swapIn(context: StoreContext, staging: SnapshotStaging, { included }: OpenSnapshot, moment: Moment): StagedPiece {
  const { list, generation, at, state, index } = staging;
  const replica = replicaOf(context, list);
  context.listsTouched = true;
  bringBackLost(context, replica, { feed: state, generation, at, included });
  for (const op of replaceFeed(replica, state, generation, at, included)) {
    context.rows.lists.publishOwnOp(op.rid, generation, at, op.hlc);
  }
  context.state.replicas.set(list, replica);
  context.state.index.replace(list, index);
  const facts = viewList(replica);
  if (facts !== null) index.putList(facts, replicaVersion(replica));
  putPosition(context.rows.lists, replica);
  context.rows.lists.swapPart(list, staging.part);
  showChanges(context.state.index, context.rows.lists, replica, new Set(replica.merged.keys()));
  receive(context, latestOfState(state), moment);
  context.news.push({ kind: "watchlists" });
  return { kind: "applied", position: positionOf(replica) };
}
