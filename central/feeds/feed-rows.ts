import { sql } from "kysely";
import { parseEntryBytes } from "../../shared/crdt/entry-bytes.ts";
import type { EntryState } from "../../shared/crdt/entry-state.ts";
import { CHECKSUM_BYTES } from "../../shared/crdt/list-checksum.ts";
import { ZERO_HASH } from "../../shared/log/chain.ts";
import { bytesToHex, type EntryId, hexToBytes, type Incarnation, type ListId, type Rid, type Sha256 } from "../../shared/model/ids.ts";
import type { Watchlist } from "../../shared/model/watchlist.ts";
import type { StandingFeed } from "../../shared/protocol/central-session.ts";
import { FEEDS_MAX } from "../../shared/protocol/limits.ts";
import { byteaArray, int8Array, textArray, timestamptzArray, uuidArray } from "../db/binary-arrays.ts";
import type { Db, Tx } from "../db/open-db.ts";
import type { EntryColumns } from "./entry-columns.ts";
import type { PublishedOp } from "./fold-feed.ts";

/** Where a feed stands. */
export interface FeedRow {
  readonly next: number;
  readonly hash: Uint8Array;
  readonly checksum: Uint8Array;
  readonly keepWins: boolean;
  /** No op has come yet: the row was only just made. */
  readonly isNew: boolean;
}

/** Takes the list's lock for the rest of the transaction: positions of one list are given out by one writer at a time. */
export async function lockFeed(tx: Tx, list: ListId, atMs: number): Promise<FeedRow> {
  await sql`insert into watchlists (id, name, owner, kind, created_at) values (${list}::uuid, '', '', 'site', ${new Date(atMs)})
    on conflict do nothing`.execute(tx);
  const row = await tx
    .selectFrom("watchlists")
    .select(["feed_next", "feed_hash", "feed_checksum", "keep_wins"])
    .where("id", "=", list)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const next = Number(row.feed_next);
  return {
    next,
    hash: row.feed_hash ?? ZERO_HASH,
    checksum: row.feed_checksum ?? new Uint8Array(CHECKSUM_BYTES),
    keepWins: row.keep_wins,
    isNew: next === 0,
  };
}

export async function findPublished(tx: Tx, rids: readonly Rid[]): Promise<Set<Rid>> {
  if (rids.length === 0) return new Set();
  const rows = await tx.selectFrom("entry_ops").select("rid").where("rid", "in", rids).execute();
  return new Set(rows.map((row) => row.rid as Rid));
}

/** The folded entries; all of the list when `entries` is null. */
export async function loadEntries(tx: Tx, list: ListId, entries: readonly EntryId[] | null): Promise<Map<EntryId, EntryState>> {
  let query = tx
    .selectFrom("watchlist_entries")
    .select(["entry_id", "state"])
    .where("list_id", "=", list)
    .where("forgotten_at", "is", null)
    .orderBy("entry_id");
  if (entries !== null) query = query.where("entry_id", "in", entries);
  const rows = await query.execute();
  return new Map(rows.map((row) => [row.entry_id as EntryId, stateOf(row.state)]));
}

export function stateOf(bytes: Uint8Array): EntryState {
  const state = parseEntryBytes(bytes);
  if (state === null) throw new Error("a stored entry is not in canonical bytes");
  return state;
}

export async function insertOps(tx: Tx, list: ListId, ops: readonly PublishedOp[], receiptMs: number): Promise<void> {
  await sql`insert into entry_ops (list_id, position, rid, entry_id, effective_hlc, author, op, running_hash, checksum, received_at)
    select ${list}::uuid, o.*, ${new Date(receiptMs)}::timestamptz
    from unnest(${int8Array(ops.map((one) => one.position))}::int8[], ${uuidArray(ops.map((one) => one.rid))}::uuid[],
      ${uuidArray(ops.map((one) => one.entry))}::uuid[], ${textArray(ops.map((one) => one.effectiveHlc))}::text[],
      ${textArray(ops.map((one) => one.author))}::text[], ${byteaArray(ops.map((one) => one.bytes))}::bytea[],
      ${byteaArray(ops.map((one) => one.runningHash))}::bytea[], ${byteaArray(ops.map((one) => one.checksum))}::bytea[]) as o`.execute(tx);
}

export async function upsertEntries(tx: Tx, list: ListId, rows: readonly EntryColumns[]): Promise<void> {
  const texts = (name: "pattern" | "reason" | "vehicle" | "added_by" | "changed_by") => textArray(rows.map((one) => one[name]));
  const times = (name: "expires_at" | "added_at" | "changed_at" | "deleted_at") => timestamptzArray(rows.map((one) => one[name]));
  await sql`insert into watchlist_entries (list_id, entry_id, causal_length, pattern, reason, expires_at, vehicle, added_by, added_at,
      changed_by, changed_at, deleted_at, state)
    select ${list}::uuid, e.* from unnest(${uuidArray(rows.map((one) => one.entry_id))}::uuid[],
      ${int8Array(rows.map((one) => one.causal_length))}::int8[], ${texts("pattern")}::text[], ${texts("reason")}::text[],
      ${times("expires_at")}::timestamptz[], ${texts("vehicle")}::text[], ${texts("added_by")}::text[], ${times("added_at")}::timestamptz[],
      ${texts("changed_by")}::text[], ${times("changed_at")}::timestamptz[], ${times("deleted_at")}::timestamptz[],
      ${byteaArray(rows.map((one) => one.state))}::bytea[]) as e
    on conflict (list_id, entry_id) do update set causal_length = excluded.causal_length, pattern = excluded.pattern,
      reason = excluded.reason, expires_at = excluded.expires_at, vehicle = excluded.vehicle, added_by = excluded.added_by,
      added_at = excluded.added_at, changed_by = excluded.changed_by, changed_at = excluded.changed_at,
      deleted_at = excluded.deleted_at, state = excluded.state, forgotten_at = null`.execute(tx);
}

