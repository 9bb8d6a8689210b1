import { type SqlBool, sql } from "kysely";
import type { NoticeView } from "../../shared/api/central-api.ts";
import type { Db, Tx } from "../db/open-db.ts";
import { seesSite } from "../db/site-filter.ts";

/** Open notices shown at once: more than this many is one trouble told many times. */
const NOTICES_MAX = 200;

/** What a person of these sites may read (none: all sites): notices of their collectors; of no collector only with all sites. */
function mayRead(sites: readonly string[]) {
  return sites.length === 0 ? sql<SqlBool>`true` : sql<SqlBool>`n.collector_id is not null and ${seesSite("c.site_id", sites)}`;
}

/** Open notices, alarms first, then the newest. */
export async function listNotices(db: Db, sites: readonly string[]): Promise<NoticeView[]> {
  const rows = await db
    .selectFrom("notices as n")
    .leftJoin("collectors as c", "c.id", "n.collector_id")
    .leftJoin("sites as s", "s.id", "c.site_id")
    .select(["n.id", "n.code", "n.level", "n.words", "n.collector_id", "n.raised_at", "s.name as site", "s.time_zone"])
    .where("n.cleared_at", "is", null)
    .where(mayRead(sites))
    .orderBy(sql`array_position(array['alarm', 'warning', 'info'], n.level)`)
    .orderBy("n.id", "desc")
    .limit(NOTICES_MAX)
    .execute();
  return rows.map((row) => ({
    id: String(row.id),
    code: row.code,
    level: row.level,
    words: row.words,
    collector_id: row.collector_id,
    site: row.site,
    time_zone: row.time_zone ?? "UTC",
    raised_at: row.raised_at.toISOString(),
  }));
}

export async function countNotices(db: Db, sites: readonly string[]): Promise<number> {
  const { open } = await db
    .selectFrom("notices as n")
    .leftJoin("collectors as c", "c.id", "n.collector_id")
    .select((eb) => eb.fn.countAll<string>().as("open"))
    .where("n.cleared_at", "is", null)
    .where(mayRead(sites))
    .executeTakeFirstOrThrow();
  return Number(open);
}

/** Clears an open notice that this person may read; what it was about, or undefined when there is none. */
export async function acknowledgeOpenNotice(
  tx: Tx,
  id: number,
  sites: readonly string[],
  atMs: number,
): Promise<{ code: string; subject: string } | undefined> {
  return tx
    .updateTable("notices")
    .set({ cleared_at: new Date(atMs) })
    .where("cleared_at", "is", null)
    .where("id", "=", (eb) =>
      eb
        .selectFrom("notices as n")
        .leftJoin("collectors as c", "c.id", "n.collector_id")
        .select("n.id")
        .where("n.id", "=", id)
        .where(mayRead(sites)),
    )
    .returning(["code", "subject"])
    .executeTakeFirst();
}
