// runner: timeout 240 s
/** A central and a site that never has a line to each other, the real ones: everything goes by stick, up and down. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { closeTestDb } from "../../central/db/test-db.ts";
import { type Person, type TestCentral, testCentral } from "../../central/test-central.ts";
import { type RunningEdge, startEdge } from "../../edge/app.ts";
import { addCamera } from "../../edge/config/add-camera.ts";
import { openCredentials } from "../../edge/config/credential-store.ts";
import { setLocal } from "../../edge/config/edit-local.ts";
import { addPerson } from "../../edge/people/people-file.ts";
import { parseCentralKeys, writePin } from "../../edge/sync/pinned-central.ts";
import type { BundleImportAnswer, CollectorView, CommandsAnswer, EntriesAnswer } from "../../shared/api/central-api.ts";

test.after(closeTestDb);

const TRIAL_MS = 300;
const LATER = new Date(Date.now() + 7 * 24 * 3_600_000).toISOString();

interface Site {
  readonly ask: (method: string, path: string, body?: unknown) => Promise<Response>;
  readonly json: <Answer>(method: string, path: string, body?: unknown) => Promise<Answer>;
  /** The site's file for central. */
  readonly bundle: () => Promise<Uint8Array>;
  /** Central's file taken on the Stick tab: its words, and whether it was refused. */
  readonly take: (bytes: Uint8Array) => Promise<string>;
  readonly patterns: () => Promise<string[]>;
  readonly see: (plate: string) => Promise<string[]>;
}

interface World {
  readonly central: TestCentral;
  readonly admin: Person;
  readonly collector: CollectorView;
  readonly site: Site;
  readonly addSite: (name: string) => Promise<{ collector: CollectorView; site: Site }>;
  readonly bring: (bytes: Uint8Array) => Promise<BundleImportAnswer>;
  /** Central's file for a collector; after a bundle: what that one lacks. */
  readonly down: (collector: string, after?: BundleImportAnswer) => Promise<Uint8Array>;
}

async function withSite(work: (world: World) => Promise<void>): Promise<void> {
  const central = await testCentral();
  const edges: RunningEdge[] = [];
  const homes: string[] = [];
  try {
    const admin = await central.signIn("admin");
    const addSite: World["addSite"] = async (name) => {
      const added = (await (await admin.send("POST", "/api/v1/collectors", { name })).json()) as Added;
      const home = mkdtempSync(join(tmpdir(), "edge-stick-"));
      homes.push(home);
      const edge = await startSite(home, added);
      edges.push(edge);
      return { collector: added.collector, site: await siteOf(edge) };
    };
    const { collector, site } = await addSite("Main & Maple");
    await work({
      central,
      admin,
      collector,
      site,
      addSite,
      bring: async (bytes) => {
        const response = await central.parts.http.request("/api/v1/bundles", {
          method: "POST",
          headers: { host: "central.test", cookie: admin.cookie, "content-type": "application/octet-stream" },
          body: bytes as never,
        });
        assert.is(response.status, 200);
        return (await response.json()) as BundleImportAnswer;
      },
      down: async (id, after) => {
        const body = after === undefined ? {} : { lists: "changed", receipt: after.receipt };
        const response = await admin.send("POST", `/api/v1/collectors/${id}/down`, body);
        assert.is(response.status, 200, await (response.status === 200 ? "" : response.text()));
        return new Uint8Array(await response.arrayBuffer());
      },
    });
  } finally {
    for (const edge of edges) await edge.stop();
    await central.stop();
    for (const home of homes) rmSync(home, { recursive: true, force: true });
  }
}

interface Added {
  readonly collector: CollectorView;
  readonly api_key: string;
  readonly central_public_keys: { readonly ed25519: string; readonly x25519: string };
}

