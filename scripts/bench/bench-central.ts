/** The real central as a process of its own on a bench's PostgreSQL, with its first administrator signed in. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { OpenDb } from "../../central/db/open-db.ts";
import { type Child, startChild } from "../demo/child.ts";
import { freePort } from "../demo/free-port.ts";
import { type HttpClient, openClient } from "../demo/http-client.ts";
import { waitFor } from "../demo/wait.ts";
import { ADMIN } from "../demo/world.ts";
import { openBenchServer } from "./bench-server.ts";

export interface BenchCentral {
  readonly url: string;
  readonly client: HttpClient;
  readonly child: Child;
  /** Resident memory now, MB. */
  readonly rssMb: () => number;
}

const START_MS = 60_000;

/** `databaseUrl` names a migrated database; files lie in `folder`. */
export async function startBenchCentral(
  databaseUrl: string,
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<BenchCentral> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = startChild({
    name: "central",
    script: "central/main.ts",
    env: {
      CHAVERIM_LISTEN: `127.0.0.1:${port}`,
      CHAVERIM_DATA_DIR: join(folder, `central-${port}`),
      CHAVERIM_DATABASE_URL: databaseUrl,
      CHAVERIM_ADMIN_EMAIL: ADMIN.email,
      CHAVERIM_ADMIN_PASSWORD: ADMIN.password,
      CHAVERIM_LOG_LEVEL: "warn",
      ...env,
    },
  });
  const client = openClient(url);
  try {
    await waitFor("central to be ready", START_MS, async () => {
      if (child.process.exitCode !== null) throw new Error(`central ended:\n${child.tail()}`);
      return (await client.get<unknown>("/readyz")) === undefined ? undefined : true;
    });
    await client.send("POST", "/api/v1/auth/login", ADMIN);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { url, client, child, rssMb: () => rssMb(child.process.pid!) };
}

export interface BenchWorld {
  readonly database: OpenDb;
  readonly central: BenchCentral;
  /** For files of the bench; removed at the end. */
  readonly folder: string;
}

/** A bench's PostgreSQL with one database and the real central on it, for as long as `use` takes. */
export async function withBenchCentral<Answer>(name: string, use: (world: BenchWorld) => Promise<Answer>): Promise<Answer> {
  const server = await openBenchServer();
  try {
    const database = await server.database(name, 8);
    const central = await startBenchCentral(server.urlOf(name), server.folder);
    try {
      return await use({ database, central, folder: server.folder });
    } finally {
      await central.child.stop();
    }
  } finally {
    await server.close();
  }
}

/** Resident memory of a process as Linux counts it, MB. */
export function rssMb(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Math.round(Number(kb) / 1_024);
}
