// runner: timeout 180 s
// Five real starts of the program, each with its embedded database.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), "central-commands-"));
test.after(() => rmSync(dataDir, { recursive: true, force: true }));

/** As a person types it: words, one line on stdin, settings in the environment. */
function central(
  words: readonly string[],
  line = "",
  settings: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH, CHAVERIM_DATA_DIR: dataDir, ...settings };
    const child = spawn(process.execPath, ["--import", "tsx", MAIN, ...words], { stdio: "pipe", env });
    const said = { out: "", err: "" };
    child.stdout.on("data", (data) => (said.out += String(data)));
    child.stderr.on("data", (data) => (said.err += String(data)));
    child.on("close", (code) => resolve({ code, ...said }));
    child.stdin.end(`${line}\n`);
  });
}

test("words that central does not know are named, the ones it knows follow, and no database is made", async () => {
  for (const [words, sentence] of [
    [["frobnicate"], 'There is no command "frobnicate".'],
    [["collector", "list"], 'There is no command "collector list".'],
    [["collector", "add", "--name", "Oak"], 'There is no option "--name".'],
  ] as const) {
    const { code, err, out } = await central(words);
    assert.is(code, 1);
    assert.is(err.split("\n")[0], sentence);
    assert.match(err, /npm run central -- collector add NAME/);
    assert.is(out, "");
  }
  const misspelt = await central([], "", { CHAVERIM_LISTN: "1" });
  assert.equal([misspelt.code, misspelt.err], [1, "CHAVERIM_LISTN: there is no such setting\n"]);
  assert.not.ok(existsSync(join(dataDir, "central")));
});

test("a collector and a person are added at the console; what cannot be is one sentence", async () => {
  const added = await central(["collector", "add", "Main & Maple"]);
  assert.is(added.code, 0, added.err);
  assert.match(added.out, /API key \(shown once\): alpr_/);
  const user = ["user", "add", "dina@example.org", "Dina", "operator"];
  const short = await central(user, "short");
  assert.equal([short.code, short.err], [1, "The password needs at least 8 characters.\n"]);
  assert.is((await central(user, "correct horse")).out, "dina@example.org can sign in as operator.\n");
});

test("a file that is no bundle is refused in one sentence, and the database counts as closed in good order", async () => {
  const file = join(dataDir, "holiday.alprbundle");
  writeFileSync(file, "pictures of the sea ".repeat(100));
  const { code, err } = await central(["bundle", "import", file]);
  assert.is(code, 1);
  assert.match(err, /not a bundle|no bundle/i);
  assert.is(JSON.parse(readFileSync(join(dataDir, "central.life"), "utf8")).clean, true);
});

test.run();
