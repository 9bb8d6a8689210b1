/**
 * Runs in central's host: starts central here and each edge on its own host, lets cars pass while the uplinks are cut, slowed and lossy,
 * and compares what central holds with what the cameras sent. Prints one line of JSON. Started by `hosts.e2e.test.ts`.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { recordedMessage } from "../../bench/edge-site.ts";
import { searchCentral } from "../check/read-central.ts";
import { type Child, runToEnd, startChild } from "../child.ts";
import { type HttpClient, openClient } from "../http-client.ts";
import { waitFor } from "../wait.ts";
import { ADMIN, PERSON } from "../world.ts";
import type { UplinkState } from "./test-network.ts";

/** What the test tells this program, in its first argument. */
export interface HostsOrder {
  readonly dir: string;
  readonly edges: readonly { readonly namespace: string; readonly centralAddress: string; readonly address: string }[];
}

export interface HostsVerdict {
  readonly sent: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly phases: readonly UplinkState[];
}

const PORT = 8080;
const PHASES: readonly UplinkState[] = ["whole", "cut", "slow", "lossy", "cut", "whole"];
const CARS_PER_PHASE = 8;
const PHASE_MS = 4_000;
const START_MS = 90_000;
const QUIET_MS = 90_000;

interface Site {
  readonly child: Child;
  readonly pushUrl: string;
}

const order = JSON.parse(process.argv[2]!) as HostsOrder;
const children: Child[] = [];
try {
  console.log(JSON.stringify(await drive()));
} finally {
  for (const child of children) await child.stop();
}

async function drive(): Promise<HostsVerdict> {
  const central = await startCentral();
  const sites: Site[] = [];
  for (const [at, edge] of order.edges.entries()) sites.push(await startSite(central, edge, at));
  const sent: string[] = [];
  const message = recordedMessage();
  for (const phase of PHASES) {
    await tellTest(phase);
    for (let car = 0; car < CARS_PER_PHASE; car++) {
      for (const site of sites) {
        const plate = `H${String(sent.length).padStart(6, "0")}`;
        const answer = await fetch(site.pushUrl, {
          method: "POST",
          headers: { "content-type": "application/xml" },
          body: message(plate, `hosts-${plate}`),
        });
        if (!answer.ok) throw new Error(`a car was answered with ${answer.status}`);
        sent.push(plate);
      }
      await delay(PHASE_MS / CARS_PER_PHASE);
    }
  }
  const held = await waitFor(
    "everything to arrive",
    QUIET_MS,
    async () => {
      const plates = await platesAt(central);
      return sent.every((plate) => plates.includes(plate)) ? plates : undefined;
    },
    1_000,
  ).catch(() => platesAt(central));
  return {
    sent: sent.length,
    lost: sent.filter((plate) => !held.includes(plate)),
    doubled: sent.filter((plate) => held.indexOf(plate) !== held.lastIndexOf(plate)),
    phases: PHASES,
  };
}

/** The test owns the cables: it is told the phase over the channel and answers when it is so. */
async function tellTest(phase: UplinkState): Promise<void> {
  const answered = new Promise((resolve) => process.once("message", resolve));
  process.send?.(phase);
  await answered;
}

async function platesAt(central: HttpClient): Promise<string[]> {
  return (await searchCentral(central, {} as never)).flatMap(({ plate }) => (plate === null ? [] : [plate]));
}

async function startCentral(): Promise<HttpClient> {
  const dataDir = join(order.dir, "central");
  mkdirSync(dataDir);
  const child = startChild({
    name: "central",
    script: "central/main.ts",
    env: {
      CHAVERIM_LISTEN: `0.0.0.0:${PORT}`,
      CHAVERIM_DATA_DIR: dataDir,
      CHAVERIM_ADMIN_EMAIL: ADMIN.email,
      CHAVERIM_ADMIN_PASSWORD: ADMIN.password,
    },
  });
  children.push(child);
  const client = openClient(`http://127.0.0.1:${PORT}`);
  await up(child, client, "/readyz");
  await client.send("POST", "/api/v1/auth/login", ADMIN);
  return client;
}

async function startSite(
  central: HttpClient,
  { namespace, centralAddress, address }: HostsOrder["edges"][number],
  at: number,
): Promise<Site> {
  const home = join(order.dir, `edge-${at}`);
  const added = await central.send<{ collector: { id: string }; api_key: string }>("POST", "/api/v1/collectors", {
    name: `Corner ${at}`,
    site: { name: `Corner ${at}`, latitude: 41.1, longitude: -74, time_zone: "America/New_York" },
  });
  const edge = (words: readonly string[], input: string) =>
    runToEnd({ name: `edge ${words[0]}`, script: "edge/main.ts", args: [...words, "--home", home], input });
  const url = `http://${centralAddress}:${PORT}`;
  await edge(["init", "--central", url, "--collector", added.collector.id, "--listen", `0.0.0.0:${PORT}`], `${added.api_key}\n`);
  await edge(["person", "add", PERSON.name], `${PERSON.pin}\n`);
  await edge(["camera", "add", "--name", "North gate", "--adapter", "hikvision", "--mode", "push"], "\n");
  const child = startChild({
    name: namespace,
    script: "edge/main.ts",
    launcher: ["ip", "netns", "exec", namespace],
    env: { CHAVERIM_EDGE_HOME: home },
  });
  children.push(child);
  const tokenFile = join(home, "config/.credentials/local-token");
  const token = await waitFor("the edge's local token", START_MS, () =>
    existsSync(tokenFile) ? readFileSync(tokenFile, "utf8").trim() : undefined,
  );
  const client = openClient(`http://${address}:${PORT}`, token);
  await up(child, client, "/healthz");
  await client.send("POST", "/api/sign-in", { person: PERSON.name, pin: PERSON.pin });
  const { cameras } = await client.get<{ cameras: { push_path: string }[] }>("/api/cameras");
  return { child, pushUrl: client.url + cameras[0]!.push_path };
}

async function up(child: Child, client: HttpClient, path: string): Promise<void> {
  await waitFor(child.name, START_MS, async () => {
    if (child.process.exitCode !== null) throw new Error(`${child.name} ended:\n${child.tail()}`);
    return (await client.get<unknown>(path)) === undefined ? undefined : true;
  });
}
