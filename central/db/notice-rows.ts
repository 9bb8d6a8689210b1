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
