import type { UnreadAnswer } from "../../shared/api/central-api.ts";
import { insertAudit } from "../db/audit-rows.ts";
import type { Db } from "../db/open-db.ts";
import { auditWho } from "../http/audit-who.ts";
import { type Route, route } from "../http/route.ts";
import { countUnread, listUnread } from "./unread-rows.ts";

export interface UnreadDeps {
  readonly db: Db;
  readonly nowMs: () => number;
  /** Reads all of them again; answers how many are shown now. */
  readonly readAgain: () => Promise<number>;
}

export function unreadRoutes({ db, nowMs, readAgain }: UnreadDeps): Route[] {
  const standing = async (): Promise<UnreadAnswer> => ({ records: await listUnread(db), open: await countUnread(db) });
  return [
    route({
      method: "GET",
      path: "/api/v1/unread-records",
      access: "admin",
      summary: "Records that are kept and verified but could not be shown, the newest first, with the number of all",
      handle: async (c) => c.json(await standing()),
    }),
    route({
      method: "POST",
      path: "/api/v1/unread-records/retry",
      access: "admin",
      summary: "Reads them again with what this release knows; answers what still waits",
      handle: async (c) => {
        const shown = await readAgain();
        const details = { shown };
        await db
          .transaction()
          .execute((tx) => insertAudit(tx, auditWho(c), { action: "records.read-again", subject: "", outcome: "ok", details }, nowMs()));
        return c.json({ ...(await standing()), shown });
      },
    }),
  ];
}
