import { sql } from "kysely";
import type { Db } from "../db/open-db.ts";

/** Two logs of one class that are both written to within this, where a device has one: two devices. */
const BOTH_ALIVE_MINUTES = 10;
/** A log whose device has begun another without naming it (a reflash) and that was not heard since: nobody will go on with it. */
const ABANDONED_AFTER_HOURS = 24;
const TWO_COPIES =
  "Two devices send for this site at the same time: a copied card, or the old device beside the new one. Everything is kept, in a log for each. Switch one of them off, or add it as a collector of its own.";

/**
 * What only the logs of a collector side by side can show. A device has one active log of a class, and a new one names the one before,
 * which closes it; so two that live beside one another are two devices, and one that fell silent when another began is a device that was
 * made anew. Said once for each log, whatever people do with the notice. Nothing is refused: an abandoned log that is heard again is
 * answered as a closed one, and its device goes on in a new log.
 */
export async function judgeLogs(db: Db, nowMs: number): Promise<void> {
  const now = new Date(nowMs);
  const aliveSince = new Date(nowMs - BOTH_ALIVE_MINUTES * 60_000);
  await sql`insert into notices (code, subject, level, words, collector_id, raised_at)
    select distinct on (y.log_id) 'two-live-copies', encode(y.log_id, 'hex'), 'alarm', ${TWO_COPIES}, y.collector_id, ${now}::timestamptz
    from collector_logs o join collector_logs y on y.collector_id = o.collector_id and y.class = o.class and y.log_id <> o.log_id
    where o.status in ('active', 'unconfirmed') and y.status in ('active', 'unconfirmed')
      and o.created_at <= y.created_at and o.updated_at > y.created_at
      and o.updated_at >= ${aliveSince}::timestamptz and y.updated_at >= ${aliveSince}::timestamptz
      and not exists (select from notices n where n.code = 'two-live-copies' and n.subject = encode(y.log_id, 'hex'))
    on conflict do nothing`.execute(db);
  await sql`update collector_logs o set status = 'abandoned'
    where o.status in ('active', 'unconfirmed') and o.updated_at < ${new Date(nowMs - ABANDONED_AFTER_HOURS * 3_600_000)}::timestamptz
      and exists (select from collector_logs y where y.collector_id = o.collector_id and y.class = o.class and y.next > 0
        and y.log_id <> o.log_id and y.created_at > o.updated_at)`.execute(db);
}
