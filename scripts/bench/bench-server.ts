/** A PostgreSQL 17 of a bench's own, with the settings of the deployment (docker/compose.yaml), and databases of central in it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { ensurePartitionsAhead } from "../../central/db/ensure-partition.ts";
import { migrate } from "../../central/db/migrate.ts";
import { type OpenDb, openDb } from "../../central/db/open-db.ts";
import { startPostgres } from "../test/start-postgres.ts";
import { deploymentSettings } from "./deployment-settings.ts";

export interface BenchServer {
  /** For files that belong to the bench; removed at the end. */
  readonly folder: string;
  /** Address of a database of this server. */
  readonly urlOf: (name: string) => string;
  /** A new database with central's tables. */
  readonly database: (name: string, poolMax: number) => Promise<OpenDb>;
  readonly close: () => Promise<void>;
}

export async function openBenchServer(): Promise<BenchServer> {
  const folder = await mkdtemp(join(tmpdir(), "chaverim-bench-"));
  const server = await startPostgres(folder, deploymentSettings());
  const opened: OpenDb[] = [];
  const urlOf = (name: string): string => {
    const url = new URL(server.url);
    url.pathname = `/${name}`;
    return url.href;
  };
  return {
    folder,
    urlOf,
    database: async (name, poolMax) => {
      const client = new pg.Client({ connectionString: server.url });
      await client.connect();
      await client.query(`create database ${name}`);
      await client.end();
      const open = await openDb({ url: urlOf(name), poolMax });
      opened.push(open);
      await migrate(open.db);
      await ensurePartitionsAhead(open.db, Date.now());
      return open;
    },
    close: async () => {
      for (const one of opened) await one.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
