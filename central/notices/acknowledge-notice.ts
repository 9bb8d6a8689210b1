import { type AuditWho, insertAudit } from "../db/audit-rows.ts";
import type { Db } from "../db/open-db.ts";
import type { Refusal } from "../http/refusal.ts";
import { acknowledgeOpenNotice } from "./notice-rows.ts";

export interface NoticeDeps {
  readonly db: Db;
  readonly nowMs: () => number;
}

export const UNKNOWN_NOTICE: Refusal = { kind: "not_found", message: "There is no such notice, or it was acknowledged already." };

/** A person has read it: it is shown to nobody any more. Refused for a notice that this person may not read, or that is not open. */
export async function acknowledgeNotice(
  deps: NoticeDeps,
  id: number,
  sites: readonly string[],
  who: AuditWho,
): Promise<{ readonly kind: "done" } | Refusal> {
  const atMs = deps.nowMs();
  return deps.db.transaction().execute(async (tx): Promise<{ readonly kind: "done" } | Refusal> => {
    const notice = await acknowledgeOpenNotice(tx, id, sites, atMs);
    if (notice === undefined) return UNKNOWN_NOTICE;
    await insertAudit(tx, who, { action: "notice.acknowledge", subject: String(id), outcome: "ok", details: notice }, atMs);
    return { kind: "done" };
  });
}
