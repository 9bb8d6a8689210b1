import type { Database } from "better-sqlite3";
import { entryBytes } from "../../shared/crdt/entry-bytes.ts";
import { conflictingEdit, type EntryState } from "../../shared/crdt/entry-state.ts";
import type { EntryId, Hlc, ListId, Rid } from "../../shared/model/ids.ts";
import type { Entry, Watchlist } from "../../shared/model/watchlist.ts";
import type { Place } from "./detection-rows.ts";
import { plain } from "./log-rows.ts";
import type { FeedPosition } from "./store-port.ts";
import { damage, isFacts, isListPosition } from "./stored-form.ts";

/** A list of this site with its number of entries; facts are null before its first op arrived. */
export interface ListRow extends FeedPosition {
  readonly facts: Watchlist | null;
  /** The key that its rows stand under. */
  readonly part: string;
}

interface RawPosition {
  list: string;
  generation: string;
  cursor: number;
  checksum: Uint8Array;
}

interface RawList extends RawPosition {
  facts: string | null;
  part: string;
}

function toPosition(row: RawPosition): FeedPosition {
  if (!isListPosition(row)) throw damage("where a list stands cannot be read");
  const { list, generation, cursor, checksum } = row;
  return { list: list as ListId, generation, cursor, checksum: plain(checksum) };
}

/** An own edit that central has published. */
export interface PublishedRow extends Place {
  readonly rid: Rid;
  /** The one that decides since then. */
  readonly stamp: Hlc;
}

/** Where a list's rows stand. */
const PART = "coalesce((select part from lists where list = @list), @list)";

/** How a row stands: on the list, a tombstone that nobody has to look at any more, or deleted while an edit was made that knew nothing of it. */
const STANDS = { present: 0, gone: 1, contested: 2 } as const;
/** Shown at once; an administrator of central sees them all. */
const CONTESTED_MAX = 100;

function standingOf(state: EntryState): number {
  if (state.causalLength % 2 === 1) return STANDS.present;
  return conflictingEdit(state) === null ? STANDS.gone : STANDS.contested;
}

export type ListRows = ReturnType<typeof prepareListRows>;

