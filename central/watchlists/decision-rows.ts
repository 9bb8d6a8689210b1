import { sql } from "kysely";
import type { EntryDecisionView } from "../../shared/api/central-api.ts";
import type { EntryId, ListId } from "../../shared/model/ids.ts";
import type { EntryField } from "../../shared/model/watchlist.ts";
import { decodeFeedOp } from "../../shared/protocol/feed-op.ts";
import type { Db, Tx } from "../db/open-db.ts";

/** Open decisions shown at once; more come up as these are made. */
const DECISIONS_MAX = 200;

/** Edits that met a delete, came too late, or were not theirs to make: what a person has to decide, oldest first. */
export async function openDecisions(db: Db): Promise<EntryDecisionView[]> {
  const { rows } = await sql<EntryDecisionView & { at: Date; op: Uint8Array | null }>`
    select d.id, d.kind, d.list_id as watchlist_id, w.name as watchlist, d.entry_id, coalesce(e.pattern, '') as pattern,
      coalesce(e.reason, '') as reason, d.author, coalesce(e.changed_by, '') as changed_by, d.at, d.op
    from (
      select 'conflict-' || c.id as id, 'conflict' as kind, c.list_id, c.entry_id, coalesce(o.author, '') as author, c.at, null::bytea as op
      from entry_conflicts c left join entry_ops o on o.rid = c.rid where c.resolved_at is null
      union all
      select 'review-' || r.id, 'review', r.list_id, r.entry_id, r.author, r.at, r.op from entry_reviews r where r.resolved_at is null) d
    join watchlists w on w.id = d.list_id left join watchlist_entries e on e.list_id = d.list_id and e.entry_id = d.entry_id
    order by d.at, d.id limit ${DECISIONS_MAX}`.execute(db);
  return rows.map(
    ({ op, ...row }) => ({ ...row, ...saidOfNew(row.pattern, op), at: row.at.toISOString() }) as unknown as EntryDecisionView,
  );
}

/** An entry that is on no list yet is known by what its op says alone. */
function saidOfNew(pattern: string, op: Uint8Array | null): { pattern?: string; reason?: string } {
  const said = pattern !== "" || op === null ? undefined : decodeFeedOp(new Uint8Array(op));
  const textOf = (field: EntryField): string => String(said?.set.find(([name]) => name === field)?.[1] ?? "");
  return said === undefined ? {} : { pattern: textOf("pattern"), reason: textOf("reason") };
}

export interface OpenDecision {
  readonly list: ListId;
  readonly entry: EntryId;
  /** What a late edit said, as the feed would have had it; null for a conflict, whose edit is folded already. */
  readonly op: Uint8Array | null;
}

const TABLES = { conflict: "entry_conflicts", review: "entry_reviews" } as const;
export type DecisionKind = keyof typeof TABLES;

/** Locked until the transaction ends: two people may press at once. */
export async function lockDecision(tx: Tx, kind: DecisionKind, id: number): Promise<OpenDecision | undefined> {
  const op = kind === "review" ? sql`op` : sql`null::bytea`;
  const { rows } = await sql<{ list_id: string; entry_id: string; op: Uint8Array | null }>`
    select list_id, entry_id, ${op} as op from ${sql.table(TABLES[kind])} where id = ${id}::int8 and resolved_at is null for update`.execute(
    tx,
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return { list: row.list_id as ListId, entry: row.entry_id as EntryId, op: row.op === null ? null : new Uint8Array(row.op) };
}

/** A conflict is settled for its entry: the same delete may have met several edits. A review is one op's. */
export async function resolveDecision(
  tx: Tx,
  kind: DecisionKind,
  id: number,
  decided: { list: ListId; entry: EntryId; by: string; resolution: string },
  atMs: number,
): Promise<void> {
  const which = kind === "review" ? sql`id = ${id}::int8` : sql`list_id = ${decided.list}::uuid and entry_id = ${decided.entry}::uuid`;
  await sql`update ${sql.table(TABLES[kind])} set resolved_at = ${new Date(atMs)}::timestamptz, resolved_by = ${decided.by},
    resolution = ${decided.resolution} where ${which} and resolved_at is null`.execute(tx);
}
