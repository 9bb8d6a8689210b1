import { sql } from "kysely";
import type { EntryView, WatchlistView } from "../../shared/api/views.ts";
import { parseEntryBytes } from "../../shared/crdt/entry-bytes.ts";
import type { EntryState } from "../../shared/crdt/entry-state.ts";
import type { EntryId, ListId } from "../../shared/model/ids.ts";
import type { Db, Tx } from "../db/open-db.ts";

/** Lists that a person may see: all, or those that name one of their sites. */
export async function listWatchlists(db: Db | Tx, sees: readonly string[], id?: string): Promise<WatchlistView[]> {
  const mine =
    sees.length === 0
      ? sql`true`
      : sql`exists (select 1 from watchlist_sites s where s.list_id = w.id and s.site_id = any(${[...sees]}::uuid[]))`;
  const one = id === undefined ? sql`true` : sql`w.id = ${id}::uuid`;
  const { rows } = await sql<WatchlistView>`
    select w.id, w.name, w.owner, w.kind, w.differences_max, w.critical,
      (select count(*)::int from watchlist_entries e where e.list_id = w.id and e.entry_id <> w.id and e.deleted_at is null) as entries,
      array(select s.site_id::text from watchlist_sites s where s.list_id = w.id order by 1) as sites
    from watchlists w where w.deleted_at is null and ${mine} and ${one} order by lower(w.name), w.id limit 2000`.execute(db);
  return rows;
}

export async function replaceListSites(tx: Tx, list: string, sites: readonly string[]): Promise<void> {
  await tx
    .deleteFrom("watchlist_sites")
    .where("list_id", "=", list)
    .$if(sites.length > 0, (query) => query.where("site_id", "not in", [...sites]))
    .execute();
  if (sites.length === 0) return;
  await tx
    .insertInto("watchlist_sites")
    .values(sites.map((site) => ({ list_id: list, site_id: site })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Whether each of these is a site. */
export async function areSites(tx: Tx, sites: readonly string[]): Promise<boolean> {
  if (sites.length === 0) return true;
  const rows = await tx
    .selectFrom("sites")
    .select("id")
    .where("id", "in", [...sites])
    .execute();
  return rows.length === new Set(sites).size;
}

/** The name of one of these sites that has as many lists as a site may have, this one not counted. */
export async function findFullSite(tx: Tx, list: string, sites: readonly string[], most: number): Promise<string | undefined> {
  if (sites.length === 0) return undefined;
  const row = await tx
    .selectFrom("watchlist_sites as l")
    .innerJoin("watchlists as w", "w.id", "l.list_id")
    .innerJoin("sites as s", "s.id", "l.site_id")
    .select("s.name")
    .where("l.site_id", "in", [...sites])
    .where("l.list_id", "<>", list)
    .where("w.deleted_at", "is", null)
    .groupBy(["s.id", "s.name"])
    .having((having) => having.fn.countAll(), ">=", most)
    .executeTakeFirst();
  return row?.name;
}

/** Whether the list is there (not deleted), and its rule for edits against deletes. Locks nothing. */
export async function findList(tx: Tx, id: string): Promise<{ keepWins: boolean } | undefined> {
  const row = await tx.selectFrom("watchlists").select("keep_wins").where("id", "=", id).where("deleted_at", "is", null).executeTakeFirst();
  return row === undefined ? undefined : { keepWins: row.keep_wins };
}

/** The folded state of an entry (of the list's own facts when `entry` is the list's id). */
export async function entryState(tx: Tx, list: ListId, entry: EntryId): Promise<EntryState | undefined> {
  const row = await tx
    .selectFrom("watchlist_entries")
    .select("state")
    .where("list_id", "=", list)
    .where("entry_id", "=", entry)
    .executeTakeFirst();
  return row === undefined ? undefined : (parseEntryBytes(new Uint8Array(row.state)) ?? undefined);
}

export interface EntryPage {
  readonly after: string | null;
  readonly limit: number;
  readonly nowMs: number;
}

/** Entries by id; one when `entry` is given. */
export async function listEntries(db: Db | Tx, list: string, page: EntryPage, entry?: string): Promise<EntryView[]> {
  let query = db
    .selectFrom("watchlist_entries")
    .selectAll()
    .where("list_id", "=", list)
    .where("deleted_at", "is", null)
    .where("entry_id", "!=", list);
  if (entry !== undefined) query = query.where("entry_id", "=", entry);
  if (page.after !== null) query = query.where("entry_id", ">", page.after);
  const rows = await query.orderBy("entry_id").limit(page.limit).execute();
  return rows.map((row) => ({
    id: row.entry_id,
    watchlist_id: row.list_id,
    pattern: row.pattern,
    reason: row.reason,
    expires_at: row.expires_at.toISOString(),
    expired: row.expires_at.getTime() <= page.nowMs,
    vehicle: row.vehicle,
    notes: parseEntryBytes(new Uint8Array(row.state))?.notes.map((note) => note.text) ?? [],
    added_by: row.added_by,
    added_at: row.added_at.toISOString(),
    changed_by: row.changed_by,
    waiting: false,
  }));
}
