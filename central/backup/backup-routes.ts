import { type Route, route } from "../http/route.ts";
import { backupsNow, type WatchBackupsDeps } from "./watch-backups.ts";

export function backupRoutes(deps: WatchBackupsDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/health/backups",
      access: "admin",
      summary: "Verified backups, newest first, and how long edges can be the backup when there are none",
      handle: async (c) => c.json(await backupsNow(deps)),
    }),
  ];
}
