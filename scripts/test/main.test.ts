import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

/** The runner is tested from outside, on small files that are good or bad in one way each. */
const FIXTURES = path.join(import.meta.dirname, "fixtures");
const COMMAND = ["--import", "tsx", path.join(import.meta.dirname, "main.ts"), "--root", FIXTURES];

function npmTest(names: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { CHAVERIM_NO_SKIP: _, ...inherited } = process.env;
  const ran = spawnSync(process.execPath, [...COMMAND, ...names.map((name) => `${name}.test.ts`)], {
    encoding: "utf8",
    env: { ...inherited, ...env },
  });
  return { code: ran.status, output: ran.stdout, lastLine: ran.stdout.trimEnd().split("\n").at(-1) };
}

function runs(commandLine: string): boolean {
  return fs
    .readdirSync("/proc")
    .filter((id) => /^\d+$/.test(id))
    .some((id) => {
      try {
        return fs.readFileSync(`/proc/${id}/cmdline`, "utf8").split("\0").join(" ").trim() === commandLine;
      } catch {
        return false;
      }
    });
}

test("a green run ends with its totals and 0", () => {
  const { code, output, lastLine } = npmTest(["passes", "sees-environment"], { CHAVERIM_LISTEN: "0.0.0.0:1" });
  assert.is(lastLine, "3 passed, 0 failed, 0 skipped");
  assert.is(code, 0);
  assert.match(output, /ok {4}passes\.test\.ts {2}2 passed {2}\d+ ms/);
});

test("a failed test fails the run, and its output is shown", () => {
  const { code, output, lastLine } = npmTest(["passes", "fails"]);
  assert.is(lastLine, "3 passed, 1 failed, 0 skipped");
  assert.is(code, 1);
  assert.match(output, "the sum is wrong");
  assert.match(output, /failed:\n {2}fails\.test\.ts/);
});

test("a file that never calls .run() fails", () => {
  const { code, output, lastLine } = npmTest(["passes", "no-run"]);
  assert.is(lastLine, "2 passed, 1 failed, 0 skipped");
  assert.is(code, 1);
  assert.match(output, "never calls .run()");
});

test("a file without a test, one that crashes and ones that end at a wrong moment fail", () => {
  const { code, output, lastLine } = npmTest(["no-test", "crashes", "exits-early", "exits-late"]);
  assert.is(lastLine, "1 passed, 4 failed, 0 skipped");
  assert.is(code, 1);
  assert.match(output, "holds no test");
  assert.match(output, "broken on the way in");
  assert.match(output, "before its tests were counted");
  assert.match(output, "it ended with 7");
});

test("a test that waits for ever is called hanging, and its children end with it", () => {
  const { code, output, lastLine } = npmTest(["hangs-inside"]);
  assert.is(lastLine, "0 passed, 1 failed, 0 skipped");
  assert.is(code, 1);
  assert.match(output, "hangs (in a test); killed after 2 s");
  assert.match(output, "about to wait");
  assert.not(runs("sleep 61.25"));
});

test("a file that passes but does not end is called hanging too", () => {
  const { code, output, lastLine } = npmTest(["hangs-after"]);
  assert.is(lastLine, "1 passed, 1 failed, 0 skipped");
  assert.is(code, 1);
  assert.match(output, "something is still open");
});

test("a file that leaves a process running fails, and the process is ended", () => {
  const { code, output, lastLine } = npmTest(["leaves-process"]);
  assert.is(lastLine, "1 passed, 1 failed, 0 skipped");
  assert.is(code, 1);
  assert.match(output, "left running: sleep");
  assert.not(runs("sleep 61.75"));
});

test("a skip is counted with its reason, one without a reason fails, and CHAVERIM_NO_SKIP=1 allows none", () => {
  const allowed = npmTest(["skips"]);
  assert.is(allowed.lastLine, "1 passed, 0 failed, 1 skipped");
  assert.is(allowed.code, 0);
  assert.match(allowed.output, "skip: there is no camera on this machine");
  assert.is(npmTest(["skips-silently"]).code, 1);
  const refused = npmTest(["skips"], { CHAVERIM_NO_SKIP: "1" });
  assert.is(refused.lastLine, "1 passed, 1 failed, 0 skipped");
  assert.is(refused.code, 1);
});

test("a run in which no test ran fails", () => {
  const { code, lastLine } = npmTest(["nothing-is-called-so"]);
  assert.is(lastLine, "0 passed, 0 failed, 0 skipped");
  assert.is(code, 1);
});

test("Ctrl-C ends the tests, says so and leaves no temporary folder", async () => {
  const temp = fs.mkdtempSync(path.join(os.tmpdir(), "chaverim-interrupt-"));
  const child = spawn(process.execPath, [...COMMAND, "hangs-inside", "passes"], { env: { ...process.env, TMPDIR: temp } });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  while (!runs("sleep 61.25")) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill("SIGINT");
  const code = await new Promise((resolve) => child.once("close", resolve));
  assert.is(code, 130);
  assert.match(output, "interrupted: not everything ran");
  assert.not(runs("sleep 61.25"));
  assert.equal(
    fs.readdirSync(temp).filter((name) => name.startsWith("chaverim-")),
    [],
  );
  fs.rmSync(temp, { recursive: true, force: true });
});

test.run();
