import type { Database } from "better-sqlite3";
import { HLC_ZERO, parseHlc } from "../../shared/clock/hlc.ts";
import type { CentralId, Hlc } from "../../shared/model/ids.ts";

/** images-incarnation: of the central that has what the image ledger says it has. */
type MetaKey = "collector" | "device-key" | "salvage" | "images-incarnation";

/** Single facts of this store: whose it is, how far its HLC went, and whether its file was damaged once. */
export function prepareMetaRows(db: Database) {
  const get = db.prepare("select value from meta where key = ?").pluck();
  const put = db.prepare("insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value");
  return {
    get: (key: MetaKey): string | undefined => get.get(key) as string | undefined,
    put: (key: MetaKey, value: string): void => void put.run(key, value),
    /** High-water mark: a restart must never stamp an edit at or before one that was made already. */
    hlc: (): Hlc => parseHlc(get.get("hlc")) ?? HLC_ZERO,
    /** The newest time at which that central is known to have said what this site's lists are, ms of its own clock. */
    centralSaid: (central: CentralId): number | null => {
      const value = get.get(`said:${central}`) as string | undefined;
      return value === undefined ? null : Number(value);
    },
    putCentralSaid: (central: CentralId, atMs: number): void => void put.run(`said:${central}`, String(atMs)),
    putHlc: (hlc: Hlc): void => void put.run("hlc", hlc),
  };
}
