/** Central as the crash test starts it: the built program, its first administrator signed in, collectors added through its API. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { searchCentral } from "../demo/check/read-central.ts";
import { type Child, startChild } from "../demo/child.ts";
import { freePort } from "../demo/free-port.ts";
import { type HttpClient, openClient } from "../demo/http-client.ts";
import { waitFor } from "../demo/wait.ts";
import { ADMIN } from "../demo/world.ts";
import type { CentralAddress } from "./crash-edge.ts";
import { numberOf } from "./push-camera.ts";

export interface CrashCentral {
  readonly url: string;
  readonly addCollector: (name: string) => Promise<CentralAddress>;
  /** How often each of the cameras' numbers is at central, and detections that no camera sent. */
  readonly counts: () => Promise<{ readonly byNumber: ReadonlyMap<number, number>; readonly unexplained: number }>;
  /** SIGKILL, and a new start on the same folder and address. */
  readonly killAndStart: () => Promise<void>;
  /** Waits until it answers again and signs in; after its database was away, or after `stop`, when it is started again. */
  readonly isReady: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

interface AddedCollector {
  readonly collector: { readonly id: string };
  readonly api_key: string;
  readonly central_public_keys: { readonly ed25519: string; readonly x25519: string };
}

const START_MS = 120_000;

/** `databaseUrl`: of a PostgreSQL; without it central brings its own database. */
export async function openCrashCentral(script: string, folder: string, databaseUrl?: string): Promise<CrashCentral> {
  const port = await freePort();
  const dataDir = join(folder, "central");
  mkdirSync(dataDir, { recursive: true });
  const url = `http://127.0.0.1:${port}`;
  const env = {
    CHAVERIM_LISTEN: `127.0.0.1:${port}`,
    CHAVERIM_DATA_DIR: dataDir,
    CHAVERIM_DATABASE_URL: databaseUrl ?? `pglite:${join(dataDir, "central")}`,
    CHAVERIM_ADMIN_EMAIL: ADMIN.email,
    CHAVERIM_ADMIN_PASSWORD: ADMIN.password,
  };
  let child: Child;
  let client: HttpClient;
  const start = async (): Promise<void> => {
    child = startChild({ name: "central", script, nodeOptions: [], env });
    await isReady();
  };
  const isReady = async (): Promise<void> => {
    client = openClient(url);
    await waitFor("central", START_MS, async () => {
      // A program that ends because its database went away is started again, as its service does.
      if (child.process.exitCode !== null || child.process.signalCode !== null)
        child = startChild({ name: "central", script, nodeOptions: [], env });
      await client.get("/readyz");
      await client.send("POST", "/api/v1/auth/login", ADMIN);
      return true;
    }).catch((error: Error) => {
      throw new Error(`${error.message}\n${child.tail()}`);
    });
  };
  await start();
  return {
    url,
    async addCollector(name) {
      const site = { name, latitude: 40.7, longitude: -74, time_zone: "America/New_York" };
      const {
        collector,
        api_key,
        central_public_keys: keys,
      } = await client.send<AddedCollector>("POST", "/api/v1/collectors", { name, site });
      return { url, collector: collector.id, apiKey: api_key, keys: `${keys.ed25519}:${keys.x25519}` };
    },
    async counts() {
      const byNumber = new Map<number, number>();
      let unexplained = 0;
      for (const { plate_read } of await searchCentral(client, {})) {
        const number = numberOf(plate_read);
        if (number === null) unexplained += 1;
        else byNumber.set(number, (byNumber.get(number) ?? 0) + 1);
      }
      return { byNumber, unexplained };
    },
    async killAndStart() {
      child.kill("SIGKILL");
      await child.ended;
      await start();
    },
    isReady,
    stop: () => child.stop(),
  };
}

export interface CentralFindings {
  readonly expected: number;
  readonly lost: readonly number[];
  readonly doubled: readonly number[];
  readonly unexplained: number;
}

/** What central says about these numbers, once they are all there, or as it is when that does not happen within `withinMs`. */
export async function checkCentral(central: CrashCentral, numbers: readonly number[], withinMs: number): Promise<CentralFindings> {
  const look = async (): Promise<CentralFindings> => {
    const { byNumber, unexplained } = await central.counts();
    const lost = numbers.filter((number) => !byNumber.has(number));
    const doubled = [...byNumber].filter(([, count]) => count > 1).map(([number]) => number);
    return { expected: numbers.length, lost, doubled, unexplained };
  };
  return waitFor(
    "everything at central",
    withinMs,
    async () => {
      const found = await look();
      return found.lost.length === 0 ? found : undefined;
    },
    300,
  ).catch(look);
}
