import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { people, registry } from "./migrations/0001-registry.ts";
import { logs } from "./migrations/0002-logs.ts";
import { detections } from "./migrations/0003-detections.ts";
import { alerts, watchlists } from "./migrations/0004-watchlists-alerts.ts";
import { feedSnapshots } from "./migrations/0005-feed-snapshots.ts";
import { tree } from "./migrations/0007-tree.ts";
import { backups } from "./migrations/0008-backups.ts";
import { commands } from "./migrations/0009-commands.ts";
import { feedReplicas } from "./migrations/0010-feed-replicas.ts";
import { carriedDown } from "./migrations/0011-carried-down.ts";
import { UNBOUNDED_MARK } from "./preparing-client.ts";
import type { CentralTables } from "./tables.ts";

/** In order, for ever: a released one never changes, a change is a new one. */
export const MIGRATIONS: Readonly<Record<string, readonly string[]>> = {
  "0001-registry": [...registry, ...people],
  "0002-logs": logs,
  "0003-detections": detections,
  "0004-watchlists-alerts": [...watchlists, ...alerts],
  "0005-feed-snapshots": feedSnapshots,
  "0007-tree": tree,
  "0008-backups": backups,
  "0009-commands": commands,
  "0010-feed-replicas": feedReplicas,
  "0011-carried-down": carriedDown,
};

/** Brings the database to this program's schema; two centrals starting at once take turns (kysely's lock). Throws with the name that failed. */
export async function migrate(db: Kysely<CentralTables>): Promise<readonly string[]> {
  const migrations: Record<string, Migration> = {};
  for (const [name, statements] of Object.entries(MIGRATIONS)) {
    migrations[name] = {
      up: async (tx) => {
        for (const statement of statements) await sql.raw(`${UNBOUNDED_MARK} ${statement}`).execute(tx);
      },
    };
  }
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error, results = [] } = await migrator.migrateToLatest();
  const failed = results.find((result) => result.status === "Error");
  if (error !== undefined) throw new Error(`migration ${failed?.migrationName ?? "(none)"} failed`, { cause: error });
  return results.map((result) => result.migrationName);
}
