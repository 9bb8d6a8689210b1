import type { Db } from "../db/open-db.ts";
import type { LogCursor, VerifiedBackup } from "./backup-manifest.ts";
import {
  countStrangeLogs,
  insertBackup,
  insertBackupCursors,
  lockBackups,
  moveDurable,
  moveFeedDurable,
  newestBackups,
} from "./backup-rows.ts";

export interface Recorded {
  readonly kind: "recorded" | "known";
  /** Logs whose `durable` rose. */
  readonly moved: number;
  /** Logs of which the copy holds more or other records than this database. */
  readonly strange: number;
  /** Verified backups there are now; below two nothing is durable. */
  readonly backups: number;
}

export interface RecordDeps {
  readonly db: Db;
  readonly nowMs: () => number;
}

/**
 * The one function that moves `durable`, and with it what edges may remove: to each log's cursor inside the second newest verified
 * backup or replica (by when it was made), so that losing central and its newest backup at once still loses nothing. `cursors` are
 * those found inside the copy itself, not those of the database at the time. `proof`: one sentence of what was compared.
 */
export async function recordVerifiedBackup(
  deps: RecordDeps,
  backup: VerifiedBackup,
  cursors: readonly LogCursor[],
  proof: string,
): Promise<Recorded> {
  const atMs = deps.nowMs();
  return deps.db.transaction().execute(async (tx) => {
    await lockBackups(tx);
    const isNew = await insertBackup(tx, backup, proof, atMs);
    if (isNew) await insertBackupCursors(tx, backup.id, cursors);
    const moved = await moveDurable(tx);
    await moveFeedDurable(tx);
    const strange = await countStrangeLogs(tx, backup.id);
    const { length } = await newestBackups(tx, 2);
    return { kind: isNew ? "recorded" : "known", moved, strange, backups: length };
  });
}