export function prepareListRows(db: Database) {
  const lists = db.prepare("select list, generation, cursor, checksum, facts, coalesce(part, list) as part from lists order by list");
  const positions = db.prepare("select list, generation, cursor, checksum from lists order by list");
  const putList = db.prepare(
    `insert into lists (list, generation, cursor, checksum, facts) values (?, ?, ?, ?, ?)
     on conflict (list) do update set generation = excluded.generation, cursor = excluded.cursor, checksum = excluded.checksum,
       facts = excluded.facts`,
  );
  const dropList = db.prepare("delete from lists where list = ?");
  const feedEntry = db.prepare("select state from feed_entries where list = ? and entry = ?").pluck();
  const feedPage = db.prepare("select state from feed_entries where list = ? and entry > ? order by entry limit ?").pluck();
  const putFeed = db.prepare("insert or replace into feed_entries (list, entry, state, at, gone) values (?, ?, ?, ?, ?)");
  const gone = db
    .prepare(`select entry from feed_entries where list = ${PART} and gone = ${STANDS.gone} and at <= @horizon and entry <> @list
    order by at limit @most`)
    .pluck();
  // The index is named: SQLite takes the primary key for as good and reads the whole list, 100,000 rows each time somebody opens it.
  const contested = db
    .prepare(
      `select state from feed_entries indexed by feed_entries_contested
       where list = ${PART} and gone = ${STANDS.contested} and entry <> @list limit ${CONTESTED_MAX}`,
    )
    .pluck();
  const dropFeed = db.prepare("delete from feed_entries where list = ? and entry = ?");
  const clearFeed = db.prepare(`delete from feed_entries where list in (@list, ${PART})`);
  const ownOps = db.prepare("select rid, log, seq from own_ops where list = ? order by log, seq");
  const ownEntries = db.prepare("select distinct entry from own_ops where list = ?").pluck();
  const putOwn = db.prepare("insert into own_ops (rid, list, entry, log, seq) values (?, ?, ?, ?, ?)");
  const dropOwnIn = db.prepare("delete from own_ops where log = ? and seq >= ? and seq < ? returning list").pluck();
  const dropOwn = db.prepare("delete from own_ops where rid = ?");
  const dropOwnOf = db.prepare("delete from own_ops where list = ?");
  const publish = db.prepare(
    `insert or replace into published_ops (rid, list, log, seq, generation, upto, stamp)
     select rid, list, log, seq, ?, ?, ? from own_ops where rid = ?`,
  );
  const published = db.prepare("select rid, log, seq, stamp from published_ops where list = ? order by log, seq");
  const movePublished = db.prepare("update published_ops set generation = ?, upto = ? where rid = ?");
  const forgetPublished = db.prepare("delete from published_ops where rid = ?");
  const forgetDurable = db.prepare("delete from published_ops where list = ? and generation = ? and upto <= ?");
  const forgetAllPublished = db.prepare("delete from published_ops where list = ?");
  const putEntry = db.prepare(`insert or replace into entries (list, entry, added_ms, entry_json) values (${PART}, @entry, @added, @json)`);
  const dropEntry = db.prepare(`delete from entries where list = ${PART} and entry = @entry`);
  const clearEntries = db.prepare(`delete from entries where list in (@list, ${PART})`);
  const entry = db.prepare(`select entry_json from entries where list = ${PART} and entry = @entry`).pluck();
  const entriesPage = db.prepare(
    `select entry_json from entries where list = ${PART} and (added_ms, entry) < (@beforeMs, @before)
     order by added_ms desc, entry desc limit @limit`,
  );
  const count = db.prepare(`select count(*) from entries where list = ${PART}`).pluck();

  const putStale = db.prepare("insert or ignore into stale_parts (part) values (?)");
  const dropStale = db.prepare("delete from stale_parts where part = ?");
  const stale = db.prepare("select part from stale_parts where part not in (select coalesce(part, list) from lists) order by part").pluck();
  const stageFeed = db.prepare("insert into feed_entries (list, entry, state, at, gone) values (?, ?, ?, ?, ?)");
  const stageEntry = db.prepare("insert into entries (list, entry, added_ms, entry_json) values (?, ?, ?, ?)");
  const part = db.prepare(`select ${PART}`).pluck();
  const setPart = db.prepare("update lists set part = ? where list = ?");
  const sweepFeed = db.prepare(`delete from feed_entries where list = @part and entry in
    (select entry from feed_entries where list = @part limit @most)`);
  const sweepEntries = db.prepare(`delete from entries where list = @part and entry in
    (select entry from entries where list = @part limit @most)`);

  return {
    /** From now on rows may be written under this key; until they are swapped in they belong to nobody. */
    beginPart: (key: string): void => void putStale.run(key),
    stageFeedEntry: (key: string, state: EntryState, bytes: Uint8Array, at: number): void =>
      void stageFeed.run(key, state.id, bytes, at, standingOf(state)),
    stageEntry: (key: string, one: Entry): void => void stageEntry.run(key, one.id, one.addedMs, JSON.stringify(one)),
    /** The staged rows are the list's from now on; its row must be there. The old ones wait to be removed. */
    swapPart(list: ListId, key: string): void {
      putStale.run(part.get({ list }));
      setPart.run(key, list);
      dropStale.run(key);
    },
    /** Removes rows that no list names, at most `most` of each kind; false when there are none. `staging`: keys that are being written. */
    sweepParts(most: number, staging: ReadonlySet<string>): boolean {
      const one = (stale.all() as string[]).find((key) => !staging.has(key));
      if (one === undefined) return false;
      const removed = sweepFeed.run({ part: one, most }).changes + sweepEntries.run({ part: one, most }).changes;
      if (removed === 0) dropStale.run(one);
      return true;
    },
    all: (): ListRow[] =>
      (lists.all() as RawList[]).map((raw) => {
        if (!isFacts(raw.facts)) throw damage("what a list is cannot be read");
        const facts = raw.facts === null ? null : (JSON.parse(raw.facts) as Watchlist);
        return { ...toPosition(raw), part: raw.part, facts };
      }),
    /** Where each list stands, for each heartbeat: without what is known of it. */
    positions: (): FeedPosition[] => (positions.all() as RawPosition[]).map(toPosition),
    put(position: FeedPosition, facts: Watchlist | null): void {
      putList.run(position.list, position.generation, position.cursor, position.checksum, facts === null ? null : JSON.stringify(facts));
    },
    /** Forgets what central published. Own ops are records of the log and stay there; they wait no longer, for no feed will bring them. */
    drop(list: ListId): void {
      dropOwnOf.run(list);
      clearFeed.run({ list });
      clearEntries.run({ list });
      forgetAllPublished.run(list);
      dropList.run(list);
    },
    /** Canonical bytes of an entry's feed part. `key`: where the list's rows stand. */
    feedEntry: (key: string, id: EntryId): Uint8Array | undefined => feedEntry.get(key, id) as Uint8Array | undefined,
    /** The next entries behind an id, by id. */
    feedPage: (key: string, behind: string, limit: number): Uint8Array[] => feedPage.all(key, behind, limit) as Uint8Array[],
    /** `at`: the feed position by which it is known. */
    putFeedEntry: (key: string, state: EntryState, at: number): void =>
      void putFeed.run(key, state.id, entryBytes(state), at, standingOf(state)),
    /** Deleted entries that were known by a position up to `horizon`. */
    goneBelow: (list: ListId, horizon: number, most: number): EntryId[] => gone.all({ list, horizon, most }) as EntryId[],
    /** Canonical bytes of entries that were deleted while an edit was made which knew nothing of it. */
    contestedOf: (list: ListId): Uint8Array[] => contested.all({ list }) as Uint8Array[],
    dropFeedEntry: (key: string, id: EntryId): boolean => dropFeed.run(key, id).changes > 0,
    clearFeed: (list: ListId): void => void clearFeed.run({ list }),
    ownOpsOf: (list: ListId): (Place & { readonly rid: Rid })[] => ownOps.all(list) as (Place & { rid: Rid })[],
    /** Entries with edits that central has not published yet. */
    ownEntriesOf: (list: ListId): EntryId[] => ownEntries.all(list) as EntryId[],
    /** Own ops of the records [from, to) of a log; answers of which lists they were. */
    dropOwnOpsIn: (log: number, from: number, to: number): ListId[] => dropOwnIn.all(log, from, to) as ListId[],
    putOwnOp: (rid: Rid, list: ListId, entryId: EntryId, place: Place): void => void putOwn.run(rid, list, entryId, place.log, place.seq),
    /** Central has it: it leaves the overlay. `upto`: a feed position by which it was published. */
    publishOwnOp(rid: Rid, generation: string, upto: number, stamp: Hlc): void {
      publish.run(generation, upto, stamp, rid);
      dropOwn.run(rid);
    },
    dropOwnOp: (rid: Rid): void => void dropOwn.run(rid),
    /** In the order in which they were made. */
    publishedOpsOf: (list: ListId): PublishedRow[] => published.all(list) as PublishedRow[],
    movePublished: (rid: Rid, generation: string, upto: number): void => void movePublished.run(generation, upto, rid),
    forgetPublished: (rid: Rid): void => void forgetPublished.run(rid),
    /** Two backups of central's hold the feed below. */
    forgetPublishedBelow: (list: ListId, generation: string, durable: number): void => void forgetDurable.run(list, generation, durable),
    putEntry: (one: Entry): void => void putEntry.run({ list: one.list, entry: one.id, added: one.addedMs, json: JSON.stringify(one) }),
    dropEntry: (list: ListId, id: EntryId): void => void dropEntry.run({ list, entry: id }),
    clearEntries: (list: ListId): void => void clearEntries.run({ list }),
    entryOf(list: ListId, id: EntryId): Entry | undefined {
      const json = entry.get({ list, entry: id }) as string | undefined;
      return json === undefined ? undefined : (JSON.parse(json) as Entry);
    },
    /** Newest first, after the given one (exclusive). */
    entriesPage: (list: ListId, beforeMs: number, before: string, limit: number): Entry[] =>
      entriesPage.all({ list, beforeMs, before, limit }).map((row) => JSON.parse((row as { entry_json: string }).entry_json) as Entry),
    countEntries: (list: ListId): number => count.get({ list }) as number,
  };
}
