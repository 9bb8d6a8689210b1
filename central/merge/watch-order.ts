/** An open writer holds back every number behind it: pages stand still and central raises no alert. People read that, and when it is over. */
import { clearNotice, raiseNotice } from "../db/notice-rows.ts";
import type { Db } from "../db/open-db.ts";
import { STALL_WARNING_MS } from "./sequencer.ts";

export interface WatchOrderDeps {
  readonly db: Db;
  readonly nowMs: () => number;
  /** How long rows have waited for their number. */
  readonly stalledMs: () => number;
}

const CODE = "order-held-back";
/** One order, one notice. */
const SUBJECT = "central";
const WORDS =
  "An open transaction in the database's cluster has held back what arrives for more than 5 seconds: detections and alerts are kept, but pages show them late, and central matches them late. The sites' own alerts ring all the same. Look for the transaction (a backup tool, an open psql, another database in this cluster) and end it. If there is none, the database does not answer, or another central holds the order and stands still: restart that one.";

/** One look a turn. Said once a stall, whatever people do with the notice meanwhile; what a run before this one said is taken back. */
export function orderWatch({ db, nowMs, stalledMs }: WatchOrderDeps): () => Promise<"idle"> {
  let said: boolean | null = null;
  return async () => {
    const isHeld = stalledMs() > STALL_WARNING_MS;
    if (isHeld === said) return "idle";
    await db.transaction().execute(async (tx) => {
      if (!isHeld) return clearNotice(tx, CODE, SUBJECT, nowMs());
      await raiseNotice(tx, { code: CODE, subject: SUBJECT, level: "alarm", words: WORDS, collectorId: null }, nowMs());
    });
    said = isHeld;
    return "idle";
  };
}
