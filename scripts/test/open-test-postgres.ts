import { randomBytes } from "node:crypto";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import pg from "pg";
import { type PostgresServer, startPostgres } from "./start-postgres.ts";

export interface TestPostgres {
  /** A new, empty database on a real PostgreSQL 17, as its superuser. */
  readonly url: string;
  /** Removes the database, cutting whoever is still connected; ends the server too if it was started for this test alone. */
  drop(): Promise<void>;
}

/**
 * A database of its own for one test. `npm test` starts one server for the whole run and names it in CHAVERIM_TEST_PG_URL; a test file
 * that is run by hand starts its own. Roles belong to the server, not to the database: a test that makes roles must give them names
 * of its own or expect them to exist.
 */
export async function openTestPostgres(): Promise<TestPostgres> {
  const shared = process.env.CHAVERIM_TEST_PG_URL;
  const own = shared === undefined ? await startOwn() : undefined;
  const serverUrl = own?.url ?? shared ?? "";
  const name = `test_${randomBytes(8).toString("hex")}`;
  await administer(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await administer(serverUrl, `drop database if exists ${name} with (force)`);
      await own?.stop();
    },
  };
}

async function startOwn(): Promise<Pick<PostgresServer, "url" | "stop">> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "chaverim-pg-"));
  const remove = () => fs.rm(folder, { recursive: true, force: true });
  try {
    const server = await startPostgres(folder);
    return {
      url: server.url,
      stop: async () => {
        await server.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function administer(serverUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
