import type { Db, Tx } from "../db/open-db.ts";

/** Who did it, from where: filled by the routes, passed on by the verbs. */
export interface AuditWho {
  readonly userId: string | null;
  readonly userName: string;
  readonly address: string | null;
  readonly requestId: string | null;
}

export interface AuditEntry {
  /** "sign-in", "search", "alert.verify", ... */
  readonly action: string;
  readonly subject?: string | null;
  readonly plate?: string | null;
  readonly reason?: string | null;
  readonly caseNumber?: string | null;
  readonly outcome: string;
  readonly details?: unknown;
}

/** The act must not happen when it cannot be recorded: the answer is 503 and the transaction is undone. */
export class AuditFailed extends Error {
  override readonly name = "AuditFailed";
}

/** Writes one act, in the transaction of the act. */
export async function insertAudit(tx: Tx, who: AuditWho, entry: AuditEntry, atMs: number): Promise<void> {
  try {
    await tx
      .insertInto("audit_log")
      .values({
        at: new Date(atMs),
        user_id: who.userId,
        user_name: who.userName,
        action: entry.action,
        subject: entry.subject ?? null,
        plate: entry.plate ?? null,
        reason: entry.reason ?? null,
        case_number: entry.caseNumber ?? null,
        outcome: entry.outcome,
        address: who.address,
        request_id: who.requestId,
        details: JSON.stringify(entry.details ?? {}),
      })
      .execute();
  } catch (cause) {
    throw new AuditFailed("the audit log could not be written", { cause });
  }
}

export interface AuditRow {
  readonly seq: number;
  readonly at: string;
  readonly user_id: string | null;
  readonly user: string;
  readonly action: string;
  readonly subject: string | null;
  readonly plate: string | null;
  readonly reason: string | null;
  readonly case: string | null;
  readonly outcome: string;
  readonly address: string | null;
  readonly request_id: string | null;
  readonly details: unknown;
}

/** Newest first, before `beforeSeq`. */
export async function listAudit(
  db: Db,
  options: { beforeSeq: number | null; limit: number; action?: string; userId?: string },
): Promise<AuditRow[]> {
  let query = db.selectFrom("audit_log").selectAll();
  if (options.beforeSeq !== null) query = query.where("seq", "<", options.beforeSeq);
  if (options.action !== undefined) query = query.where("action", "=", options.action);
  if (options.userId !== undefined) query = query.where("user_id", "=", options.userId);
  const rows = await query.orderBy("seq", "desc").limit(options.limit).execute();
  return rows.map((row) => ({
    seq: row.seq,
    at: row.at.toISOString(),
    user_id: row.user_id,
    user: row.user_name,
    action: row.action,
    subject: row.subject,
    plate: row.plate,
    reason: row.reason,
    case: row.case_number,
    outcome: row.outcome,
    address: row.address,
    request_id: row.request_id,
    details: row.details,
  }));
}
