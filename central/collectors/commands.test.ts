import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CollectorView, CommandsAnswer, CommandView, ConfigAnswer } from "../../shared/api/central-api.ts";
import { verifySignature } from "../../shared/crypto/device-keys.ts";
import type { CollectorId, SessionId } from "../../shared/model/ids.ts";
import { decodeSetConfig } from "../../shared/protocol/command-args.ts";
import { COMMAND_RESEND_MS } from "../../shared/protocol/limits.ts";
import { commandSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import { closeTestDb } from "../db/test-db.ts";
import { addTestHeartbeat } from "../db/test-world.ts";
import { type Person, type TestCentral, testCentral } from "../test-central.ts";
import { takeDueCommands } from "./command-rows.ts";
import { COMMANDS_WAITING_MAX } from "./make-command.ts";

test.after(closeTestDb);

const KEY = new Uint8Array(32).fill(7);
const SESSION = "20".repeat(16) as SessionId;
const OTHER_SESSION = "21".repeat(16) as SessionId;
const YAML = "site:\n  name: Main & Maple\n";

interface World {
  readonly central: TestCentral;
  readonly admin: Person;
  readonly collector: CollectorView;
  readonly at: string;
  readonly due: (session?: SessionId, nowMs?: number, key?: Uint8Array) => ReturnType<typeof takeDueCommands>;
  readonly list: () => Promise<CommandView[]>;
}

async function withCollector(work: (world: World) => Promise<void>): Promise<void> {
  const central = await testCentral();
  try {
    const admin = await central.signIn("admin");
    const added = await admin.send("POST", "/api/v1/collectors", { name: "Main & Maple" });
    const { collector } = (await added.json()) as { collector: CollectorView };
    const { db, nowMs } = central.base;
    for (const [key, confirmed] of [
      [KEY, true],
      [new Uint8Array(32).fill(8), false],
    ] as const) {
      await db
        .insertInto("collector_keys")
        .values({
          collector_id: collector.id,
          device_key: key,
          api_key_id: null,
          confirmed,
          first_seen_at: new Date(),
          confirmed_at: null,
          confirmed_by: null,
        })
        .execute();
    }
    const at = `/api/v1/collectors/${collector.id}/commands`;
    await work({
      central,
      admin,
      collector,
      at,
      due: (session = SESSION, atMs = nowMs(), deviceKey = KEY) =>
        takeDueCommands(db, { collectorId: collector.id, deviceKey, session }, atMs),
      list: async () => ((await (await admin.get(at)).json()) as CommandsAnswer).commands,
    });
  } finally {
    await central.stop();
  }
}

/** As the merge would write it. */
const answer = ({ central, collector }: World, command: string, outcome: string, key = KEY) =>
  central.base.db
    .insertInto("command_results")
    .values({
      rid: uuidv7(),
      command_id: command,
      collector_id: collector.id,
      device_key: key,
      outcome,
      words: `the site said ${outcome}`,
      config_revision: 1,
      detail: Buffer.from('{"cameras":2}'),
      received_at: new Date(),
    })
    .execute();

test("T-33 an operator asks for a report, an administrator alone sends a configuration, a viewer only reads", () =>
  withCollector(async ({ central, admin, at, collector }) => {
    const operator = await central.signIn("operator");
    const viewer = await central.signIn("viewer");
    const report = { kind: "report-now" };
    const config = { kind: "set-config", yaml: YAML, reason: "the new name" };
    assert.equal(
      [
        (await viewer.send("POST", at, report)).status,
        (await operator.send("POST", at, report)).status,
        (await operator.send("POST", at, config)).status,
        (await admin.send("POST", at, config)).status,
      ],
      [403, 201, 403, 201],
    );
    assert.is(((await (await viewer.get(at)).json()) as CommandsAnswer).commands.length, 2);
    const path = `/api/v1/collectors/${collector.id}/config`;
    assert.equal([(await operator.get(path)).status, (await admin.get(path)).status], [403, 200]);
  }));

test("somebody of another site neither sees nor commands this one; what is no collector is not found", () =>
  withCollector(async ({ central, at, admin }) => {
    const other = (await (await admin.send("POST", "/api/v1/collectors", { name: "Other" })).json()) as { collector: CollectorView };
    const stranger = await central.signIn("operator", [other.collector.site_id]);
    assert.equal([(await stranger.get(at)).status, (await stranger.send("POST", at, { kind: "report-now" })).status], [404, 404]);
    assert.is((await admin.send("POST", `/api/v1/collectors/${uuidv7()}/commands`, { kind: "report-now" })).status, 404);
    await admin.send("PATCH", `/api/v1/collectors/${other.collector.id}`, { retired: true });
    assert.is((await admin.send("POST", `/api/v1/collectors/${other.collector.id}/commands`, { kind: "report-now" })).status, 404);
  }));

test("a configuration goes down signed for this collector, with its revision, and is in the audit log by its digest only", () =>
  withCollector(async ({ central, admin, collector, at, due }) => {
    await admin.send("POST", at, { kind: "set-config", yaml: YAML, reason: "the new name" });
    const [command, ...more] = await due();
    assert.equal([more.length, command!.kind, decodeSetConfig(command!.args)], [0, "set-config", { revision: 1, yaml: YAML }]);
    const { publicKey } = central.base.keys.signing;
    assert.ok(verifySignature(publicKey, commandSignedBytes(collector.id as CollectorId, command!), command!.signature));
    assert.not.ok(verifySignature(publicKey, commandSignedBytes(uuidv7() as CollectorId, command!), command!.signature));
    const audit = await (await admin.get("/api/v1/audit")).text();
    assert.match(audit, /command.set-config/);
    assert.match(audit, /the new name/);
    assert.not.match(audit, /site:/);
    const config = (await (await admin.get(`/api/v1/collectors/${collector.id}/config`)).json()) as ConfigAnswer;
    assert.equal(config, { wanted_revision: 1, running_revision: null, yaml: YAML });
  }));

test("it is repeated until the site's answer comes: once a session, and again in it after a while", () =>
  withCollector(async (world) => {
    const { admin, at, due, list, central } = world;
    await admin.send("POST", at, { kind: "report-now" });
    assert.is((await list())[0]!.state, "waiting");
    const nowMs = central.base.nowMs();
    const [command] = await due(SESSION, nowMs);
    assert.is((await due(SESSION, nowMs + 1_000)).length, 0);
    assert.is((await due(OTHER_SESSION, nowMs + 1_000)).length, 1);
    assert.is((await due(OTHER_SESSION, nowMs + 1_000 + COMMAND_RESEND_MS)).length, 1);
    assert.is((await list())[0]!.state, "sent");
    await answer(world, command!.id, "done", new Uint8Array(32).fill(8));
    assert.is((await list())[0]!.state, "sent", "a key that nobody confirmed does not answer for the site");
    assert.is((await due("23".repeat(16) as SessionId, nowMs + 1_000)).length, 1, "so it is sent on");
    await answer(world, command!.id, "done");
    const [shown] = await list();
    assert.equal([shown!.state, shown!.words, shown!.report], ["done", "the site said done", { cameras: 2 }]);
    assert.is((await due("22".repeat(16) as SessionId, nowMs + 2 * COMMAND_RESEND_MS)).length, 0);
  }));

test("a command is not sent before its time, never after its expiry, and never to a device whose key nobody has confirmed", () =>
  withCollector(async ({ admin, at, due, central, list }) => {
    const nowMs = central.base.nowMs();
    const later = new Date(nowMs + 3_600_000).toISOString();
    await admin.send("POST", at, { kind: "report-now", not_before: later, expires_in_minutes: 5 });
    assert.is((await due()).length, 0);
    assert.is((await due(SESSION, nowMs + 3_601_000, new Uint8Array(32).fill(8))).length, 0);
    assert.is((await due(SESSION, nowMs + 3_601_000)).length, 1);
    assert.is((await due(OTHER_SESSION, nowMs + 3_600_000 + 5 * 60_000)).length, 0);
    await central.base.db
      .updateTable("commands")
      .set({ expires_at: new Date(nowMs - 1) })
      .execute();
    assert.equal(
      (await list()).map((one) => one.state),
      ["unanswered"],
    );
  }));

test("of two configurations only the newest goes down, and nobody overwrites what they have not seen", () =>
  withCollector(async ({ admin, at, due, list }) => {
    const send = (body: object) => admin.send("POST", at, { kind: "set-config", yaml: YAML, reason: "the name", ...body });
    await send({});
    const stale = await send({ based_on: 0 });
    assert.equal([stale.status, ((await stale.json()) as { error: { code: string } }).error.code], [409, "changed_meanwhile"]);
    await send({ based_on: 1 });
    assert.equal(
      (await due()).map((one) => decodeSetConfig(one.args)?.revision),
      [2],
    );
    assert.equal(
      (await list()).map((one) => one.state),
      ["sent", "replaced"],
    );
  }));

test("a revision is above the one that the site runs, also when this database has forgotten it", () =>
  withCollector(async ({ central, admin, at, collector, list }) => {
    await addTestHeartbeat(central.base.db, collector.id, { config_revision: 41 });
    await admin.send("POST", at, { kind: "set-config", yaml: YAML, reason: "the name" });
    assert.is((await list())[0]!.revision, 42);
    const view = (await (await admin.get(`/api/v1/collectors/${collector.id}`)).json()) as CollectorView;
    assert.equal([view.wanted_config_revision, view.config_revision], [42, 41]);
  }));

test("a text that is no YAML, is too large or holds a secret is refused here, with its line, and nothing of it is kept", () =>
  withCollector(async ({ central, admin, at }) => {
    const refusal = async (yaml: string) => {
      const response = await admin.send("POST", at, { kind: "set-config", yaml, reason: "a try" });
      const { error } = (await response.json()) as { error: { message: string; details: { line: number } } };
      return `${response.status} ${error.details?.line} ${error.message}`;
    };
    assert.match(await refusal("a: 1\nb: [\n"), /^422 \d Line \d:/);
    assert.match(await refusal("cameras:\n  - id: x\n    password: geheim\n"), /^422 3 Line 3: cameras\[0\].password is a secret/);
    assert.match(await refusal("central: { url: 'http://x' }\n"), /^422 1 Line 1: central is set at the site only/);
    assert.match(await refusal("x".repeat(16 * 1024 + 1)), /^422 null The configuration has 16385 bytes/);
    assert.is((await central.base.db.selectFrom("commands").selectAll().execute()).length, 0);
    assert.not.match(await (await admin.get("/api/v1/audit")).text(), /geheim/);
  }));

test("so many commands wait for a site and no more", () =>
  withCollector(async ({ admin, at, due }) => {
    for (let n = 0; n < COMMANDS_WAITING_MAX; n++) assert.is((await admin.send("POST", at, { kind: "report-now" })).status, 201);
    const refused = await admin.send("POST", at, { kind: "report-now" });
    assert.equal([refused.status, refused.headers.get("retry-after")], [429, "60"]);
    assert.equal([(await due()).length, (await due()).length, (await due()).length], [16, 16, 0]);
  }));

test.run();
