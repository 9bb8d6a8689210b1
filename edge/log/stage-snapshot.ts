/**
 * A large snapshot, taken over in small pieces between the detections: its rows are written under a key of their own beside the old
 * list's, its index is built beside the old one, and at the end one short transaction makes both the list's. Until then the old list is
 * in force, also across a crash: what was written without being swapped in is removed piece by piece.
 */

import { parseEntryBytes } from "../../shared/crdt/entry-bytes.ts";
import type { EntryState } from "../../shared/crdt/entry-state.ts";
import { CHECKSUM_BYTES, entryContribution, toggleEntry } from "../../shared/crdt/list-checksum.ts";
import { entryOf, listFactsId, watchlistOf } from "../../shared/crdt/list-state.ts";
import { replaceFeed } from "../../shared/crdt/overlay.ts";
import { type OpenSnapshot, openSnapshot } from "../../shared/crdt/snapshot-bytes.ts";
import type { Moment } from "../../shared/log/chain.ts";
import { PatternIndex } from "../../shared/match/pattern-index.ts";
import type { EntryId, Hlc, ListId } from "../../shared/model/ids.ts";
import type { Watchlist } from "../../shared/model/watchlist.ts";
import { replicaOf } from "./apply-edits.ts";
import { newestOf, positionOf, receive } from "./apply-feed.ts";
import { putPosition, showChanges } from "./list-view.ts";
import { bringBackLost, noteIncluded } from "./published-ops.ts";
import { openSnapshotFile } from "./snapshot-file.ts";
import type { StoreContext } from "./store-context.ts";
import type { SnapshotOutcome } from "./store-port.ts";
import { StoredEntries, type StoredList } from "./stored-entries.ts";

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
  readonly close: () => void;
  /** Of the rows read so far. */
  readonly checksum: Uint8Array;
  readonly patterns: PatternIndex;
  lastRead: EntryId | null;
  newest: Hlc | null;
  /** The last entry that was shown, by id; null while rows are still read. */
  lastShown: string | null;
  facts: Watchlist | null;
}

/** `source`: the snapshot, or where its file lies. `key`: unique among all parts that were ever begun here. Whoever begins, closes. */
export function beginStaging(list: ListId, generation: string, at: number, source: Uint8Array | string, key: string): SnapshotStaging {
  const file = typeof source === "string" ? openSnapshotFile(source) : null;
  const opened = openSnapshot(typeof source === "string" ? file! : source);
  return {
    list,
    generation,
    at,
    part: `${list}/${key}`,
    opened: opened?.list === list ? opened : null,
    close: () => file?.close(),
    checksum: new Uint8Array(CHECKSUM_BYTES),
    patterns: new PatternIndex(),
    lastRead: null,
    newest: null,
    lastShown: null,
    facts: null,
  };
}

/** The next piece, inside the running transaction. `unreadable`: the file is none of this list; nothing has changed. */
export function stagePiece(context: StoreContext, staging: SnapshotStaging, moment: Moment): StagedPiece {
  if (staging.opened === null) return { kind: "unreadable" };
  if (staging.lastShown === null) return readPiece(context, staging, staging.opened);
  return showPiece(context, staging) ? { kind: "more" } : swapIn(context, staging, staging.opened, moment);
}

function readPiece(context: StoreContext, staging: SnapshotStaging, { rows }: OpenSnapshot): StagedPiece {
  const { part, at, list } = staging;
  const entries = new StoredEntries(context.rows.lists, part);
  context.rows.lists.beginPart(part);
  for (let count = 0; count < ROWS_PER_PIECE; count++) {
    const bytes = nextRow(rows);
    if (bytes === "end") {
      staging.lastShown = "";
      staging.facts = watchlistOf(list, entries.get(listFactsId(list)));
      return { kind: "more" };
    }
    const entry = bytes === "damaged" ? null : parseEntryBytes(bytes);
    if (bytes === "damaged" || entry === null || (staging.lastRead !== null && entry.id <= staging.lastRead)) return { kind: "unreadable" };
    staging.lastRead = entry.id;
    staging.newest = laterOf(staging.newest, newestOf([entry]));
    toggleEntry(staging.checksum, entryContribution(entry, bytes));
    context.rows.lists.stageFeedEntry(part, entry, bytes, at);
  }
  return { kind: "more" };
}

const laterOf = (a: Hlc | null, b: Hlc | null): Hlc | null => (a === null || (b !== null && b > a) ? b : a);

function nextRow(rows: OpenSnapshot["rows"]): Uint8Array | "end" | "damaged" {
  try {
    const next = rows.next();
    return next.done === true ? "end" : next.value;
  } catch {
    return "damaged";
  }
}

/** False when every entry has been shown. One is parsed at a time: what lives through a whole piece grows old, and V8 lets that lie about. */
function showPiece(context: StoreContext, staging: SnapshotStaging): boolean {
  let count = 0;
  for (const { state } of new StoredEntries(context.rows.lists, staging.part).read(staging.lastShown ?? "")) {
    showRow(context, staging, state);
    count += 1;
    if (count === ROWS_PER_PIECE) return true;
  }
  return false;
}

function showRow(context: StoreContext, staging: SnapshotStaging, state: EntryState): void {
  const { facts, patterns, list, part } = staging;
  staging.lastShown = state.id;
  const entry = facts === null || state.id === listFactsId(list) ? null : entryOf(list, state, facts.keepWins);
  if (entry === null) return;
  patterns.put(entry.id, entry.pattern);
  context.rows.lists.stageEntry(part, entry);
}

/** List, index and rows change hands together; the site's own ops lie on top of the new list as they did on the old one. */
function swapIn(context: StoreContext, staging: SnapshotStaging, { included }: OpenSnapshot, moment: Moment): StagedPiece {
  const { list, generation, at, part, checksum, patterns, newest } = staging;
  const { replicas, index } = context.state.lists;
  const replica = replicaOf(context, list);
  context.listsTouched.add(list);
  const feed: StoredList = { list, entries: new StoredEntries(context.rows.lists, part), checksum };
  bringBackLost(context, replica, { feed, generation, at, included });
  for (const op of replaceFeed(replica, feed, generation, at, included)) {
    context.rows.lists.publishOwnOp(op.rid, generation, at, op.hlc);
  }
  noteIncluded(context, list, included);
  replicas.set(list, replica);
  index.put(replica, patterns);
  putPosition(context.rows.lists, replica);
  context.rows.lists.swapPart(list, part);
  showChanges(index, context.rows.lists, replica, new Set(replica.merged.keys()));
  receive(context, newest, moment);
  context.news.push({ kind: "watchlists" });
  return { kind: "applied", position: positionOf(replica) };
}
