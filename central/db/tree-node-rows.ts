import { sql } from "kysely";
import type { NodeAt, StoredNode } from "../../shared/log/merkle.ts";
import { int2Array, int8Array } from "./binary-arrays.ts";
import type { Db, Tx } from "./open-db.ts";

/** What a leaf of the tree is made of. */
export interface LeafCheckpoint {
  readonly bytes: Uint8Array;
  readonly receivedMs: number;
}

/** What the leaves from `from` on are made of, without a hole; fewer when the checkpoint of one is not there. */
export async function checkpointsOfLeaves(db: Db, from: number, most: number): Promise<readonly LeafCheckpoint[]> {
  const rows = await db
    .selectFrom("tree_leaves as l")
    .innerJoin("log_checkpoints as c", (join) => join.onRef("c.log_id", "=", "l.log_id").onRef("c.next", "=", "l.next"))
    .select(["l.position", "c.bytes", "c.received_at"])
    .where("l.position", ">=", from)
    .where("l.position", "<", from + most)
    .orderBy("l.position")
    .execute();
  const whole = rows.filter((row, at) => Number(row.position) === from + at);
  return whole.map((row) => ({ bytes: row.bytes, receivedMs: row.received_at.getTime() }));
}

/** Hashes of full nodes, in the order asked for; undefined when one is not there: the tree is smaller. At most about 3,000 of them. */
export async function hashesOf(tx: Tx | Db, nodes: readonly NodeAt[]): Promise<Uint8Array[] | undefined> {
  if (nodes.length === 0) return [];
  const { rows } = await sql<StoredNode>`select n.level, n.position, n.hash from tree_nodes n join unnest(
      ${int2Array(nodes.map((node) => node.level))}::int2[], ${int8Array(nodes.map((node) => node.position))}::int8[])
      as wanted(level, position) on n.level = wanted.level and n.position = wanted.position`.execute(tx);
  const held = new Map(rows.map((row) => [`${row.level}:${row.position}`, row.hash]));
  const hashes = nodes.map((node) => held.get(`${node.level}:${node.position}`));
  return hashes.every((hash) => hash !== undefined) ? hashes : undefined;
}
