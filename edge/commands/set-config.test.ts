import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type CommandId, uuid } from "../../shared/model/ids.ts";
import { encodeSetConfig } from "../../shared/protocol/command-args.ts";
import { type CentralLayer, digestOf, openCentralLayer } from "../config/central-layer.ts";
import type { Answer } from "./command-answer.ts";
import { type CommandStep, driveSteps } from "./command-steps.ts";
import { makeConfigTrial, TRIAL_MS } from "./set-config.ts";

const ID = uuid<CommandId>("01999999-0000-7000-8000-00000000c0de");
const COLLECTOR = "01990000-0000-7000-8000-000000000001";
const named = (name: string) => `site: { name: ${name} }\n`;

let home: string;
test.before.each(() => {
  home = mkdtempSync(join(tmpdir(), "edge-trial-"));
  mkdirSync(join(home, "config"));
  writeFileSync(join(home, "config/local.yaml"), `collector_id: ${COLLECTOR}\n`);
});
test.after.each(() => rmSync(home, { recursive: true, force: true }));

const stands = () => readFileSync(join(home, "config/central.yaml"), "utf8");

/** A real folder of configuration, timers that the test lets go, and a program that takes the files over or says why not. */
function world(layer: CentralLayer = openCentralLayer(home), line: "line" | "no-line" = "line") {
  const timers: { ms: number; act: () => void; on: boolean }[] = [];
  const answers: Answer[] = [];
  const events: string[] = [];
  const program = { trouble: null as string | null };
  const reload = (): string | null => {
    events.push("reload");
    return layer.revision() === 0 || stands().includes("good") ? null : program.trouble;
  };
  const answerStep = async (step: CommandStep) => (step.ask === "reload" ? reload() : void events.push("on trial"));
  const trial = makeConfigTrial({
    layer,
    digestOf,
    run: (steps) => void driveSteps(steps, answerStep),
    waitsForStart: () => ["batch"],
    beat: () => void events.push("beat"),
    after: (ms, act) => {
      const timer = { ms, act, on: true };
      timers.push(timer);
      return () => {
        timer.on = false;
      };
    },
    monoMs: () => 1_000,
  });
  if (line === "line") trial.centralHeard();
  const finish = (answer: Answer) => void answers.push(answer);
  const beginWith = (args: Uint8Array) => driveSteps(trial.begin(ID, args, finish), answerStep);
  const begin = async (revision: number, yaml: string) => {
    const answer = await beginWith(encodeSetConfig({ revision, yaml }));
    if (answer !== "later") answers.push(answer);
  };
  const wait = async () => {
    for (const timer of timers.filter((one) => one.on)) timer.act();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { layer, trial, begin, beginWith, finish, wait, timers, answers, events, program };
}

test("it is durable that a trial begins before the file changes, and the answer waits for central", async () => {
  const { begin, trial, answers, events, timers, layer } = world();
  await begin(7, named("good"));
  assert.equal([events, answers, timers.map((one) => one.ms)], [["on trial", "reload", "beat"], [], [TRIAL_MS]]);
  trial.centralHeard();
  trial.centralHeard();
  assert.equal(
    answers.map((one) => [one.outcome, one.words]),
    [["done", "Revision 7 is in force. Of it, batch takes effect when the edge is started the next time."]],
  );
  assert.equal([layer.revision(), timers[0]!.on, existsSync(join(home, "config/central.trial"))], [7, false, false]);
});

test("a disk that is full when the trial ends is tried again until the configuration before is back", async () => {
  const real = openCentralLayer(home);
  let isFull = true;
  const putBack = () => {
    if (isFull) throw new Error("ENOSPC: no space left on device");
    real.putBack();
  };
  const { begin, wait, answers, timers, layer } = world({ ...real, putBack });
  await begin(7, named("good"));
  await wait();
  assert.equal([answers, layer.revision(), timers.length], [[], 7, 2]);
  isFull = false;
  await wait();
  assert.equal([answers[0]!.outcome, layer.revision()], ["rolled-back", 0]);
});

test("central is not heard for ten minutes: the one before it is in force again, and the answer says so", async () => {
  const { begin, trial, wait, answers, layer } = world();
  await begin(6, named("good"));
  trial.centralHeard();
  const before = stands();
  await begin(7, named("good too"));
  await wait();
  assert.equal([answers[1]!.outcome, layer.revision(), stands()], ["rolled-back", 6, before]);
  assert.match(answers[1]!.words, /Revision 7 was in force, and central was not reached for 10 minutes/);
  trial.centralHeard();
  assert.is(answers.length, 2);
});

test("the first one taken back leaves an empty layer, which says nothing", async () => {
  const { begin, wait, layer } = world();
  await begin(1, named("good"));
  await wait();
  assert.equal([layer.revision(), stands(), layer.check(named("x"))], [0, "", null]);
});

test("what the running program cannot take over is taken back at once", async () => {
  const { begin, answers, program, layer, timers } = world();
  program.trouble = "web.listen: 192.0.2.1:80 is not here.";
  await begin(7, named("bad"));
  assert.equal([answers[0]!.outcome, layer.revision(), timers.length], ["refused", 0, 0]);
  assert.match(answers[0]!.words, /^web.listen: 192.0.2.1:80 is not here. The configuration before it is in force again/);
});

test("what does not pass the check, is older, or is another of the same revision changes nothing", async () => {
  const { begin, trial, answers, events } = world();
  await begin(7, named("good"));
  trial.centralHeard();
  events.length = 0;
  const before = stands();
  await begin(8, "site:\n  nme: x\n");
  await begin(8, "cameras:\n  - { id: 01990000-0000-7000-8000-0000000000c1, name: N, adapter: hikvision, mode: push }\n");
  await begin(8, "cameras:\n  - password: x\n");
  await begin(6, named("good"));
  await begin(7, named("other"));
  await begin(7, named("good"));
  assert.equal(
    answers.slice(1).map((one) => one.outcome),
    ["refused", "refused", "refused", "refused", "refused", "done"],
  );
  assert.match(answers[1]!.words, /^config\/central.yaml, line 2: site.nme is not a known key. Nothing was changed/);
  assert.match(answers[2]!.words, /push_secret is missing/);
  assert.match(answers[3]!.words, /line 2: cameras\[0\].password is a secret/);
  assert.equal([stands(), events], [before, []]);
});

test("a text that does not match its digest is refused", async () => {
  const { beginWith } = world();
  const args = encodeSetConfig({ revision: 1, yaml: named("good") });
  args[args.length - 2]! ^= 1;
  const answer = await beginWith(args);
  assert.match(answer === "later" ? "" : answer.words, /does not match its digest/);
});

test("a program that starts again during a trial goes on with it; the third start takes it back", async () => {
  const first = world();
  await first.begin(7, named("good"));
  assert.is(openCentralLayer(home).noteStart(), 1);
  const second = world();
  assert.is(second.trial.resume(7, second.finish), "later");
  assert.equal([second.events, second.timers[0]!.ms], [["beat"], TRIAL_MS]);
  assert.equal([openCentralLayer(home).noteStart(), openCentralLayer(home).noteStart()], [2, 3]);
  openCentralLayer(home).putBack();
  assert.is(openCentralLayer(home).noteStart(), 0);
  const third = world();
  const answer = third.trial.resume(7, third.finish);
  assert.equal([answer === "later" ? answer : answer.outcome, third.timers.length], ["rolled-back", 0]);
});

test("a file that somebody changed at the site counts as no revision of central's", async () => {
  const { begin, trial, layer } = world();
  await begin(7, named("good"));
  trial.centralHeard();
  writeFileSync(join(home, "config/central.yaml"), `${stands()}web: { listen: "127.0.0.1:1" }\n`);
  assert.equal([layer.revision(), layer.digest()], [0, null]);
});

test("one that was carried to a site without a line is in force when it has run for the 10 minutes, also across a start", async () => {
  const first = world(openCentralLayer(home), "no-line");
  await first.begin(7, named("good"));
  await first.wait();
  assert.equal([first.answers.map((one) => one.outcome), first.layer.revision()], [["done"], 7]);

  const second = world(openCentralLayer(home), "no-line");
  await second.begin(8, named("good too"));
  assert.is(openCentralLayer(home).noteStart(), 1);
  const restarted = world(openCentralLayer(home), "no-line");
  await restarted.trial.resume(8, restarted.finish);
  await restarted.wait();
  assert.equal([restarted.answers.map((one) => one.outcome), restarted.layer.revision()], [["done"], 8]);
});

test.run();
