import type { Database } from "better-sqlite3";
import { HLC_ZERO, parseHlc } from "../../shared/clock/hlc.ts";
import type { Hlc } from "../../shared/model/ids.ts";

type MetaKey = "collector" | "device-key" | "salvage";

/** Single facts of this store: whose it is, how far its HLC went, and whether its file was damaged once. */
export function prepareMetaRows(db: Database) {
  const get = db.prepare("select value from meta where key = ?").pluck();
  const put = db.prepare("insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value");
  return {
    get: (key: MetaKey): string | undefined => get.get(key) as string | undefined,
    put: (key: MetaKey, value: string): void => void put.run(key, value),
    /** High-water mark: a restart must never stamp an edit at or before one that was made already. */
    hlc: (): Hlc => parseHlc(get.get("hlc")) ?? HLC_ZERO,
    putHlc: (hlc: Hlc): void => void put.run("hlc", hlc),
  };
}
