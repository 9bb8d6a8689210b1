/**
 * Central's PostgreSQL dies under the merge of live edges, again and again; then an older copy of it is restored. At the end each message
 * that a camera was answered is at central exactly once, by the camera's number: the edges send again what central has lost.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Child } from "../demo/child.ts";
import { seededRandom } from "../demo/town/seeded-random.ts";
import { waitFor } from "../demo/wait.ts";
import { type PostgresServer, startPostgres } from "../test/start-postgres.ts";
import { checkHome } from "./check-home.ts";
import { type CrashCentral, checkCentral, openCrashCentral } from "./crash-central.ts";
import { type CrashHome, makeHome, startEdgeUp } from "./crash-edge.ts";
import { type PushCamera, startPushCamera } from "./push-camera.ts";

export interface DatabaseOptions {
  /** The built programs. */
  readonly edge: string;
  readonly central: string;
  readonly folder: string;
  readonly seed: string;
  readonly edges: number;
  /** kill -9 of the database. */
  readonly kills: number;
  readonly progress: (words: string) => void;
}

export interface DatabaseFindings {
  readonly edges: number;
  readonly kills: number;
  readonly answered: number;
  /** Detections at central before the restore and just after it: the difference is what only the edges still had. */
  readonly beforeRestore: number;
  readonly afterRestore: number;
  readonly lost: number;
  readonly doubled: number;
  readonly unexplained: number;
  /** From the start of the restored central until everything was there again, s. */
  readonly refilledSeconds: number;
  readonly trouble: readonly string[];
}

const NUMBERS_PER_EDGE = 100_000;
const AT_CENTRAL_WITHIN_MS = 180_000;
const DRAIN_MS = 60_000;
const STARTS_MAX = 20;

interface LiveEdge {
  readonly home: CrashHome;
  readonly camera: PushCamera;
  readonly child: Child;
}

export async function loseDatabase(options: DatabaseOptions): Promise<DatabaseFindings> {
  const folder = mkdtempSync(join(options.folder, "database-"));
  // As the folder above: PostgreSQL may run as another user.
  chmodSync(folder, 0o711);
  const closers: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  try {
    const server = await startPostgres(join(folder, "postgres"));
    closers.push(() => server.stop());
    const url = await makeDatabase(server.url);
    const central = await openCrashCentral(options.central, folder, url);
    closers.push(() => central.stop());
    const edges = await Promise.all(Array.from({ length: options.edges }, (_, at) => openEdge(options.edge, folder, central, at)));
    for (const { camera, child } of edges)
      closers.push(
        () => camera.stop(),
        () => child.stop(),
      );
    return await lose(options, { folder, server, url, central, edges });
  } finally {
    for (const close of closers.reverse()) await close().catch(() => {});
  }
}

async function makeDatabase(serverUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query("create database central");
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = "/central";
  return url.href;
}

async function openEdge(script: string, folder: string, central: CrashCentral, at: number): Promise<LiveEdge> {
  const name = `site-${at}`;
  const home = await makeHome(script, folder, name, await central.addCollector(name));
  const child = await startEdgeUp(home, {});
  return { home, child, camera: startPushCamera({ url: home.pushUrl, from: (at + 1) * NUMBERS_PER_EDGE, atOnce: 2, everyMs: 25 }) };
}

interface World {
  readonly folder: string;
  readonly server: PostgresServer;
  readonly url: string;
  readonly central: CrashCentral;
  readonly edges: readonly LiveEdge[];
}

async function lose({ kills, seed, progress }: DatabaseOptions, world: World): Promise<DatabaseFindings> {
  const { server, url, central, edges } = world;
  const random = seededRandom(`${seed}/database`);
  for (let kill = 0; kill < kills; kill++) {
    await moreMessages(edges, 20);
    await delay(random.whole(0, 1_500));
    await server.kill();
    await startAgain(server);
    await central.isReady();
    progress(`PostgreSQL killed ${kill + 1} times, ${answeredBy(edges).length} messages answered`);
  }
  const backup = join(world.folder, "backup");
  await server.stop();
  execFileSync("cp", ["-a", server.data, backup]);
  await startAgain(server);
  await central.isReady();
  await moreMessages(edges, 40);
  // What came after the copy must have reached central, or the restore takes nothing from it.
  const inCopy = answeredBy(edges).length;
  await waitFor("messages beyond the copy at central", AT_CENTRAL_WITHIN_MS, async () =>
    (await countRows(url)) >= inCopy ? true : undefined,
  );
  await central.stop();
  const beforeRestore = await countRows(url);
  await server.stop();
  rmSync(server.data, { recursive: true });
  execFileSync("cp", ["-a", backup, server.data]);
  await startAgain(server);
  const afterRestore = await countRows(url);
  progress(`restored an older copy: ${beforeRestore} detections became ${afterRestore}`);
  const startedMs = performance.now();
  await central.isReady();
  await moreMessages(edges, 20);
  for (const { camera } of edges) await camera.drain(DRAIN_MS);
  const answered = answeredBy(edges);
  const found = await checkCentral(central, answered, AT_CENTRAL_WITHIN_MS);
  const trouble = edges.flatMap(({ home, camera }) => {
    const here = checkHome(home.home, { answered: camera.answered.keys() });
    return here.lost.length + here.doubled.length === 0
      ? here.trouble
      : [`${home.home}: ${here.lost.length} lost, ${here.doubled.length} doubled`];
  });
  return {
    edges: edges.length,
    kills,
    answered: answered.length,
    beforeRestore,
    afterRestore,
    lost: found.lost.length,
    doubled: found.doubled.length,
    unexplained: found.unexplained,
    refilledSeconds: Math.round((performance.now() - startedMs) / 100) / 10,
    trouble,
  };
}

const answeredBy = (edges: readonly LiveEdge[]): number[] => edges.flatMap(({ camera }) => [...camera.answered.keys()]);

async function moreMessages(edges: readonly LiveEdge[], count: number): Promise<void> {
  const until = answeredBy(edges).length + count * edges.length;
  await waitFor("answered pushes", DRAIN_MS, () => (answeredBy(edges).length >= until ? true : undefined));
}

/** A process of the dead server may hold its memory for another moment, and the new one then refuses to start. */
async function startAgain(server: PostgresServer): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await server.startAgain();
    } catch (error) {
      if (attempt === STARTS_MAX) throw error;
      await delay(250);
    }
  }
}

async function countRows(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: string }>("select count(*) as count from detections");
    return Number(rows[0]!.count);
  } finally {
    await client.end();
  }
}
