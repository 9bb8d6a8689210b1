import type { Database } from "better-sqlite3";
import { entryBytes } from "../../shared/crdt/entry-bytes.ts";
import type { EntryState } from "../../shared/crdt/entry-state.ts";
import { type ListState, parseSnapshotRows } from "../../shared/crdt/list-state.ts";
import type { EntryId, ListId, Rid } from "../../shared/model/ids.ts";
import type { Entry, Watchlist } from "../../shared/model/watchlist.ts";
import type { Place } from "./detection-rows.ts";
import { plain } from "./log-rows.ts";
import type { FeedPosition } from "./store-port.ts";

/** A list of this site with its number of entries; facts are null before its first op arrived. */
export interface ListRow extends FeedPosition {
  readonly facts: Watchlist | null;
}

interface RawList {
  list: string;
  generation: string;
  cursor: number;
  checksum: Uint8Array;
  facts: string | null;
}

export type ListRows = ReturnType<typeof prepareListRows>;

export function prepareListRows(db: Database) {
  const lists = db.prepare("select list, generation, cursor, checksum, facts from lists order by list");
  const putList = db.prepare(
    `insert into lists (list, generation, cursor, checksum, facts) values (?, ?, ?, ?, ?)
     on conflict (list) do update set generation = excluded.generation, cursor = excluded.cursor, checksum = excluded.checksum,
       facts = excluded.facts`,
  );
  const dropList = db.prepare("delete from lists where list = ?");
  const feed = db.prepare("select state from feed_entries where list = ?");
  const putFeed = db.prepare("insert or replace into feed_entries (list, entry, state) values (?, ?, ?)");
  const clearFeed = db.prepare("delete from feed_entries where list = ?");
  const ownOps = db.prepare("select rid, log, seq from own_ops where list = ? order by log, seq");
  const ownEntries = db.prepare("select distinct entry from own_ops where list = ?").pluck();
  const putOwn = db.prepare("insert into own_ops (rid, list, entry, log, seq) values (?, ?, ?, ?, ?)");
  const dropOwn = db.prepare("delete from own_ops where rid = ?");
  const putEntry = db.prepare("insert or replace into entries (list, entry, added_ms, entry_json) values (?, ?, ?, ?)");
  const dropEntry = db.prepare("delete from entries where list = ? and entry = ?");
  const clearEntries = db.prepare("delete from entries where list = ?");
  const entry = db.prepare("select entry_json from entries where list = ? and entry = ?").pluck();
  const entriesPage = db.prepare(
    `select entry_json from entries where list = @list and (added_ms, entry) < (@beforeMs, @before)
     order by added_ms desc, entry desc limit @limit`,
  );
  const count = db.prepare("select count(*) from entries where list = ?").pluck();

  return {
    all: (): ListRow[] =>
      (lists.all() as RawList[]).map((raw) => ({
        list: raw.list as ListId,
        generation: raw.generation,
        cursor: raw.cursor,
        checksum: plain(raw.checksum),
        facts: raw.facts === null ? null : (JSON.parse(raw.facts) as Watchlist),
      })),
    put(position: FeedPosition, facts: Watchlist | null): void {
      putList.run(position.list, position.generation, position.cursor, position.checksum, facts === null ? null : JSON.stringify(facts));
    },
    /** Forgets what central published; own ops are records of the log and stay there. */
    drop(list: ListId): void {
      for (const statement of [dropList, clearFeed, clearEntries]) statement.run(list);
    },
    /** The feed part, checksum computed from it; null when a row does not parse (damage: a snapshot is due). */
    feedOf(list: ListId): ListState | null {
      return parseSnapshotRows(list, states(feed.iterate(list)));
    },
    putFeedEntry: (list: ListId, state: EntryState): void => void putFeed.run(list, state.id, entryBytes(state)),
    clearFeed: (list: ListId): void => void clearFeed.run(list),
    ownOpsOf: (list: ListId): (Place & { readonly rid: Rid })[] => ownOps.all(list) as (Place & { rid: Rid })[],
    /** Entries with edits that central has not published yet. */
    ownEntriesOf: (list: ListId): EntryId[] => ownEntries.all(list) as EntryId[],
    putOwnOp: (rid: Rid, list: ListId, entryId: EntryId, place: Place): void => void putOwn.run(rid, list, entryId, place.log, place.seq),
    dropOwnOp: (rid: Rid): void => void dropOwn.run(rid),
    putEntry: (one: Entry): void => void putEntry.run(one.list, one.id, one.addedMs, JSON.stringify(one)),
    dropEntry: (list: ListId, id: EntryId): void => void dropEntry.run(list, id),
    clearEntries: (list: ListId): void => void clearEntries.run(list),
    entryOf(list: ListId, id: EntryId): Entry | undefined {
      const json = entry.get(list, id) as string | undefined;
      return json === undefined ? undefined : (JSON.parse(json) as Entry);
    },
    /** Newest first, after the given one (exclusive). */
    entriesPage: (list: ListId, beforeMs: number, before: string, limit: number): Entry[] =>
      entriesPage.all({ list, beforeMs, before, limit }).map((row) => JSON.parse((row as { entry_json: string }).entry_json) as Entry),
    countEntries: (list: ListId): number => count.get(list) as number,
  };
}

function* states(rows: Iterable<unknown>): Generator<Uint8Array> {
  for (const row of rows) yield plain((row as { state: Uint8Array }).state);
}
