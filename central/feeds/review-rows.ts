import { sql } from "kysely";
import type { EntryId, ListId } from "../../shared/model/ids.ts";
import type { Tx } from "../db/open-db.ts";
import { stateOf } from "./feed-rows.ts";

/** Of these entries, those that were deleted and forgotten, each with its causal length then. */
export async function findForgotten(tx: Tx, list: ListId, entries: readonly EntryId[]): Promise<Map<EntryId, number>> {
  if (entries.length === 0) return new Map();
  const rows = await tx
    .selectFrom("watchlist_entries")
    .select(["entry_id", "causal_length"])
    .where("list_id", "=", list)
    .where("entry_id", "in", entries)
    .where("forgotten_at", "is not", null)
    .execute();
  return new Map(rows.map((row) => [row.entry_id as EntryId, Number(row.causal_length)]));
}

/** An op for a person to decide about; the same one again adds nothing. */
export async function insertReview(
  tx: Tx,
  review: { list: ListId; entry: EntryId; rid: string; op: Uint8Array; author: string; why: string },
  atMs: number,
): Promise<void> {
  await tx
    .insertInto("entry_reviews")
    .values({
      rid: review.rid,
      list_id: review.list,
      entry_id: review.entry,
      op: review.op,
      author: review.author,
      why: review.why,
      at: new Date(atMs),
      resolved_at: null,
      resolved_by: null,
      resolution: null,
    })
    .onConflict((onto) => onto.column("rid").doNothing())
    .execute();
}

/** Whose device said something. */
export interface OpSource {
  readonly collectorId: string;
  readonly siteId: string;
  readonly deviceKey: Uint8Array;
}

/**
 * Of these lists, those that this device does not change: lists that are there and do not name its site, and those that name another site
 * too while its key waits for an administrator beside one that is confirmed.
 */
export async function listsClosedTo(tx: Tx, lists: readonly ListId[], { collectorId, siteId, deviceKey }: OpSource): Promise<Set<ListId>> {
  const { rows } = await sql<{ id: string }>`
    select w.id from watchlists w where w.id = any(${[...lists]}::uuid[]) and w.feed_next > 0 and (
      not exists (select from watchlist_sites s where s.list_id = w.id and s.site_id = ${siteId}::uuid)
      or exists (select from watchlist_sites s where s.list_id = w.id and s.site_id <> ${siteId}::uuid) and
        (select bool_or(k.confirmed) and not coalesce(bool_or(k.confirmed) filter (where k.device_key = ${deviceKey}::bytea), false)
        from collector_keys k where k.collector_id = ${collectorId}::uuid))`.execute(tx);
  return new Set(rows.map((row) => row.id as ListId));
}

export interface ListHorizon {
  readonly list: ListId;
  readonly horizon: number;
}

/**
 * Lists whose tombstones can go further than they have gone: the smallest cursor of any replica that is in service and was heard since
 * `sinceMs`. One of another generation counts as 0 until it has fetched its snapshot; without any replica the whole feed is known.
 */
export async function risenHorizons(tx: Tx, generation: Uint8Array, sinceMs: number): Promise<ListHorizon[]> {
  const { rows } = await sql<{ id: string; horizon: number }>`
    select h.id, h.horizon from (
      select w.id, w.feed_horizon, coalesce(min(case when r.generation = ${generation}::bytea then r.cursor else 0 end), w.feed_next) as horizon
      from watchlists w left join (
        feed_replicas r join collectors c on c.id = r.collector_id and c.retired_at is null
        join watchlist_sites s on s.list_id = r.list_id and s.site_id = c.site_id)
        on r.list_id = w.id and r.heard_at >= ${new Date(sinceMs)}::timestamptz
      group by w.id) h
    where h.horizon > h.feed_horizon order by h.id`.execute(tx);
  return rows.map((row) => ({ list: row.id as ListId, horizon: Number(row.horizon) }));
}

export async function lockList(tx: Tx, list: ListId): Promise<void> {
  await tx.selectFrom("watchlists").select("id").where("id", "=", list).forUpdate().execute();
}

/** Deleted entries that no op at or beyond the horizon has touched, after `after`. The list's own facts stay. */
export async function tombstonesBelow(tx: Tx, { list, horizon }: ListHorizon, after: string, most: number) {
  const { rows } = await sql<{ entry_id: string; state: Uint8Array }>`
    select e.entry_id, e.state from watchlist_entries e
    where e.list_id = ${list}::uuid and e.entry_id <> e.list_id and e.deleted_at is not null and e.forgotten_at is null
      and e.entry_id > ${after}::uuid
      and (select max(o.position) from entry_ops o where o.list_id = e.list_id and o.entry_id = e.entry_id) < ${horizon}
    order by e.entry_id limit ${most}`.execute(tx);
  return rows.map((row) => ({ entry: row.entry_id as EntryId, state: stateOf(row.state) }));
}

export async function markForgotten(tx: Tx, list: ListId, entries: readonly EntryId[], atMs: number): Promise<void> {
  if (entries.length === 0) return;
  await tx
    .updateTable("watchlist_entries")
    .set({ forgotten_at: new Date(atMs) })
    .where("list_id", "=", list)
    .where("entry_id", "in", entries)
    .execute();
}

export async function raiseHorizon(tx: Tx, { list, horizon }: ListHorizon): Promise<void> {
  await tx.updateTable("watchlists").set({ feed_horizon: horizon }).where("id", "=", list).execute();
}
