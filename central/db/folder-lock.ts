import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";

/**
 * One process per PGlite folder: PGlite takes no lock and two processes corrupt it, and Node has no flock. An exclusive transaction
 * held open on a small SQLite file is one: the kernel drops it with the process, so a crash leaves nothing to clean up.
 */
export function lockFolder(folder: string): { release: () => void } {
  let lock: Sqlite.Database | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    lock = new Sqlite(join(folder, "lock.db"), { timeout: 0 });
    lock.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    lock?.close();
    const { code } = cause as NodeJS.ErrnoException;
    const why =
      code === "SQLITE_BUSY" ? `another central is running on this folder (${folder})` : `the folder ${folder} cannot be used (${code})`;
    throw new Error(`CHAVERIM_DATABASE_URL: ${why}`, { cause });
  }
  const held = lock;
  return { release: () => held.close() };
}
