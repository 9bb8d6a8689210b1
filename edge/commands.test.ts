import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadEdgeConfig } from "./config.ts";
import { TRIED_AGAIN, watchInbox } from "./sync/carried-inbox.ts";
import type { ReceiptOutcome } from "./sync/take-receipt.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const COLLECTOR = "01990000-0000-7000-8000-000000000001";
const API_KEY = `alpr_${"k".repeat(43)}`;
let home: string;
test.before.each(() => {
  home = mkdtempSync(join(tmpdir(), "edge-commands-"));
});
test.after.each(() => rmSync(home, { recursive: true, force: true }));

/** As a person types it: arguments, one line on stdin. */
function edge(args: readonly string[], line: string): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--import", "tsx", MAIN, ...args, "--home", home], { stdio: "pipe" });
    const said = { out: "", err: "" };
    child.stdout.on("data", (data) => (said.out += String(data)));
    child.stderr.on("data", (data) => (said.err += String(data)));
    child.on("close", (code) => resolve({ code, ...said }));
    child.stdin.end(`${line}\n`);
  });
}
const INIT = ["init", "--central", "https://central.example.org", "--collector", COLLECTOR];

test("init, a person and a camera make a home whose secrets lie apart from its configuration", async () => {
  const init = await edge([...INIT, "--site", "Main & Maple", "--latitude", "-41.5", "--listen", "127.0.0.1:0"], API_KEY);
  assert.equal([init.code, init.err], [0, ""]);
  assert.match(init.out, /Missing: a person who can sign in/);
  assert.match(init.out, /Missing: a camera/);
  assert.is((await edge(["person", "add", "Miriam"], "246810")).code, 0);
  const added = await edge(["camera", "add", "--name", "North gate", "--adapter", "hikvision", "--mode", "push"], "camera-password");
  assert.match(added.out, /pushes to: \/push\/hikvision\//);
  assert.not.match(added.out, /cannot be read/);
  const outcome = loadEdgeConfig(home);
  if (outcome.kind === "bad") throw new Error(outcome.words);
  assert.equal(
    [outcome.config.site.name, outcome.config.site.latitude, outcome.config.cameras[0]!.name],
    ["Main & Maple", -41.5, "North gate"],
  );
  const config = readFileSync(join(home, "config/local.yaml"), "utf8");
  for (const secret of [API_KEY, "246810", "camera-password"]) assert.not.ok(config.includes(secret), secret);
  assert.is(statSync(join(home, "config/.credentials/api-key")).mode & 0o777, 0o600);
  assert.match((await edge(["camera", "list"], "")).out, /North gate {2}hikvision\/push/);
});

test("a camera of a vendor that this version cannot read is added, and that it will not run is said at once", async () => {
  assert.is((await edge(INIT, API_KEY)).code, 0);
  const added = await edge(["camera", "add", "--name", "Back door", "--adapter", "axis", "--url", "http://192.0.2.11"], "");
  assert.is(added.code, 0);
  assert.match(added.out, /Cameras of the kind "axis" cannot be read by this version/);
});

test("what is wrong is said in one sentence, with exit code 1, and nothing is written", async () => {
  const cases: [string[], string, RegExp][] = [
    [["init", "--central", "https://c.example", "--collector", "nonsense"], API_KEY, /^--collector must be the collector's id/],
    [INIT, "not-a-key", /^That is no API key/],
    [["person", "add", "Miriam"], "246810", /^There is no configuration in/],
    [["frobnicate"], "", /^There is no command "frobnicate"/],
    [["camera"], "", /^Say what to do with "camera". There are: add, list/],
    [["camera", "frobnicate"], "", /^There is no command "camera frobnicate". There are: add, list/],
    [["start", "--hmoe", "x"], "", /^"start" does not know --hmoe. It knows: --home/],
    [["--hmoe", "x"], "", /^"start" does not know --hmoe/],
    [["person", "add", "Miriam", "Cohen"], "", /^"person add" does not know "Cohen"/],
    [
      ["init", "--central", "ftp://c.example", "--collector", COLLECTOR],
      API_KEY,
      /central.url must be an http:.* \(Nothing was changed.\)/,
    ],
    [["camera", "add", "--name", "North gate"], "", /^"camera add" needs --adapter: hikvision or replay\.$/m],
    [["start"], "", /^There is no configuration in/],
  ];
  for (const [args, line, expected] of cases) {
    const { code, err } = await edge(args, line);
    assert.is(code, 1);
    assert.match(err, expected);
    assert.is(err.trim().split("\n").length, 1, err);
  }
  assert.not.ok(existsSync(join(home, "config/local.yaml")));
  assert.not.ok(existsSync(join(home, "logs")));
});

test("bundle import puts the file where the edge may write, tells that it is tried again, and then what became of it", async () => {
  const file = join(home, "site.alprdown");
  writeFileSync(file, "12345");
  const answers: ReceiptOutcome[] = [
    { kind: "refused", words: "The disk is full.", isForNow: true },
    { kind: "taken", words: "1 watchlist brought up to date." },
  ];
  const stop = watchInbox({
    folder: join(home, "data", "inbox"),
    takeReceipt: () => Promise.reject(new Error("no receipt came")),
    takeDown: async () => answers.shift()!,
    // The pause before another try passes in a second or two.
    monoMs: () => performance.now() * 20,
    log: { info: () => {}, warn: () => {} },
  });
  const said = await edge(["bundle", "import", file], "");
  await stop();
  assert.equal([said.code, said.out], [0, `The disk is full. ${TRIED_AGAIN}\n1 watchlist brought up to date.\n`]);
});

test.run();
