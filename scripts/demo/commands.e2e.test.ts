/** A central and an edge on loopback, the real ones: a command goes down, its signed answer comes up. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { insertCommand, listCommands } from "../../central/collectors/command-rows.ts";
import { commandView } from "../../central/collectors/command-views.ts";
import { type CommandOrder, makeCommand } from "../../central/collectors/make-command.ts";
import { closeTestDb, testDb } from "../../central/db/test-db.ts";
import { registerWithKey, startTestCentral, type TestCentral } from "../../central/ingest/test-central.ts";
import { type RunningEdge, startEdge } from "../../edge/app.ts";
import { openCredentials } from "../../edge/config/credential-store.ts";
import { setLocal } from "../../edge/config/edit-local.ts";
import type { CommandView } from "../../shared/api/central-api.ts";
import { type CollectorId, type CommandId, uuid } from "../../shared/model/ids.ts";
import { commandSignedBytes } from "../../shared/protocol/signed-bytes.ts";

test.after(closeTestDb);

const CAMERA = "01990000-0000-7000-8000-0000000000c1";
const WHO = { userId: null, userName: "Dina", address: null, requestId: null };
const REPORT = { kind: "report-now" } as const;
const config = (yaml: string) => ({ kind: "set-config", yaml, basedOn: null }) as const;

interface World {
  readonly central: TestCentral;
  readonly home: string;
  readonly said: string[];
  readonly start: () => Promise<RunningEdge>;
  readonly collector: CollectorId;
  readonly make: (what: CommandOrder["what"], expiresAfterMs?: number | null) => Promise<CommandId>;
  readonly view: (id: CommandId) => Promise<CommandView>;
  /** The command's view once the site has answered. */
  readonly answered: (id: CommandId) => Promise<CommandView>;
}

