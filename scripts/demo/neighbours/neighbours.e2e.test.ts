/** Two sites and a central on loopback, the real ones: one site's line is cut, and the other carries for it. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { closeTestDb, testDb } from "../../../central/db/test-db.ts";
import { registerWithKey, startTestCentral, type TestCentral } from "../../../central/ingest/test-central.ts";
import { type RunningEdge, startEdge } from "../../../edge/app.ts";
import { openCredentials } from "../../../edge/config/credential-store.ts";
import { type LocalValue, setLocal } from "../../../edge/config/edit-local.ts";
import { addPerson } from "../../../edge/people/people-file.ts";
import type { SiteStatus } from "../../../shared/api/site-api.ts";
import { type CollectorId, uuid } from "../../../shared/model/ids.ts";
import { openUplinkRelay, type UplinkRelay } from "../uplink-relay.ts";

test.after(closeTestDb);

const CAMERA = "01990000-0000-7000-8000-0000000000c1";
const PERSON = { person: "Miriam", pin: "246810" };

interface Site {
  readonly collector: CollectorId;
  readonly home: string;
  readonly relay: UplinkRelay;
  /** Its log, line by line. */
  readonly said: string[];
  readonly status: () => Promise<SiteStatus>;
  /** Test detections, one after the other, by the page's own button. */
  readonly detect: (count: number) => Promise<void>;
  readonly restart: () => Promise<void>;
  readonly address: () => string;
  readonly remove: () => Promise<void>;
}

