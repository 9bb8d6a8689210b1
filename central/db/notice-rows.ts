import { sql } from "kysely";
import type { Tx } from "./open-db.ts";

/** What the notice was about is over: it is shown no more, and is raised anew should it come back. */
export async function clearNotice(tx: Tx, code: string, subject: string, atMs: number): Promise<void> {
  await tx
    .updateTable("notices")
    .set({ cleared_at: new Date(atMs) })
    .where("code", "=", code)
    .where("subject", "=", subject)
    .where("cleared_at", "is", null)
    .execute();
}

/** A notice for administrators, raised once until it is cleared. */
export async function raiseNotice(
  tx: Tx,
  notice: { code: string; subject: string; level: "info" | "warning" | "alarm"; words: string; collectorId: string | null },
  atMs: number,
): Promise<void> {
  await sql`insert into notices (code, subject, level, words, collector_id, raised_at)
    values (${notice.code}, ${notice.subject}, ${notice.level}, ${notice.words}, ${notice.collectorId}, ${new Date(atMs)})
    on conflict (code, subject) where cleared_at is null do nothing`.execute(tx);
}
