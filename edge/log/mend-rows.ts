import type { Database } from "better-sqlite3";
import { NO_GENERATION } from "../../shared/crdt/overlay.ts";
import type { LogClass } from "../../shared/log/record.ts";
import type { ListId, LogId } from "../../shared/model/ids.ts";
import { isFacts, isImageRow, isListPosition, isLogRow } from "./stored-form.ts";

/** Values of any kind: what a flipped bit has left. */
type Raw<Column extends string> = Readonly<Record<Column, unknown>>;

export type RawLog = Raw<"log_id" | "class" | "status" | "left_ms" | "first" | "next" | "head" | "bytes" | "acknowledged" | "durable"> & {
  readonly n: number;
};
export type RawImage = Raw<"sha256" | "bytes" | "role" | "rid" | "priority" | "log" | "seq" | "state">;

/** What the mending of a salvaged file reads and writes; each table is walked once, at that start only. */
export function prepareMendRows(db: Database) {
  const logs = db.prepare("select * from logs order by n");
  const nameLog = db.prepare("update or ignore logs set log_id = ?, class = ?, status = ? where n = ?");
  const measureLog = db.prepare(
    `update logs set next = r.next, head = r.head, bytes = r.bytes, first = min(r.next, r.first), acknowledged = 0, durable = 0
     from (select max(seq) + 1 as next, max(upto) as bytes,
       coalesce((select max(seq) + 1 from records where log = @n and payload is null), min(seq)) as first,
       (select hash from records where log = @n order by seq desc limit 1) as head from records where log = @n) as r
     where n = @n and r.next is not null`,
  );
  const dropLog = db.prepare("delete from logs where n = ?");
  const lists = db.prepare("select list, generation, cursor, checksum, facts from lists");
  const dropList = db.prepare("delete from lists where list is ?");
  const unsetList = db.prepare("update lists set generation = ?, cursor = 0, checksum = zeroblob(32), facts = null where list = ?");
  const unshowList = db.prepare("update lists set checksum = zeroblob(32), facts = null where list = ?");
  const nameless = db
    .prepare(
      `select list from feed_entries where entry = substr(list, 1, 36) and list not in (select coalesce(part, list) from lists)
       and list not in (select part from stale_parts)`,
    )
    .pluck();
  const putList = db.prepare(
    "insert or ignore into lists (list, generation, cursor, checksum, facts, part) values (?, ?, 0, zeroblob(32), null, ?)",
  );
  const images = db.prepare("select sha256, bytes, role, rid, seq from images");
  const image = db.prepare("select sha256, bytes, role, rid, priority, log, seq, state from images where sha256 is ?");
  const dropImage = db.prepare("delete from images where sha256 is ?");

  return {
    badLogs: (): RawLog[] => (logs.all() as RawLog[]).filter((row) => !isLogRow(row)),
    logs: (): RawLog[] => logs.all() as RawLog[],
    /** False when another log stands under that name, or is the active one of that class. */
    nameLog: (n: number, logId: LogId, logClass: LogClass, status: unknown): boolean => nameLog.run(logId, logClass, status, n).changes > 0,
    /** Makes its numbers again from its records; what central has of it is forgotten, and told by the next answer. */
    measureLog: (n: number): void => void measureLog.run({ n }),
    dropLog: (n: number): void => void dropLog.run(n),
    badLists: () => (lists.all() as Raw<"list" | "generation" | "cursor" | "checksum" | "facts">[]).filter(isBadList),
    dropList: (list: unknown): void => void dropList.run(list),
    /** The list is held, and nobody can say how far: central sends it again. */
    unsetList: (list: unknown): void => void unsetList.run(NO_GENERATION, list),
    /** What pages see of the list is made anew. */
    unshowList: (list: unknown): void => void unshowList.run(list),
    /** Keys of entries, a list's own facts among them, that no list names and that nobody was about to remove. */
    namelessParts: (): string[] => nameless.all() as string[],
    /** `part`: null where its rows stand under its own id. */
    putList: (list: ListId, part: string | null): void => void putList.run(list, NO_GENERATION, part),
    badImages(): RawImage[] {
      const bad: unknown[] = [];
      for (const row of images.iterate() as IterableIterator<RawImage>) if (!isImageRow(row)) bad.push(row.sha256);
      return bad.map((sha256) => image.get(sha256) as RawImage);
    },
    dropImage: (sha256: unknown): void => void dropImage.run(sha256),
  };
}

export type MendRows = ReturnType<typeof prepareMendRows>;

const isBadList = (row: Raw<"list" | "generation" | "cursor" | "checksum" | "facts">): boolean =>
  !isListPosition(row) || !isFacts(row.facts);
