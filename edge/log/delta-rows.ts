import type { Database } from "better-sqlite3";
import type { ListId } from "../../shared/model/ids.ts";
import { plain } from "./log-rows.ts";

/** Signed DELTAs as received, oldest first. */
export function prepareDeltaRows(db: Database) {
  const put = db.prepare("insert into held_deltas (list, generation, upto, frame, bytes) values (?, ?, ?, ?, ?)");
  const bytes = db.prepare("select coalesce(sum(bytes), 0) from held_deltas").pluck();
  const dropOldest = db.prepare("delete from held_deltas where n in (select n from held_deltas order by n limit 64)");
  const others = db.prepare("select n, frame from held_deltas where list = ? and generation <> ? order by n limit ?");
  const drop = db.prepare("delete from held_deltas where n = ?");
  const dropDurable = db.prepare("delete from held_deltas where list = ? and generation = ? and upto <= ?");
  return {
    put: (list: ListId, generation: string, upto: number, frame: Uint8Array): void =>
      void put.run(list, generation, upto, frame, frame.length),
    /** The oldest go until no more than so many bytes are left. */
    keepWithin(bytesMax: number): void {
      while ((bytes.get() as number) > bytesMax) dropOldest.run();
    },
    ofOtherGenerations: (list: ListId, generation: string, most: number): { n: number; frame: Uint8Array }[] =>
      (others.all(list, generation, most) as { n: number; frame: Uint8Array }[]).map(({ n, frame }) => ({ n, frame: plain(frame) })),
    drop: (n: number): void => void drop.run(n),
    /** Two backups of central's hold what lies below. */
    dropDurable: (list: ListId, generation: string, durable: number): void => void dropDurable.run(list, generation, durable),
  };
}
