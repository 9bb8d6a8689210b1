import { setImmediate as turn } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CommandResult } from "../../shared/log/payloads/command-result-payload.ts";
import { type CommandId, uuid } from "../../shared/model/ids.ts";
import type { Command } from "../../shared/protocol/frames.ts";
import { makeTestStore, START_MS, type TestStore } from "../log/test-store.ts";
import { makeCommandRunner, type StepDeps } from "./run-commands.ts";

let made: TestStore;
test.before.each(async () => {
  made = await makeTestStore();
});
test.after.each(() => made.remove());

const idOf = (n: number): CommandId => uuid(`01999999-0000-7000-8000-${n.toString(16).padStart(12, "0")}`);
const command = (n: number, kind = "report-now"): Command => ({
  type: "command",
  id: idOf(n),
  kind,
  args: new Uint8Array(),
  notBeforeMs: 0,
  expiresMs: START_MS + 60_000,
  signature: new Uint8Array(64),
});

/** Over the real store; `report` is what the site does when asked. */
function runner(report: () => void = () => {}, more: Partial<StepDeps> = {}) {
  const answers: CommandResult[] = [];
  const later: (() => void)[] = [];
  const resumed: number[] = [];
  const commands = makeCommandRunner({
    steps: {
      take: async (one, revision) => made.store.verb("takeCommand", one, revision, made.now()),
      putOnTrial: async () => {},
      reload: async () => null,
      finish: async (result) => {
        made.store.verb("finishCommand", result, made.now());
        answers.push(result);
      },
      ...more,
    },
    open: () => made.rows.commands.open(),
    configRevision: () => 5,
    reportNow: () => {
      report();
      return { outcome: "done", words: "all is well", detail: null };
    },
    config: {
      *begin() {
        yield { ask: "reload" };
        return "later";
      },
      resume: (revision) => {
        resumed.push(revision);
        return "later";
      },
    },
    after: (_ms, act) => {
      later.push(act);
      return () => {};
    },
    log: { info: () => {}, warn: () => {} },
  });
  return { commands, answers, later, resumed };
}

test("commands that come before everything stands wait; each runs once, in order", async () => {
  let ran = 0;
  const { commands, answers } = runner(() => {
    ran += 1;
  });
  for (const n of [1, 2, 1, 2]) commands.receive(command(n));
  await turn();
  assert.is(ran, 0);
  commands.begin();
  await commands.settled();
  assert.equal([ran, answers.map((one) => [one.command, one.configRevision])], [2, [idOf(1), idOf(2)].map((id) => [id, 5])]);
});

test("the program ended while a command ran: the next start says that it may have run, and it is not repeated", async () => {
  const first = runner(() => {}, { finish: () => new Promise(() => {}) });
  first.commands.begin();
  first.commands.receive(command(1));
  await turn();
  made = made.reopen();
  let ran = 0;
  const second = runner(() => {
    ran += 1;
  });
  await second.commands.resume();
  second.commands.begin();
  second.commands.receive(command(1));
  await second.commands.settled();
  assert.equal([ran, second.answers.map((one) => one.outcome)], [0, ["unknown"]]);
  assert.match(second.answers[0]!.words, /may have run; it is not repeated/);
});

test("a configuration that was on trial goes on being tried", async () => {
  made.store.verb("takeCommand", command(1, "set-config"), 5, made.now());
  made.store.verb("putOnTrial", idOf(1), 7);
  made = made.reopen();
  const { commands, answers, resumed } = runner();
  await commands.resume();
  assert.equal([resumed, answers], [[7], []]);
});

test("a kind of a later release is refused in words, a bug in one command stops no other", async () => {
  let fails = true;
  const { commands, answers } = runner(() => {
    if (fails) throw new Error("a bug");
  });
  commands.begin();
  commands.receive(command(1, "restart"));
  commands.receive(command(2));
  await commands.settled();
  fails = false;
  commands.receive(command(3));
  await commands.settled();
  assert.equal(
    answers.map((one) => one.outcome),
    ["refused", "unknown", "done"],
  );
});

test("an answer that the disk does not take is tried again; a store that takes no command runs none", async () => {
  let isFull = true;
  const full = () => {
    if (isFull) throw new Error("The disk is full.");
  };
  const stored: CommandResult[] = [];
  const { commands, later } = runner(() => {}, {
    finish: async (result) => {
      full();
      stored.push(result);
    },
  });
  commands.begin();
  commands.receive(command(1));
  await commands.settled();
  isFull = false;
  later[0]!();
  await turn();
  assert.is(stored.length, 1);
  let ran = 0;
  const dead = runner(
    () => {
      ran += 1;
    },
    { take: () => Promise.reject(new Error("The disk is full.")) },
  );
  dead.commands.begin();
  dead.commands.receive(command(2));
  await dead.commands.settled();
  assert.is(ran, 0);
});

test.run();
