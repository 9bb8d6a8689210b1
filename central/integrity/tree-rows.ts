import { sql } from "kysely";
import { nodesOf, type StoredNode } from "../../shared/log/merkle.ts";
import { bytesToHex, type CentralId, hexToBytes, type Incarnation, type LogId } from "../../shared/model/ids.ts";
import type { TreeHead } from "../../shared/protocol/frames.ts";
import { byteaArray, int2Array, int8Array } from "../db/binary-arrays.ts";
import type { Db, Tx } from "../db/open-db.ts";
import { hashesOf } from "../db/tree-node-rows.ts";

/** A received checkpoint on its way into the tree. */
export interface WaitingCheckpoint {
  readonly logId: LogId;
  readonly next: number;
  readonly bytes: Uint8Array;
  readonly receivedMs: number;
}

/** Takes committed checkpoints off the queue in the order in which they were written, as the sequencer takes records. */
export async function takeCheckpoints(tx: Tx, most: number): Promise<WaitingCheckpoint[]> {
  const { rows } = await sql<{ log_id: Uint8Array; next: number; bytes: Uint8Array; received_at: Date }>`
    with due as materialized (
      select pending from arrivals_pending where rid is null and xact_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
      order by pending limit ${most}),
    taken as (
      delete from arrivals_pending
      where rid is null and xact_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint and pending <= (select max(pending) from due)
      returning pending, log_id, next)
    select c.log_id, c.next, c.bytes, c.received_at from taken join log_checkpoints c using (log_id, next)
    where not exists (select 1 from tree_leaves l where l.log_id = c.log_id and l.next = c.next)
    order by taken.pending`.execute(tx);
  return rows.map((row) => ({
    logId: bytesToHex(row.log_id) as LogId,
    next: Number(row.next),
    bytes: row.bytes,
    receivedMs: row.received_at.getTime(),
  }));
}

/** Leaves of the tree. */
export async function treeSize(tx: Tx | Db): Promise<number> {
  const row = await tx
    .selectFrom("tree_leaves")
    .select((eb) => eb.fn.max("position").as("last"))
    .executeTakeFirst();
  return row === undefined || row.last === null ? 0 : Number(row.last) + 1;
}

/** The hashes that a tree of `size` is folded from; undefined when the tree is smaller. */
export const frontierOf = (tx: Tx | Db, size: number): Promise<Uint8Array[] | undefined> => hashesOf(tx, nodesOf({ from: 0, to: size }));

/** Two who would write the same place meet at the primary key: one of them rolls back. */
export async function insertLeaves(
  tx: Tx,
  from: number,
  leaves: readonly WaitingCheckpoint[],
  nodes: readonly StoredNode[],
): Promise<void> {
  await sql`insert into tree_leaves (position, log_id, next) select * from unnest(
    ${int8Array(leaves.map((_, at) => from + at))}::int8[], ${byteaArray(leaves.map((leaf) => hexToBytes(leaf.logId)))}::bytea[],
    ${int8Array(leaves.map((leaf) => leaf.next))}::int8[])`.execute(tx);
  await sql`insert into tree_nodes (level, position, hash) select * from unnest(
    ${int2Array(nodes.map((node) => node.level))}::int2[], ${int8Array(nodes.map((node) => node.position))}::int8[],
    ${byteaArray(nodes.map((node) => node.hash))}::bytea[])`.execute(tx);
}

export interface SignedHead extends TreeHead {
  readonly signedMs: number;
}

/** The newest head of a life; undefined while it has none. */
export async function newestHead(tx: Tx | Db, centralId: CentralId, incarnation: Incarnation): Promise<SignedHead | undefined> {
  const row = await tx
    .selectFrom("tree_heads")
    .select(["size", "root", "signature", "signed_at"])
    .where("incarnation", "=", hexToBytes(incarnation))
    .orderBy("size", "desc")
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { root, signature } = row;
  return { centralId, incarnation, size: Number(row.size), root, signature, signedMs: row.signed_at.getTime() };
}

export async function insertHead(tx: Tx, head: SignedHead): Promise<void> {
  await tx
    .insertInto("tree_heads")
    .values({
      size: head.size,
      root: head.root,
      incarnation: hexToBytes(head.incarnation),
      signature: head.signature,
      signed_at: new Date(head.signedMs),
    })
    .execute();
}
