/**
 * The demo's world: the simulated town, central, two edges with their own homes, and an uplink relay for each, all as separate
 * programs started from source. It uses what a person would use: the commands of the programs and their public HTTP APIs.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Child, runToEnd, startChild } from "./child.ts";
import { freePort } from "./free-port.ts";
import { type HttpClient, openClient } from "./http-client.ts";
import { startTown, type TownCamera, type TownClient, type TownSite } from "./town-client.ts";
import { openUplinkRelay, type UplinkRelay } from "./uplink-relay.ts";
import { waitFor } from "./wait.ts";

export const ADMIN = { email: "admin@example.org", password: "maple-street-watch" };
export const PERSON = { name: "Miriam", pin: "246810" };
const CENTRAL_START_MS = 60_000;
const EDGE_START_MS = 30_000;

export interface SiteWorld {
  readonly site: TownSite;
  readonly home: string;
  readonly url: string;
  readonly relay: UplinkRelay;
  readonly cameras: readonly TownCamera[];
  child: Child;
  /** Reads the site's API with the local token. */
  readonly client: HttpClient;
}

export interface CentralWorld {
  readonly url: string;
  readonly dataDir: string;
  child: Child;
  /** Signed in as the first administrator. */
  readonly client: HttpClient;
}

export interface World {
  readonly dir: string;
  readonly town: TownClient;
  readonly central: CentralWorld;
  readonly sites: readonly SiteWorld[];
  readonly close: () => Promise<void>;
}

export interface WorldOptions {
  readonly town: object;
  /** Told what is being waited for. */
  readonly say: (words: string) => void;
  /** Keep the folder after the end, for a look at the logs. */
  readonly keep?: boolean;
}

