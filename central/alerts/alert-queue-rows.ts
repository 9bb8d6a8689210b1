import { type RawBuilder, sql } from "kysely";
import type { AlertsAnswer } from "../../shared/api/central-api.ts";
import type { AlertState } from "../../shared/model/alert.ts";
import type { Db, Tx } from "../db/open-db.ts";
import { seesSite } from "../db/site-filter.ts";

export interface QueueQuestion {
  /** Empty: any state. */
  readonly states: readonly AlertState[];
  readonly sees: readonly string[];
  readonly site: string | null;
  readonly test: "include" | "leave-out";
  readonly after: { readonly raisedMs: number; readonly pass: string } | null;
  readonly limit: number;
}

/** Items of the queue, newest first. */
export async function listItems(db: Db, asked: QueueQuestion): Promise<{ pass: string; raisedMs: number }[]> {
  const { rows } = await sql<{ pass: string; raised_at: Date }>`
    select pass, raised_at from alert_items i
    where ${visible(asked)} and (${asked.states.length === 0} or state = any(${[...asked.states]}::text[]))
      and ${asked.after === null ? sql`true` : sql`(raised_at, pass) < (${new Date(asked.after.raisedMs)}::timestamptz, ${asked.after.pass}::uuid)`}
    order by raised_at desc, pass desc limit ${asked.limit}`.execute(db);
  return rows.map((row) => ({ pass: row.pass, raisedMs: row.raised_at.getTime() }));
}

export async function countItems(db: Db, asked: Pick<QueueQuestion, "sees" | "site" | "test">): Promise<AlertsAnswer["counts"]> {
  const counts: AlertsAnswer["counts"] = { new: 0, acknowledged: 0, verified: 0, escalated: 0, dismissed: 0 };
  const { rows } = await sql<{ state: AlertState; n: number }>`
    select state, count(*)::int as n from alert_items i where ${visible(asked)} group by state`.execute(db);
  for (const row of rows) counts[row.state] = row.n;
  return counts;
}

/** The item of a pass's id or of an alert's; undefined when it is not there or of a site that may not be seen. */
export async function findItem(db: Db | Tx, id: string, sees: readonly string[]): Promise<{ pass: string } | undefined> {
  const { rows } = await sql<{ pass: string }>`
    select i.pass from alert_items i
    where i.pass = coalesce((select a.pass from alerts a where a.id = ${id}::uuid), ${id}::uuid) and ${seesSite("i.site_id", sees)}`.execute(
    db,
  );
  return rows[0];
}

function visible(asked: Pick<QueueQuestion, "sees" | "site" | "test">): RawBuilder<boolean> {
  const site = asked.site === null ? sql`true` : sql`i.site_id = ${asked.site}::uuid`;
  const test = asked.test === "include" ? sql`true` : sql`not i.test`;
  return sql<boolean>`${seesSite("i.site_id", asked.sees)} and ${site} and ${test}`;
}
