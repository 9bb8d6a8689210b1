import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";

/**
 * One process per PGlite folder: PGlite takes no lock and two processes corrupt it, and Node has no flock. An exclusive transaction
 * held open on a small SQLite file is one: the kernel drops it with the process, so a crash leaves nothing to clean up.
 */
export function lockFolder(folder: string): { release: () => void } {
  mkdirSync(folder, { recursive: true });
  const lock = new Sqlite(join(folder, "lock.db"), { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    throw new Error(`CHAVERIM_DATABASE_URL: another central is running on this folder (${folder})`, { cause });
  }
  return { release: () => lock.close() };
}