export async function openWorld(options: WorldOptions): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), "chaverim-demo-"));
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    await Promise.allSettled(closers.reverse().map((closer) => closer()));
    closers.length = 0;
    if (options.keep !== true) rmSync(dir, { recursive: true, force: true });
  };
  try {
    options.say("starting the simulated town and central");
    const [town, central] = await Promise.all([startTown(options.town, join(dir, "town.log")), openCentral(dir, closers)]);
    closers.push(() => town.child.stop());
    options.say("setting up the two sites");
    const sites = await Promise.all(town.sites.map((site) => openSite(dir, site, town, central, closers)));
    return { dir, town, central, sites, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openCentral(dir: string, closers: (() => Promise<void>)[]): Promise<CentralWorld> {
  const port = await freePort();
  const dataDir = join(dir, "central");
  mkdirSync(dataDir, { recursive: true });
  const world: CentralWorld = {
    url: `http://127.0.0.1:${port}`,
    dataDir,
    child: startCentral(dir, port, dataDir),
    client: openClient(`http://127.0.0.1:${port}`),
  };
  closers.push(() => world.child.stop());
  await centralIsUp(world);
  return world;
}

/** Starts central again on the same folder and address, after it was killed. */
export async function restartCentral(world: World): Promise<void> {
  world.central.child = startCentral(world.dir, Number(new URL(world.central.url).port), world.central.dataDir);
  await centralIsUp(world.central);
}

function startCentral(dir: string, port: number, dataDir: string): Child {
  return startChild({
    name: "central",
    script: "central/main.ts",
    logFile: join(dir, "central.log"),
    env: {
      CHAVERIM_LISTEN: `127.0.0.1:${port}`,
      CHAVERIM_DATA_DIR: dataDir,
      CHAVERIM_DATABASE_URL: `pglite:${join(dataDir, "central")}`,
      CHAVERIM_ADMIN_EMAIL: ADMIN.email,
      CHAVERIM_ADMIN_PASSWORD: ADMIN.password,
    },
  });
}

async function centralIsUp({ client, child }: CentralWorld): Promise<void> {
  await waitFor("central to be ready", CENTRAL_START_MS, async () => {
    if (child.process.exitCode !== null) throw new Error(`central ended:\n${child.tail()}`);
    return (await client.get<unknown>("/readyz")) === undefined ? undefined : true;
  });
  await client.send("POST", "/api/v1/auth/login", ADMIN);
}

interface AddedCollector {
  readonly collector: { readonly id: string };
  readonly api_key: string;
  readonly central_public_keys: { readonly ed25519: string; readonly x25519: string };
}

async function openSite(
  dir: string,
  site: TownSite,
  town: TownClient,
  central: CentralWorld,
  closers: (() => Promise<void>)[],
): Promise<SiteWorld> {
  const home = join(dir, `edge-${site.name.toLowerCase().replaceAll(/[^a-z]+/g, "-")}`);
  const port = await freePort();
  const relay = await openUplinkRelay({ target: { host: "127.0.0.1", port: Number(new URL(central.url).port) } });
  closers.push(() => relay.close());
  const added = await central.client.send<AddedCollector>("POST", "/api/v1/collectors", {
    name: site.name,
    site: { name: site.name, latitude: site.latitude, longitude: site.longitude, time_zone: site.timeZone },
  });
  const cameras = town.cameras.filter((camera) => camera.site === site.name);
  await setUpHome(home, port, site, relay.url, added, cameras);
  const child = startEdge(dir, home);
  const url = `http://127.0.0.1:${port}`;
  const world = { site, home, url, relay, cameras, child, client: openClient(url, await localToken(home, child)) };
  closers.push(() => world.child.stop());
  await siteIsUp(world);
  await aimPushes(world, town);
  return world;
}

/** What an installer types, once for each. */
async function setUpHome(
  home: string,
  port: number,
  site: TownSite,
  centralUrl: string,
  added: AddedCollector,
  cameras: readonly TownCamera[],
): Promise<void> {
  const edge = (name: string, args: readonly string[], input: string) =>
    runToEnd({ name: `edge ${name}`, script: "edge/main.ts", args: [...name.split(" "), "--home", home, ...args], input });
  const keys = added.central_public_keys;
  await edge(
    "init",
    [
      "--central",
      centralUrl,
      "--collector",
      added.collector.id,
      "--central-key",
      `${keys.ed25519}:${keys.x25519}`,
      "--site",
      site.name,
      "--latitude",
      String(site.latitude),
      "--longitude",
      String(site.longitude),
      "--time-zone",
      site.timeZone,
      "--listen",
      `127.0.0.1:${port}`,
    ],
    `${added.api_key}\n`,
  );
  await edge("person add", [PERSON.name], `${PERSON.pin}\n`);
  for (const camera of cameras) {
    await edge(
      "camera add",
      [
        "--name",
        camera.name,
        "--adapter",
        "hikvision",
        "--mode",
        camera.mode,
        "--url",
        camera.url,
        "--username",
        camera.username,
        "--channel",
        String(camera.channel),
        "--facing",
        camera.facing,
        "--traffic",
        "busy",
      ],
      `${camera.password}\n`,
    );
  }
}

function startEdge(dir: string, home: string): Child {
  return startChild({
    name: `edge ${home.split("/").at(-1)}`,
    script: "edge/main.ts",
    env: { CHAVERIM_EDGE_HOME: home },
    logFile: join(dir, `${home.split("/").at(-1)}.log`),
  });
}

/** Starts an edge again on its home, after it was killed. */
export async function restartEdge(world: World, site: SiteWorld): Promise<void> {
  site.child = startEdge(world.dir, site.home);
  await siteIsUp(site);
}

async function localToken(home: string, child: Child): Promise<string> {
  const file = join(home, "config/.credentials/local-token");
  return waitFor("the edge's local token", EDGE_START_MS, () => {
    if (child.process.exitCode !== null) throw new Error(`the edge ended:\n${child.tail()}`);
    return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
  });
}

async function siteIsUp({ client, child }: SiteWorld): Promise<void> {
  await waitFor("the site's page", EDGE_START_MS, async () => {
    if (child.process.exitCode !== null) throw new Error(`the edge ended:\n${child.tail()}`);
    return (await client.get<unknown>("/healthz")) === undefined ? undefined : true;
  });
}

/** Cameras that push are told where to, as an installer does on the camera's own page. */
async function aimPushes(world: SiteWorld, town: TownClient): Promise<void> {
  const answer = await world.client.get<{ cameras: { id: string; name: string; mode: string; push_path?: string | null }[] }>(
    "/api/cameras",
  );
  for (const camera of answer.cameras) {
    if (camera.mode === "push" && camera.push_path) await town.setPushTarget(camera.name, `${world.url}${camera.push_path}`);
  }
}