export async function moveFeed(tx: Tx, list: ListId, feed: { next: number; hash: Uint8Array; checksum: Uint8Array }): Promise<void> {
  await tx
    .updateTable("watchlists")
    .set({ feed_next: feed.next, feed_hash: feed.hash, feed_checksum: feed.checksum })
    .where("id", "=", list)
    .execute();
}

/** The list's own facts after the fold; null: it is deleted (or was never made). */
export async function updateListFacts(tx: Tx, list: ListId, facts: Watchlist | null, atMs: number): Promise<void> {
  const change =
    facts === null
      ? { deleted_at: new Date(atMs) }
      : {
          name: facts.name.replaceAll("\0", ""),
          owner: facts.owner.replaceAll("\0", ""),
          kind: facts.kind,
          differences_max: facts.differencesMax,
          critical: facts.critical,
          keep_wins: facts.keepWins,
          deleted_at: null,
        };
  await tx.updateTable("watchlists").set(change).where("id", "=", list).execute();
}

export async function insertConflict(
  tx: Tx,
  list: ListId,
  conflict: { entry: EntryId; edit: Rid; why: string },
  atMs: number,
): Promise<void> {
  await tx
    .insertInto("entry_conflicts")
    .values({ list_id: list, entry_id: conflict.entry, rid: conflict.edit, why: conflict.why, at: new Date(atMs), resolved_at: null })
    .onConflict((onto) => onto.column("rid").doNothing())
    .execute();
}

/** A list that began at an edge is delivered to that edge's site. */
export async function insertListSite(tx: Tx, list: ListId, siteId: string): Promise<void> {
  await tx
    .insertInto("watchlist_sites")
    .values({ list_id: list, site_id: siteId })
    .onConflict((onto) => onto.doNothing())
    .execute();
}

export interface ListHead extends Required<Omit<StandingFeed, "generation">> {
  readonly site: string;
}

/**
 * Every (list, site) pair with the list's position, for the heads that edges are told. A deleted list goes on until every replica has passed
 * its end. A frame carries so many and no more: lists in force come first, and what is not told any more no site keeps.
 */
export async function listHeads(db: Db): Promise<ListHead[]> {
  const rows = await db
    .selectFrom("watchlist_sites as s")
    .innerJoin("watchlists as w", "w.id", "s.list_id")
    .select(["s.list_id", "s.site_id", "w.feed_next", "w.feed_checksum", "w.feed_horizon", "w.feed_durable"])
    .where((where) => where.or([where("w.deleted_at", "is", null), where("w.feed_horizon", "<", where.ref("w.feed_next"))]))
    .orderBy(sql`w.deleted_at is not null`)
    .orderBy("s.list_id")
    .orderBy("s.site_id")
    .execute();
  const told = new Map<string, number>();
  const isTold = (site: string): boolean => {
    const before = told.get(site) ?? 0;
    told.set(site, before + 1);
    return before < FEEDS_MAX;
  };
  const named = rows.filter((row) => isTold(row.site_id));
  return named.map((row) => ({
    list: row.list_id as ListId,
    site: row.site_id,
    head: Number(row.feed_next),
    checksum: row.feed_checksum ?? new Uint8Array(CHECKSUM_BYTES),
    horizon: Number(row.feed_horizon),
    durable: Number(row.feed_durable),
  }));
}

/** Bytes of the ops from `cursor` on, and of the list whole: what decides between DELTA and SNAPSHOT. */
export async function measureFeed(
  db: Db,
  list: ListId,
  cursor: number,
): Promise<{ opsBytes: number; snapshotBytes: number; head: number; checksum: Uint8Array }> {
  const { rows } = await sql<{ ops: number | null; entries: number | null; head: number; checksum: Uint8Array | null }>`
    select (select sum(length(op))::int8 from entry_ops where list_id = w.id and position >= ${cursor}) as ops,
      (select sum(length(state))::int8 from watchlist_entries where list_id = w.id and forgotten_at is null) as entries,
      w.feed_next as head, w.feed_checksum as checksum
    from watchlists w where w.id = ${list}::uuid`.execute(db);
  const [row] = rows;
  return {
    opsBytes: Number(row?.ops ?? 0),
    snapshotBytes: Number(row?.entries ?? 0),
    head: Number(row?.head ?? 0),
    checksum: row?.checksum ?? new Uint8Array(CHECKSUM_BYTES),
  };
}

