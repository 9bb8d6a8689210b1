import { join } from "node:path";
import Database from "better-sqlite3";
import { makeFolderDurably, syncFolder } from "../write-durably.ts";

/** Held until `release`; the operating system lets go of it when the process dies, however it dies. */
export interface HomeLock {
  readonly release: () => void;
}

export type LockOutcome = { readonly kind: "locked"; readonly lock: HomeLock } | { readonly kind: "in-use"; readonly words: string };

/**
 * One edge per home: `BEGIN EXCLUSIVE`, held open on data/lock.db. Node has no flock, and a pid file survives the crash that it is
 * meant to notice; SQLite's file lock does neither.
 */
export function lockHome(home: string): LockOutcome {
  // Plates and pictures of people's cars: not for every account of this machine.
  makeFolderDurably(join(home, "data"), 0o750);
  // Also when it was there: a program that was killed just after it made the folder did not get to this.
  syncFolder(home);
  const db = new Database(join(home, "data", "lock.db"), { timeout: 0 });
  try {
    db.exec("begin exclusive");
  } catch (error) {
    db.close();
    if ((error as { code?: string }).code?.startsWith("SQLITE_BUSY") !== true) throw error;
    return { kind: "in-use", words: `Another edge is running on this home (${home}). Stop it first, or give this one a home of its own.` };
  }
  return { kind: "locked", lock: { release: () => db.close() } };
}