async function withSite(work: (world: World) => Promise<void>): Promise<void> {
  const db = await testDb();
  const central = await startTestCentral({ db, engine: "pglite", pglite: null, close: async () => undefined });
  const collector = uuid<CollectorId>(uuidv7());
  const { apiKey } = await registerWithKey(db, collector);
  const home = mkdtempSync(join(tmpdir(), "edge-commands-"));
  setLocal(home, { collector_id: collector, web: { listen: "127.0.0.1:0" }, central: { url: central.url } });
  openCredentials(home).write("api-key", apiKey);
  const said: string[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => void said.push((JSON.parse(line) as { msg: string }).msg) });
  const edges: RunningEdge[] = [];
  const { sign } = central.merging.identity;
  const view = async (id: CommandId) => commandView((await listCommands(db, collector, 1, id))[0]!, Date.now());
  try {
    await work({
      central,
      home,
      said,
      collector,
      start: async () => {
        const edge = await startEdge({ home, log, firstTryMs: 0 });
        edges.push(edge);
        return edge;
      },
      make: async (what, expiresAfterMs = null) => {
        const deps = { db, newId: uuidv7, nowMs: Date.now, sign, onMade: central.syncing.tellCommands };
        const made = await makeCommand(deps, collector, { reason: "a test", notBeforeMs: null, expiresAfterMs, what }, [], WHO);
        if (made.kind !== "made") throw new Error(made.message);
        return made.id;
      },
      view,
      answered: (id) =>
        until(`an answer to ${id}`, async () => {
          const shown = await view(id);
          return shown.result_at === null ? undefined : shown;
        }),
    });
  } finally {
    for (const edge of edges) await edge.stop();
    await central.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

async function until<Found>(what: string, look: () => Promise<Found | undefined> | Found | undefined): Promise<Found> {
  for (const end = Date.now() + 15_000; Date.now() < end; await delay(50)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`waited 15 s for ${what}`);
}

test("a report is asked for, comes up signed, and a command sent twice runs once", () =>
  withSite(async ({ central, start, make, answered, collector, said }) => {
    await start();
    await until("the link", () => central.syncing.connections() || undefined);
    const id = await make(REPORT);
    const { state, words, report } = await answered(id);
    assert.equal([state, words.startsWith("No cameras."), report?.config_revision], ["done", true, 0]);
    // Central forgets that it was answered (a restored database), and sends it again.
    await central.db.deleteFrom("command_results").execute();
    await central.db.updateTable("commands").set({ sent_session: null }).execute();
    central.syncing.tellCommands(collector);
    const other = await make(REPORT);
    await answered(other);
    assert.is((await central.db.selectFrom("command_results").selectAll().where("command_id", "=", id).execute()).length, 0);
    assert.is(said.filter((one) => one === "a command of central is carried out").length, 2);
  }));

test("what was made while the site was off is done when it comes back; what expired meanwhile never is", () =>
  withSite(async ({ start, make, answered, view, said }) => {
    const dead = await make(REPORT, 1);
    const alive = await make(REPORT);
    await delay(5);
    await start();
    assert.is((await answered(alive)).state, "done");
    assert.equal([(await view(dead)).state, (await view(dead)).sent_at], ["expired", null]);
    assert.is(said.filter((one) => one === "a command of central is carried out").length, 1);
  }));

test("T-57 a command that another key signed, or that was signed for another site, changes nothing", () =>
  withSite(async ({ central, start, make, answered, view, collector, said }) => {
    await start();
    const facts = {
      id: uuid<CommandId>(uuidv7()),
      kind: "report-now",
      args: new Uint8Array(),
      notBeforeMs: 0,
      expiresMs: Date.now() + 60_000,
    };
    const { sign } = central.merging.identity;
    const forSomebodyElse = sign(commandSignedBytes(uuid<CollectorId>(uuidv7()), facts));
    const command = { type: "command", ...facts, signature: forSomebodyElse } as const;
    await central.db
      .transaction()
      .execute((tx) =>
        insertCommand(tx, { collectorId: collector, command, revision: null, reason: "", by: { id: null, name: "" }, atMs: Date.now() }),
      );
    await answered(await make(REPORT));
    assert.is((await view(facts.id)).result_at, null);
    assert.ok(said.includes("a command that central has not signed for this site was not taken"));
  }));

test("a configuration is put in force, survives a restart, and the site reports its revision", () =>
  withSite(async ({ central, start, make, answered, home }) => {
    const edge = await start();
    const yaml = `site: { name: Main & Maple }\ncameras:\n  - { id: ${CAMERA}, name: North gate, adapter: replay }\n`;
    const { state, words } = await answered(await make(config(yaml)));
    assert.equal([state, words], ["done", "Revision 1 is in force. Of it, site takes effect when the edge is started the next time."]);
    assert.match(readFileSync(join(home, "config/central.yaml"), "utf8"), /^# revision 1, SHA-256 [0-9a-f]{64}/);
    assert.not.ok(existsSync(join(home, "config/central.trial")));
    const beats = () => central.db.selectFrom("heartbeats").select("config_revision").executeTakeFirst();
    await until("the revision", async () => (Number((await beats())?.config_revision) === 1 ? true : undefined));
    await until("the camera", () => central.db.selectFrom("cameras").select("name").where("id", "=", CAMERA).executeTakeFirst());
    await edge.stop();
    await start();
    assert.is((await answered(await make(REPORT))).report?.config_revision, 1);
  }));

test("a bad configuration is refused with file, line and key, and what ran keeps running", () =>
  withSite(async ({ start, make, answered }) => {
    await start();
    const good = `cameras:\n  - { id: ${CAMERA}, name: North gate, adapter: replay }\n`;
    assert.is((await answered(await make(config(good)))).state, "done");
    const bad = await answered(await make(config(good.replace("adapter: replay", "adapter: nikon"))));
    assert.is(bad.state, "refused");
    assert.match(bad.words, /^config\/central.yaml, line 2: cameras\[0\].adapter must be one of hikvision.*Nothing was changed/);
    const taken = await answered(await make(config(`${good}web: { listen: "192.0.2.77:1" }\n`)));
    assert.is(taken.state, "done", "central's listen is beneath the site's own");
    const { report } = await answered(await make(REPORT));
    const cameras = report!.cameras as { name: string }[];
    assert.equal([report!.config_revision, cameras.map((one) => one.name)], [3, ["North gate"]]);
  }));

test("a configuration that cannot be taken over is taken back at once", () =>
  withSite(async ({ start, make, answered, home }) => {
    const local = join(home, "config/local.yaml");
    writeFileSync(local, readFileSync(local, "utf8").replace(/web:\n {2}listen: .*\n/, ""));
    await start();
    await answered(await make(config('web: { listen: "127.0.0.1:0" }\n')));
    const refused = await answered(await make(config('web: { listen: "127.0.0.1:0", tls_cert: nowhere.pem }\n')));
    assert.is(refused.state, "refused");
    assert.match(refused.words, /^web.tls_cert: .* cannot be read.*The configuration before it is in force again/);
    assert.match(readFileSync(join(home, "config/central.yaml"), "utf8"), /^# revision 1,/);
  }));

test.run();
