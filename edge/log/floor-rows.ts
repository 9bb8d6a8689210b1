import type { Database } from "better-sqlite3";

/**
 * What the clock's floor needs of a file that nobody has opened for writing yet, and that an older release may have written: only columns
 * that the first schema has.
 */
export function prepareFloorRows(db: Database) {
  const newest = db.prepare(
    "select r.tail from records r join logs l on l.n = r.log where l.n = ? and r.seq >= l.next - ? order by r.seq desc",
  );
  const active = db.prepare("select n from logs where status = 'active' order by n").pluck();
  return {
    activeLogs: (): number[] => active.all() as number[],
    /** Tails of a log's newest `most` records, the newest first; lazily. */
    *newestTails(log: number, most: number): Generator<Uint8Array> {
      for (const row of newest.iterate(log, most)) yield (row as { tail: Uint8Array }).tail;
    },
  };
}
