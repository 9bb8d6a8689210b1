import type { Db } from "../db/open-db.ts";

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
