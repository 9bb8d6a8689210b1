import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { COMMAND_RESULT_VERSION, encodeCommandResult } from "../../shared/log/payloads/command-result-payload.ts";
import { RECORD_KINDS } from "../../shared/log/record.ts";
import { type CommandId, hexToBytes, uuid } from "../../shared/model/ids.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { addRecord, appendOf, testLog } from "../ingest/test-collector.ts";
import { mergeAppend } from "./merge-append.ts";
import { retryProjections } from "./retry-projection.ts";
import { knownCollector, mergeDepsOf, openTestLogs } from "./test-world.ts";

test.before(loadSodium);
test.after(closeTestDb);

async function world() {
  const db = await testDb();
  const owner = await knownCollector(db);
  const log = testLog(owner, "urgent");
  await openTestLogs(db, [log]);
  const command = uuid<CommandId>(uuidv7());
  const result = { command, outcome: "rolled-back", words: "Central was not\0 reached.", configRevision: 6, detail: null } as const;
  const rid = addRecord(log, { kind: "command-result", version: COMMAND_RESULT_VERSION, fields: encodeCommandResult(result) });
  const merge = () => mergeAppend(mergeDepsOf(db), { collectorId: owner.id, append: appendOf(log, 0), direct: true });
  const rows = () => db.selectFrom("command_results").selectAll().execute();
  return { db, owner, log, command, rid, merge, rows };
}

test("what became of a command is a row of its own, once, also when central does not know the command", async () => {
  const { db, owner, command, rid, merge, rows } = await world();
  assert.equal([(await merge()).kind, (await merge()).kind], ["at", "at"]);
  const [row, ...more] = await rows();
  assert.equal(
    [more.length, row!.rid, row!.command_id, row!.collector_id, row!.outcome, row!.words, Number(row!.config_revision)],
    [0, rid, command, owner.id, "rolled-back", "Central was not\ufffd reached.", 6],
  );
  assert.equal(row!.device_key, owner.deviceKey);
  assert.is((await db.selectFrom("projection_errors").selectAll().execute()).length, 0);
});

test("an answer that came while an older release was here is shown after the upgrade", async () => {
  const { db, log, rid, merge, rows } = await world();
  await merge();
  await db.deleteFrom("command_results").execute();
  await db
    .insertInto("projection_errors")
    .values({
      log_id: hexToBytes(log.logId),
      seq: 1,
      rid,
      kind: RECORD_KINDS["command-result"],
      version: 1,
      why: "this release does not know the kind",
      at: new Date(),
      resolved_at: null,
    })
    .execute();
  assert.is(await retryProjections(mergeDepsOf(db)), 1);
  assert.equal(
    (await rows()).map((row) => row.rid),
    [rid],
  );
});

test.run();
