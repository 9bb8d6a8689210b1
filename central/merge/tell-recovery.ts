/** What people must read of a log itself: it began anew, records of it are lost, edits that central had lost came back. */
import type { MissingRange } from "../../shared/log/payloads/site-payloads.ts";
import type { LogId } from "../../shared/model/ids.ts";
import { cleanText } from "../db/clean-text.ts";
import { raiseNotice } from "../db/notice-rows.ts";
import type { Tx } from "../db/open-db.ts";
import type { Origin, Projection } from "./project-records.ts";
import { countHeld, hasEarlierLog } from "./recovery-rows.ts";

/** `returned`: edits of watchlists that were published again. Each thing is told once; in the merge's transaction. */
export async function tellRecovery(tx: Tx, projection: Projection, returned: number, origin: Origin): Promise<void> {
  const tell = (code: string, subject: string, level: "info" | "warning", words: string): Promise<void> =>
    raiseNotice(tx, { code, subject, level, words, collectorId: origin.collectorId }, origin.receivedMs);
  for (const { previous, reason } of projection.continued) {
    const words = `The site began a new log (${reason}). It goes on from record ${previous.next} of the one before; what was missing is sent again, nothing is counted twice.`;
    await tell("log-continued", origin.logId, "info", words);
  }
  for (const { class: logClass, reason } of projection.beginnings) {
    if (await hasEarlierLog(tx, origin, logClass)) await tell("log-begun-anew", origin.collectorId, "warning", anewWords(reason));
  }
  for (const { range, isLost } of projection.missing) {
    const lost = range.to - range.from - (isLost ? await countHeld(tx, range) : 0);
    if (lost > 0)
      await tell(
        isLost ? "records-lost" : "records-pruned",
        subjectOf(range),
        isLost ? "warning" : "info",
        missingWords(range, lost, isLost),
      );
  }
  if (returned > 0) await tell("edits-returned", origin.collectorId, "info", RETURNED);
}

const RETURNED =
  "This site gave back changes of watchlists that central had lost when it was restored. They are in force again, as they were signed then; nothing needs to be done.";

const anewWords = (reason: string): string =>
  `The site's log begins anew and continues none (${reason}): its card was replaced, or its data file could not be read. Everything that had arrived here stays. What the site held and had not sent is lost, unless the old card can still be read; keep it.`;

const subjectOf = ({ logId, from }: { logId: LogId; from: number }): string => `${logId} ${from}`;

function missingWords({ from, to, why }: MissingRange, lost: number, isLost: boolean): string {
  const range = to - from === 1 ? `ecord ${from}` : `ecords ${from} to ${to - 1}`;
  const what = lost < to - from ? `${lost} of the r${range}` : `R${range}`;
  return `${what} of one of the site's logs ${isLost ? "cannot be had any more" : "were removed at the site by rule"}: ${cleanText(why)}.`;
}
