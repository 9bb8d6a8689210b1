import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodeCommandResult } from "../../shared/log/payloads/command-result-payload.ts";
import { decodeTail, kindOfNumber, SALT_BYTES } from "../../shared/log/record.ts";
import { type CommandId, uuid } from "../../shared/model/ids.ts";
import { COMMAND_KEPT_MS } from "../../shared/protocol/judge-command.ts";
import { COMMANDS_HELD_MAX, type TakenCommand } from "./take-command.ts";
import { makeTestStore, START_MS, type TestStore } from "./test-store.ts";

let made: TestStore;
test.before.each(async () => {
  made = await makeTestStore();
});
test.after.each(() => made.remove());

const idOf = (n: number): CommandId => uuid(`01999999-0000-7000-8000-${n.toString(16).padStart(12, "0")}`);
const ID = idOf(1);
const command = (changes: Partial<TakenCommand> = {}): TakenCommand => ({
  id: ID,
  kind: "report-now",
  notBeforeMs: 0,
  expiresMs: START_MS + 60_000,
  ...changes,
});
const take = (one = command()) => made.store.verb("takeCommand", one, 3, made.now());
const finish = (id = ID) =>
  made.store.verb("finishCommand", { command: id, outcome: "done", words: "done", configRevision: 3, detail: null }, made.now());
/** Every answer in the log, in order. */
function answers() {
  const log = made.rows.logs.activeLogs().find((one) => one.class === "urgent")!;
  return Array.from({ length: log.head.next }, (_, seq) => made.rows.logs.recordAt(log.n, seq)!).flatMap(({ tail, payload }) =>
    kindOfNumber(decodeTail(tail)!.kind) === "command-result" ? [decodeCommandResult(payload!.subarray(SALT_BYTES))!] : [],
  );
}

test("a command runs once, whatever comes again, also after its answer and after a restart", () => {
  assert.equal([take(), take()], ["run", "known"]);
  made = made.reopen();
  assert.is(take(), "known");
  finish();
  assert.is(take(), "known");
  finish();
  assert.equal(
    answers().map((one) => [one.command, one.outcome, one.configRevision]),
    [[ID, "done", 3]],
  );
});

test("power lost after the id was written and before the answer: it stands open at the next start and cannot run again", () => {
  take();
  made = made.reopen();
  assert.equal(
    made.rows.commands.open().map((one) => [one.id, one.state]),
    [[ID, "running"]],
  );
  assert.is(take(), "known");
});

test("power lost before the id was written: nothing ran, and it may run when it comes again", () => {
  made.store.db.exec("create trigger lost before insert on commands begin select raise(abort, 'power'); end");
  assert.throws(() => take());
  made.store.db.exec("drop trigger lost");
  made = made.reopen();
  assert.equal([made.rows.commands.open(), take()], [[], "run"]);
});

test("an answer and its mark are one commit: without the record the command stays open, and the chain has no hole", () => {
  take();
  made.store.db.exec("create trigger lost before update on commands begin select raise(abort, 'power'); end");
  assert.throws(() => finish());
  made.store.db.exec("drop trigger lost");
  assert.equal([answers().length, made.rows.commands.open().length], [0, 1]);
  finish();
  assert.equal([answers().length, made.rows.commands.open().length], [1, 0]);
});

test("an expired command never runs and says so once; one without a known time is refused; an early one waits", () => {
  assert.is(take(command({ expiresMs: START_MS })), "refused");
  assert.is(take(command({ expiresMs: START_MS })), "known");
  assert.is(take(command({ id: idOf(2), notBeforeMs: START_MS + 1 })), "too-early");
  made.clock.wallMs += 1;
  assert.is(take(command({ id: idOf(2), notBeforeMs: START_MS + 1 })), "run");
  made.clock.clockQuality = 1;
  assert.is(take(command({ id: idOf(3) })), "refused");
  assert.equal(
    answers().map((one) => one.outcome),
    ["expired", "refused"],
  );
});

test("an id is forgotten a day after expiry, not before central has its answer, and what comes after that is dropped unread", () => {
  take();
  finish();
  const log = made.rows.logs.activeLogs().find((one) => one.class === "urgent")!;
  made.clock.wallMs = START_MS + 60_000 + COMMAND_KEPT_MS + 1;
  made.store.verb("forgetOld", made.now());
  assert.is(made.rows.commands.count(), 1);
  made.store.verb("noteAcknowledged", log.logId, log.head.next, 0);
  made.clock.wallMs -= 2;
  made.store.verb("forgetOld", made.now());
  assert.is(made.rows.commands.count(), 1);
  made.clock.wallMs += 2;
  made.store.verb("forgetOld", made.now());
  assert.is(made.rows.commands.count(), 0);
  assert.is(take(), "stale");
  assert.equal([made.rows.commands.count(), answers().length], [0, 1]);
});

test("one that is open is never forgotten, and there is an end to how many are remembered", () => {
  made.store.run(
    Array.from({ length: COMMANDS_HELD_MAX }, (_, n) => ({ verb: "takeCommand", args: [command({ id: idOf(n) }), 0, made.now()] })),
  );
  assert.is(take(command({ id: idOf(5_000) })), "full");
  made.clock.wallMs += 400 * 24 * 3_600_000;
  made.store.verb("forgetOld", made.now());
  assert.is(made.rows.commands.count(), COMMANDS_HELD_MAX);
});

test.run();
