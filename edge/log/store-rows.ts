import type { Database } from "better-sqlite3";
import { prepareAlertRows } from "./alert-rows.ts";
import { prepareCommandRows } from "./command-rows.ts";
import { prepareDeltaRows } from "./delta-rows.ts";
import { prepareDetectionRows } from "./detection-rows.ts";
import { prepareImageRows } from "./image-rows.ts";
import { prepareListRows } from "./list-rows.ts";
import { prepareLogRows } from "./log-rows.ts";
import { prepareMetaRows } from "./meta-rows.ts";
import { preparePruneRows } from "./prune-rows.ts";
import { prepareSiteRows } from "./site-rows.ts";
import { prepareSourceRows } from "./source-rows.ts";
import { prepareTreeRows } from "./tree-rows.ts";

/** Every prepared statement of one connection, by the table it is about. */
export type StoreRows = ReturnType<typeof prepareRows>;

export function prepareRows(db: Database) {
  return {
    meta: prepareMetaRows(db),
    logs: prepareLogRows(db),
    sources: prepareSourceRows(db),
    detections: prepareDetectionRows(db),
    images: prepareImageRows(db),
    alerts: prepareAlertRows(db),
    lists: prepareListRows(db),
    deltas: prepareDeltaRows(db),
    site: prepareSiteRows(db),
    prune: preparePruneRows(db),
    commands: prepareCommandRows(db),
    tree: prepareTreeRows(db),
  };
}