export interface StoredOp {
  readonly bytes: Uint8Array;
  readonly runningHash: Uint8Array;
  readonly checksum: Uint8Array;
}

export async function opsFrom(db: Db, list: ListId, cursor: number, most: number): Promise<StoredOp[]> {
  const rows = await db
    .selectFrom("entry_ops")
    .select(["op", "running_hash", "checksum"])
    .where("list_id", "=", list)
    .where("position", ">=", cursor)
    .orderBy("position")
    .limit(most)
    .execute();
  return rows.map((row) => ({ bytes: row.op, runningHash: row.running_hash, checksum: row.checksum }));
}

/** Canonical bytes of the list's entries by entry id, whole at one moment: one statement, so that entries and position belong together. */
export async function readWhole(db: Db, list: ListId): Promise<{ at: number; rows: Uint8Array[] }> {
  const { rows } = await sql<{ feed_next: number; state: Uint8Array | null }>`
    select w.feed_next, e.state from watchlists w left join watchlist_entries e on e.list_id = w.id and e.forgotten_at is null
    where w.id = ${list}::uuid order by e.entry_id`.execute(db);
  return { at: Number(rows[0]?.feed_next ?? 0), rows: rows.flatMap((row) => (row.state === null ? [] : [new Uint8Array(row.state)])) };
}

/** Rids of the newest ops before position `at`. */
export async function newestRids(db: Db, list: ListId, at: number, most: number): Promise<Rid[]> {
  const rows = await db
    .selectFrom("entry_ops")
    .select("rid")
    .where("list_id", "=", list)
    .where("position", "<", at)
    .orderBy("position", "desc")
    .limit(most)
    .execute();
  return rows.map((row) => row.rid as Rid);
}

const SNAPSHOTS_PER_LIST = 3;

export interface StoredSnapshot {
  readonly sha256: Sha256;
  readonly bytes: number;
  readonly at: number;
}

export async function findSnapshotAt(db: Db, list: ListId, generation: Incarnation, at: number): Promise<StoredSnapshot | undefined> {
  const { rows } = await sql<{ sha256: Uint8Array; size: number }>`select sha256, length(bytes) as size from feed_snapshots
    where list_id = ${list}::uuid and at_position = ${at} and generation = ${hexToBytes(generation)} order by made_at desc limit 1`.execute(
    db,
  );
  const [row] = rows;
  return row === undefined ? undefined : { sha256: bytesToHex(row.sha256) as Sha256, bytes: Number(row.size), at };
}

export async function insertSnapshot(
  db: Db,
  snapshot: { sha256: Sha256; list: ListId; generation: Incarnation; at: number; bytes: Uint8Array },
  atMs: number,
): Promise<void> {
  await sql`insert into feed_snapshots (sha256, list_id, generation, at_position, bytes, made_at)
    values (${hexToBytes(snapshot.sha256)}, ${snapshot.list}::uuid, ${hexToBytes(snapshot.generation)}, ${snapshot.at}, ${snapshot.bytes},
      ${new Date(atMs)}) on conflict do nothing`.execute(db);
  await sql`delete from feed_snapshots where list_id = ${snapshot.list}::uuid and sha256 not in (
    select sha256 from feed_snapshots where list_id = ${snapshot.list}::uuid order by made_at desc, at_position desc
    limit ${SNAPSHOTS_PER_LIST})`.execute(db);
}

/** The bytes of a snapshot whose list names this site; undefined for any other. */
export async function findSnapshotForSite(db: Db, sha256: Sha256, collectorId: string): Promise<Uint8Array | undefined> {
  const row = await db
    .selectFrom("feed_snapshots as f")
    .innerJoin("watchlist_sites as s", "s.list_id", "f.list_id")
    .innerJoin("collectors as c", "c.site_id", "s.site_id")
    .select("f.bytes")
    .where("f.sha256", "=", hexToBytes(sha256))
    .where("c.id", "=", collectorId)
    .executeTakeFirst();
  return row?.bytes;
}

/** Bytes [from, from + length) of a snapshot; undefined when it is not kept any more. */
export async function readSnapshotPart(db: Db, sha256: Sha256, from: number, length: number): Promise<Uint8Array | undefined> {
  const { rows } = await sql<{ part: Uint8Array }>`select substring(bytes from ${from + 1}::int for ${length}::int) as part
    from feed_snapshots where sha256 = ${hexToBytes(sha256)}`.execute(db);
  const part = rows[0]?.part;
  return part === undefined ? undefined : new Uint8Array(part);
}

/** True when this edge may be sent the list again for a differing checksum; says so only once in the span. */
export async function claimHealing(db: Db, collectorId: string, list: ListId, atMs: number, sinceMs: number): Promise<boolean> {
  const { rows } = await sql`update feed_replicas set healed_at = ${new Date(atMs)}::timestamptz
    where collector_id = ${collectorId}::uuid and list_id = ${list}::uuid
      and (healed_at is null or healed_at < ${new Date(sinceMs)}::timestamptz) returning list_id`.execute(db);
  return rows.length > 0;
}
