import type { Tx } from "./open-db.ts";

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