/** As `edge -- init --central-key` leaves a home; central's address is one where nothing answers. */
async function startSite(home: string, { collector, api_key, central_public_keys: keys }: Added): Promise<RunningEdge> {
  const credentials = openCredentials(home);
  credentials.write("api-key", api_key);
  setLocal(home, {
    collector_id: collector.id,
    site: { name: collector.site, time_zone: "America/New_York" },
    web: { listen: "127.0.0.1:0" },
    disk: { ballast_mb: "0" },
    central: { url: "http://127.0.0.1:9", api_key_file: "config/.credentials/api-key" },
  });
  writePin(credentials.pathOf("central-keys"), parseCentralKeys(`${keys.ed25519}:${keys.x25519}`)!);
  await addPerson(credentials, "Miriam", "246810");
  addCamera(
    { home, credentials, newId: uuidv7, newSecret: () => "a-secret-of-this-test" },
    { name: "North gate", adapter: "hikvision", mode: "push" },
  );
  const machine = {
    wallMs: Date.now,
    monoMs: () => Math.round(performance.now()),
    isNtpSynchronised: () => true,
    hasClockChip: () => true,
  };
  return startEdge({ home, machine, trialMs: TRIAL_MS, log: pino({ level: "silent" }) });
}

async function siteOf(edge: RunningEdge): Promise<Site> {
  const signedIn = await fetch(`${edge.address}/api/sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ person: "Miriam", pin: "246810" }),
  });
  const cookie = signedIn.headers.getSetCookie()[0]!.split(";")[0]!;
  const send = (method: string, path: string, type: string, body: unknown) =>
    fetch(`${edge.address}${path}`, {
      method,
      headers: { cookie, ...(method === "GET" ? {} : { "content-type": type }) },
      body: body as never,
    });
  const ask: Site["ask"] = (method, path, body) =>
    send(method, path, "application/json", method === "GET" ? undefined : JSON.stringify(body ?? {}));
  const json: Site["json"] = async (method, path, body) => {
    const response = await ask(method, path, body);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as never;
  };
  return {
    ask,
    json,
    bundle: async () => new Uint8Array(await (await ask("GET", "/api/bundle")).arrayBuffer()),
    take: async (bytes) => {
      const response = await send("POST", "/api/bundle/down", "application/octet-stream", bytes);
      const answer = (await response.json()) as { words?: string; error?: { message: string } };
      return answer.words ?? `refused: ${answer.error?.message}`;
    },
    patterns: async () => {
      const { watchlists } = await json<{ watchlists: { id: string }[] }>("GET", "/api/watchlists");
      const pages = await Promise.all(watchlists.map(({ id }) => json<EntriesAnswer>("GET", `/api/watchlists/${id}/entries`)));
      return pages.flatMap((page) => page.entries.map((entry) => entry.pattern)).sort();
    },
    see: async (plate) => {
      const { cameras } = await json<{ cameras: { id: string }[] }>("GET", "/api/cameras");
      return (await json<{ alerts: string[] }>("POST", `/api/cameras/${cameras[0]!.id}/test`, { plate })).alerts;
    },
  };
}

async function until<Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> {
  for (const end = Date.now() + 15_000; Date.now() < end; await delay(50)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`waited 15 s for ${what}`);
}

async function makeList(
  { admin, collector }: World,
  patterns: readonly string[],
): Promise<{ id: string; add: (pattern: string) => Promise<string> }> {
  const { id } = (await (await admin.send("POST", "/api/v1/watchlists", { name: "Break-ins", sites: [collector.site_id] })).json()) as {
    id: string;
  };
  const add = async (pattern: string): Promise<string> => {
    const response = await admin.send("POST", `/api/v1/watchlists/${id}/entries`, {
      pattern,
      reason: "seen at two break-ins",
      expires_at: LATER,
    });
    assert.is(response.status, 201, await response.clone().text());
    return ((await response.json()) as { entry: { id: string } }).entry.id;
  };
  for (const pattern of patterns) await add(pattern);
  return { id, add };
}

test("a site with no line ever gets its lists by stick, its alert goes up, and an edit, a configuration and the receipt come down", () =>
  withSite(async (world) => {
    const { central, admin, collector, site, bring, down } = world;
    const list = await makeList(world, ["ABC123"]);
    // Central cannot seal a file for a device that it has never heard of; the site's first bundle says who it is.
    const early = await admin.send("POST", `/api/v1/collectors/${collector.id}/down`, {});
    assert.equal(
      [early.status, ((await early.json()) as { error: { message: string } }).error.message.includes("does not know this site's device")],
      [422, true],
    );
    const first = await bring(await site.bundle());
    const lists = await down(collector.id, first);
    assert.match(await site.take(lists), /1 watchlist brought up to date|2 watchlists brought up to date/);
    assert.equal(await site.patterns(), ["ABC123"]);

    // The plate passes; a volunteer adds one too. Both go up.
    assert.is((await site.see("ABC123")).length, 1);
    const own = (await site.json<{ watchlists: { id: string; name: string }[] }>("GET", "/api/watchlists")).watchlists.find(
      ({ id }) => id !== list.id,
    )!;
    await site.json("POST", `/api/watchlists/${own.id}/entries`, { plate: "OWN777", reason: "drove past three times", expires_hours: 24 });
    await list.add("XYZ987");
    const report = await admin.send("POST", `/api/v1/collectors/${collector.id}/commands`, { kind: "report-now", expires_in_minutes: 600 });
    assert.is(report.status, 201);
    await admin.send("POST", `/api/v1/collectors/${collector.id}/commands`, {
      kind: "set-config",
      reason: "smaller batches",
      yaml: "batch:\n  max_detections: 25\n",
    });
    const second = await bring(await site.bundle());
    assert.ok(second.whole && second.records > 0);
    assert.is((await central.base.db.selectFrom("alerts").select("id").execute()).length, 1);

    // One trip: detections up, and on the same stick down: receipt, list edit, both commands.
    const answer = await down(collector.id, second);
    assert.ok(answer.length < lists.length + 4_096, "what the site named is not sent again");
    const words = await site.take(answer);
    assert.match(words, /watchlists? brought up to date/);
    assert.match(words, /2 commands of central's handed over/);
    assert.match(words, /Central has \d+ more records/);
    assert.equal(await site.patterns(), ["ABC123", "OWN777", "XYZ987"]);
    assert.is((await site.see("XYZ987")).length, 1, "the new plate is in force");

    // What came of the commands is in the log, and goes up with the next bundle.
    const states = async (): Promise<string[]> => {
      const { commands } = (await (await admin.get(`/api/v1/collectors/${collector.id}/commands`)).json()) as CommandsAnswer;
      return commands.map((one) => `${one.kind} ${one.state}`).sort();
    };
    await delay(TRIAL_MS);
    await until("both answers", async () => {
      await bring(await site.bundle());
      return (await states()).every((one) => one.endsWith(" done")) ? true : undefined;
    });
    assert.equal(await states(), ["report-now done", "set-config done"]);

    // The same file once more changes nothing, and no command runs again; the older one is refused without loss.
    const records = async () =>
      Number(
        (
          await central.base.db
            .selectFrom("command_results")
            .select((eb) => eb.fn.countAll().as("n"))
            .executeTakeFirstOrThrow()
        ).n,
      );
    assert.not.match(await site.take(answer), /brought up to date|refused/);
    assert.match(await site.take(lists), /refused: This file is older than what this site has/);
    await bring(await site.bundle());
    assert.equal([await records(), await site.patterns()], [2, ["ABC123", "OWN777", "XYZ987"]]);
    const plates = await central.base.db.selectFrom("detections").select("plate").orderBy("plate").execute();
    assert.equal(
      plates.map((one) => one.plate),
      ["ABC123", "XYZ987"],
    );
  }));

test("another site's file, one of a stranger, a cut and a flipped one change nothing that they do not prove", () =>
  withSite(async (world) => {
    const { admin, collector, site, bring, down, addSite } = world;
    const other = await addSite("Oak");
    const list = await makeList(world, ["ABC123"]);
    await bring(await site.bundle());
    await bring(await other.site.bundle());
    const good = await down(collector.id);
    assert.match(await other.site.take(good), /refused: This file was sealed for another site/);
    assert.equal(await other.site.patterns(), []);

    const flipped = good.slice();
    flipped[good.length - 30]! ^= 1;
    assert.match(await site.take(good.subarray(0, 150)), /refused: This file ends before it says what it is/);
    assert.match(await site.take(new Uint8Array([1, 2, 3])), /refused: This is not a file of central's/);
    assert.match(await site.take(flipped), /damaged from some point on/);
    assert.match(await site.take(good.subarray(0, good.length - 40)), /ends too early/);
    assert.not.match(await site.take(good), /refused|damaged|too early/);
    assert.equal(await site.patterns(), ["ABC123"]);

    // Central takes the site off the list: the next file says so, and the plate stops matching here.
    assert.is((await admin.send("PATCH", `/api/v1/watchlists/${list.id}`, { sites: [other.collector.site_id] })).status, 200);
    assert.match(await site.take(await down(collector.id)), /1 watchlist taken off this site/);
    assert.equal([await site.patterns(), await site.see("ABC123")], [[], []]);
  }));

test.run();
