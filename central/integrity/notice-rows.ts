import { sql } from "kysely";
import type { Tx } from "../db/open-db.ts";

export interface IntegrityNotice {
  readonly code: "central-restored" | "log-fork";
  readonly subject: string;
  readonly level: "warning" | "alarm";
  readonly words: string;
  readonly collectorId?: string;
}

/** The same notice stands once until an administrator clears it. */
export async function raiseIntegrityNotice(tx: Tx, notice: IntegrityNotice, atMs: number): Promise<void> {
  const { code, subject, level, words, collectorId = null } = notice;
  await sql`insert into notices (code, subject, level, words, collector_id, raised_at)
    values (${code}, ${subject}, ${level}, ${words}, ${collectorId}::uuid, ${new Date(atMs)})
    on conflict (code, subject) where cleared_at is null do nothing`.execute(tx);
}