async function startSite(central: TestCentral, name: string, neighbours: Record<string, LocalValue>): Promise<Site> {
  const collector = uuid<CollectorId>(uuidv7());
  const { apiKey } = await registerWithKey(central.db, collector);
  const relay = await openUplinkRelay({ target: { host: "127.0.0.1", port: Number(new URL(central.url).port) } });
  const home = mkdtempSync(join(tmpdir(), "edge-neighbours-"));
  setLocal(home, {
    collector_id: collector,
    site: { name, time_zone: "America/New_York" },
    web: { listen: "127.0.0.1:0" },
    central: { url: relay.url },
    disk: { ballast_mb: "0" },
    cameras: [{ id: CAMERA, name: "North gate", adapter: "replay", url: "" }],
    neighbours: { after_minutes: "0", mdns: "false", pictures: "all", ...neighbours },
  });
  openCredentials(home).write("api-key", apiKey);
  await addPerson(openCredentials(home), PERSON.person, PERSON.pin);
  const said: string[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => void said.push((JSON.parse(line) as { msg: string }).msg) });
  const start = () => startEdge({ home, log, firstTryMs: 0, freeBytes: () => 1e12 });
  let edge: RunningEdge = await start();
  let cookie = "";
  const ask = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const response = await fetch(`${edge.address}${path}`, {
      method,
      headers: { cookie, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  const signIn = async (): Promise<void> => {
    cookie = (await ask("POST", "/api/sign-in", PERSON)).headers.getSetCookie()[0]!.split(";")[0]!;
  };
  await signIn();
  return {
    collector,
    home,
    relay,
    said,
    address: () => edge.address,
    status: async () => (await (await ask("GET", "/api/status")).json()) as SiteStatus,
    async detect(count) {
      for (let n = 0; n < count; n++) await ask("POST", `/api/cameras/${CAMERA}/test`, {});
    },
    async restart() {
      await edge.stop();
      edge = await start();
      await signIn();
    },
    async remove() {
      await edge.stop();
      await relay.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function until(what: string, isSo: () => Promise<boolean> | boolean, maxMs = 60_000): Promise<void> {
  for (const end = Date.now() + maxMs; Date.now() < end; await delay(100)) if (await isSo()) return;
  throw new Error(`not within ${maxMs} ms: ${what}`);
}

const isConnected = async (site: Site): Promise<boolean> => (await site.status()).uplink.state === "connected";
const hasNothingWaiting = async (site: Site): Promise<boolean> => {
  const { uplink } = await site.status();
  return uplink.waiting === 0 && uplink.images_waiting === 0;
};

/** Central's rows of one site, by number: what arrived, and how often. */
async function arrived({ db }: TestCentral, site: Site): Promise<{ detections: number; distinct: number }> {
  const rows = await db.selectFrom("detections").select("id").where("collector_id", "=", site.collector).execute();
  return { detections: rows.length, distinct: new Set(rows.map((row) => row.id)).size };
}

/** B first: only a device that central has heard of is named to others, A's to B by the BEAT of its next heartbeat or its next start. */
async function withSites(
  work: (central: TestCentral, a: Site, b: Site) => Promise<void>,
  ofB: Record<string, LocalValue> = {},
): Promise<void> {
  const central = await startTestCentral({ db: await testDb(), engine: "pglite", pglite: null, close: async () => undefined });
  const sites: Site[] = [];
  try {
    const b = await startSite(central, "Oak & Elm", ofB);
    sites.push(b);
    await until("B connected", () => isConnected(b));
    const a = await startSite(central, "Main & Maple", { addresses: [b.address()] });
    sites.push(a);
    await until("A connected, nothing waiting", async () => (await isConnected(a)) && (await hasNothingWaiting(a)));
    await work(central, a, b);
  } finally {
    for (const site of sites) await site.remove();
    await central.stop();
  }
}

/** B's page keeps its port over a restart, so that A's address stays right. */
async function restartAt(site: Site): Promise<void> {
  setLocal(site.home, { web: { listen: new URL(site.address()).host } });
  await site.restart();
  await until("connected again", () => isConnected(site));
}

test("a site without a line hands its bundle to a neighbour; all of it is at central once, and it is let go by central's receipt alone", () =>
  withSites(async (central, a, b) => {
    await restartAt(b);
    const before = await arrived(central, a);
    await a.relay.setMode({ kind: "refuse" });
    await until("A offline", async () => (await a.status()).uplink.state === "offline");
    await a.detect(20);
    assert.ok((await a.status()).uplink.waiting >= 20);
    await until("A's records acknowledged", () => hasNothingWaiting(a), 120_000);
    assert.is((await a.status()).uplink.state, "offline");
    const after = await arrived(central, a);
    assert.equal([after.detections, after.distinct], [before.detections + 20, before.detections + 20]);
    const lines = (await a.status()).neighbours.map(({ words }) => words);
    assert.match(lines.join("\n"), /records of this site were carried by Oak & Elm\. Central's receipt came\./);
    assert.match((await b.status()).neighbours.map(({ words }) => words).join("\n"), /records of Main & Maple were brought to central/);
    // Late: A's own line is back, and nothing is doubled.
    await a.relay.setMode({ kind: "up" });
    await a.detect(3);
    await until("A connected and clear", async () => (await isConnected(a)) && (await hasNothingWaiting(a)));
    const atEnd = await arrived(central, a);
    assert.equal([atEnd.detections, atEnd.distinct], [before.detections + 23, before.detections + 23]);
  }));

test("a neighbour whose line is cut after it took a bundle brings it when it can; meanwhile the site keeps everything", () =>
  withSites(async (central, a, b) => {
    await restartAt(b);
    const before = await arrived(central, a);
    await a.relay.setMode({ kind: "refuse" });
    await until("A offline", async () => (await a.status()).uplink.state === "offline");
    // Nothing passes, nothing ends: B still believes that it is connected.
    await b.relay.setMode({ kind: "blackhole" });
    await a.detect(5);
    await until("B holds it", async () => (await b.status()).neighbours.some(({ words }) => /Main & Maple wait here/.test(words)));
    const spool = join(b.home, "data/neighbours/spool");
    assert.ok(readdirSync(spool).includes(`${a.collector}.bundle`));
    assert.ok((await a.status()).uplink.waiting >= 5, "no receipt, nothing is let go");
    assert.is((await arrived(central, a)).detections, before.detections);
    // B starts again in between: the spool is on its disk.
    await b.relay.setMode({ kind: "up" });
    await restartAt(b);
    await until("A's records acknowledged", () => hasNothingWaiting(a), 120_000);
    assert.equal(await arrived(central, a), { detections: before.detections + 5, distinct: before.distinct + 5 });
    assert.not.ok(readdirSync(spool).includes(`${a.collector}.bundle`));
  }));

test("a neighbour that central has not named yet takes nothing, in one line; a site that may not carry has no such door", () =>
  withSites(
    async (_central, a, b) => {
      await a.relay.setMode({ kind: "refuse" });
      await until("A offline", async () => (await a.status()).uplink.state === "offline");
      await a.detect(1);
      await until("A was refused", () => a.said.some((line) => /did not take this site's bundle/.test(line)));
      await delay(1_000);
      assert.is(a.said.filter((line) => /did not take this site's bundle/.test(line)).length, 1);
      assert.ok((await a.status()).uplink.waiting > 0);
      assert.is((await fetch(`${b.address()}/neighbour/v1/greeting`, { method: "POST", body: "x" })).status, 404);
    },
    { carry: "false" },
  ));

test.run();
