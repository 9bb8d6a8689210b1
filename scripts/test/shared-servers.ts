import * as fs from "node:fs/promises";
import * as path from "node:path";
import { startPostgres } from "./start-postgres.ts";
import { missingCephPrograms, startRadosGateway } from "./start-rados-gateway.ts";
import type { World } from "./test-files.ts";

/** The servers of one run, started once and shared by the files that need them. */
export interface SharedServers {
  /** The environment that a file of this world needs on top; rejects when its server did not come up. */
  envFor(world: World): Promise<NodeJS.ProcessEnv>;
  stop(): Promise<void>;
}

/** Starts what the worlds need below `folder`, all at once; nobody waits until a file asks. */
export function startSharedServers(folder: string, worlds: ReadonlySet<World>): SharedServers {
  const stops: (() => Promise<void>)[] = [];
  const starting: Partial<Record<World, Promise<NodeJS.ProcessEnv>>> = {};
  if (worlds.has("pg")) {
    starting.pg = inFolder(folder, "pg", async (own) => {
      const server = await startPostgres(own);
      stops.push(server.stop);
      return { CHAVERIM_TEST_PG_URL: server.url };
    });
  }
  if (worlds.has("s3")) {
    starting.s3 = inFolder(folder, "s3", async (own) => {
      // Without the programs the test file itself says why it skips.
      if ((await missingCephPrograms()).length > 0) return {};
      const { stop, ...server } = await startRadosGateway(own);
      stops.push(stop);
      return { CHAVERIM_TEST_S3: JSON.stringify(server) };
    });
  }
  for (const promise of Object.values(starting)) promise.catch(() => undefined);
  return {
    envFor: async (world) => (await starting[world]) ?? {},
    stop: async () => {
      await Promise.allSettled(Object.values(starting));
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

async function inFolder(folder: string, name: string, start: (own: string) => Promise<NodeJS.ProcessEnv>): Promise<NodeJS.ProcessEnv> {
  const own = path.join(folder, name);
  await fs.mkdir(own, { recursive: true });
  return start(own);
}
