/** The simulated queue of commands against the one in SQL: the same commands, results and questions, the same answers. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { insertCommand, takeDueCommands, wantRevision } from "../../../central/collectors/command-rows.ts";
import { closeTestDb, testDb } from "../../../central/db/test-db.ts";
import { insertCommandResults } from "../../../central/merge/fact-rows.ts";
import { registerCollector } from "../../../central/merge/test-world.ts";
import { bytesToHex, type CollectorId, type CommandId, type Rid, type SessionId, uuid } from "../../../shared/model/ids.ts";
import type { Command } from "../../../shared/protocol/frames.ts";
import { seededRandom } from "../../demo/town/seeded-random.ts";
import { CentralCommands, type KeptResult } from "./central-commands.ts";

test.after(closeTestDb);

const COLLECTOR = uuid<CollectorId>("01990000-0000-7000-8000-000000000001");
const SEED = "a queue of commands";
const START_MS = Date.UTC(2026, 10, 23);
const KEYS = [1, 2].map((byte) => new Uint8Array(32).fill(byte));
const SESSIONS = ["a", "b"].map((digit) => digit.repeat(32) as SessionId);
const idOf = (kind: string, nth: number): string => `01990000-0000-7000-${kind}000-${nth.toString(16).padStart(12, "0")}`;

test("the queue of commands in memory gives what the one in SQL gives", async () => {
  const db = await testDb();
  await registerCollector(db, COLLECTOR);
  const first_seen_at = new Date(START_MS);
  const unnamed = { collector_id: COLLECTOR, api_key_id: null, first_seen_at, confirmed_at: null, confirmed_by: null };
  for (const [nth, device_key] of KEYS.entries())
    await db
      .insertInto("collector_keys")
      .values({ ...unnamed, device_key, confirmed: nth === 0 })
      .execute();
  const isConfirmed = (key: string): boolean => key === bytesToHex(KEYS[0]!);
  const random = seededRandom(SEED);
  const memory = new CentralCommands();
  const made: Command[] = [];
  let nowMs = START_MS;
  let given = 0;
  for (let step = 0; step < 200; step++) {
    nowMs += random.whole(0, 15_000);
    const what = random.pick(["make", "result", "ask", "ask", "ask"] as const);
    if (what === "make") {
      const revision = random.chance(0.4) ? (memory.wanted.get(COLLECTOR) ?? 0) + 1 : null;
      const command = commandOf(made.length, revision, nowMs, random.whole(0, 60_000), random.whole(-20_000, 40_000));
      made.push(command);
      memory.add({ collectorId: COLLECTOR, command, revision, madeMs: nowMs, sent: null });
      const by = { id: null, name: "dispatcher" };
      await db.transaction().execute(async (tx) => {
        await insertCommand(tx, { collectorId: COLLECTOR, command, revision, reason: "", by, atMs: nowMs });
        if (revision !== null) await wantRevision(tx, COLLECTOR, revision);
      });
    } else if (what === "result" && made.length > 0) {
      const key = random.pick(KEYS);
      const one = resultOf(random.pick(made).id, step, key);
      memory.results.push(one);
      const owner = { collectorId: COLLECTOR, deviceKey: key, receivedMs: nowMs };
      await db.transaction().execute((tx) => insertCommandResults(tx, [one], owner as never));
    } else {
      const [deviceKey, session] = [random.pick([KEYS[0]!, KEYS[0]!, KEYS[1]!]), random.pick(SESSIONS)];
      const inSql = await takeDueCommands(db, { collectorId: COLLECTOR, deviceKey, session }, nowMs);
      const here = memory.takeDue({ collectorId: COLLECTOR, deviceKey: bytesToHex(deviceKey), session }, nowMs, isConfirmed);
      assert.equal(
        here.map((one) => one.id),
        inSql.map((one) => one.id),
        `step ${step} of "${SEED}"`,
      );
      given += here.length;
    }
  }
  assert.ok(given > 20, `${given} commands were given`);
});

function commandOf(nth: number, revision: number | null, nowMs: number, livesMs: number, notBeforeMs: number): Command {
  return {
    type: "command",
    id: uuid<CommandId>(idOf("f", nth)),
    kind: revision === null ? "report-now" : "set-config",
    args: new Uint8Array(),
    notBeforeMs: notBeforeMs < 0 ? 0 : nowMs + notBeforeMs,
    expiresMs: nowMs + livesMs,
    signature: new Uint8Array(64),
  };
}

function resultOf(command: CommandId, step: number, deviceKey: Uint8Array): KeptResult {
  const result = { command, outcome: "done", words: "", configRevision: 0, detail: null } as const;
  return { rid: uuid<Rid>(idOf("e", step)), result, collectorId: COLLECTOR, deviceKey: bytesToHex(deviceKey) };
}

test.run();
