import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startCentral } from "./app.ts";
import { runCommand } from "./commands.ts";
import { readConfig } from "./config.ts";

const env = (folder: string, more: Record<string, string> = {}) =>
  readConfig({ CHAVERIM_DATA_DIR: folder, CHAVERIM_LISTEN: "127.0.0.1:0", CHAVERIM_LOG_LEVEL: "silent", ...more });

test("a first start on an empty folder prints one set-up link, keeps its key private, and starts again as the same central", async () => {
  const folder = mkdtempSync(join(tmpdir(), "chaverim-app-"));
  const lines: string[] = [];
  const first = await startCentral(env(folder), (line) => lines.push(line));
  assert.ok(
    lines.some((line) => /First administrator: open http:\/\/127\.0\.0\.1:\d+\/setup#\S+ \(works once, for 30 minutes\)/.test(line)),
  );
  assert.is(statSync(join(folder, "secret-key")).mode & 0o777, 0o600);
  const answer = await fetch(`${first.url}/readyz`);
  assert.is(answer.status, 200, await answer.text());
  const key = first.foundation.keys.signing.publicKey;
  await first.stop();

  const second = await startCentral(env(folder), () => undefined);
  assert.equal(second.foundation.keys.signing.publicKey, key);
  const lives = await second.foundation.db.selectFrom("central_life").selectAll().execute();
  assert.is(lives.length, 1, "an orderly end begins no new life");
  try {
    await startCentral(env(folder), () => undefined);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /^CHAVERIM_DATABASE_URL: another central is running on this folder/);
  }
  await second.stop();

  try {
    await startCentral(env(folder, { CHAVERIM_SECRET_KEY: "ab".repeat(32) }), () => undefined);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /^CHAVERIM_SECRET_KEY: this is not the key/);
  }
  rmSync(folder, { recursive: true });
});

test("a port in use stops the start with a sentence that names the setting, and nothing is left running", async () => {
  const folder = mkdtempSync(join(tmpdir(), "chaverim-app-"));
  const blocker = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => blocker.once("listening", done));
  const { port } = blocker.address() as { port: number };
  try {
    await startCentral(env(folder, { CHAVERIM_LISTEN: `127.0.0.1:${port}` }), () => undefined);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /^CHAVERIM_LISTEN: port \d+ is in use/);
  }
  blocker.close();
  rmSync(folder, { recursive: true });
});

test("a database that is not there stops the start with a sentence", async () => {
  const folder = mkdtempSync(join(tmpdir(), "chaverim-app-"));
  try {
    await startCentral(env(folder, { CHAVERIM_DATABASE_URL: "postgres://nobody:secret@127.0.0.1:1/none" }), () => undefined);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /^CHAVERIM_DATABASE_URL: the database does not answer \(ECONNREFUSED\)/);
    assert.not.match((error as Error).message, /secret/);
  }
  rmSync(folder, { recursive: true });
});

test("a folder that is none stops the start with a sentence that names the setting", async () => {
  const folder = mkdtempSync(join(tmpdir(), "chaverim-app-"));
  const file = join(folder, "file");
  writeFileSync(file, "");
  for (const [more, words] of [
    [{ CHAVERIM_DATA_DIR: file }, /^CHAVERIM_DATA_DIR: the folder .* cannot be made \(EEXIST\)/],
    [{ CHAVERIM_DATABASE_URL: `pglite:${file}` }, /^CHAVERIM_DATABASE_URL: the folder .* cannot be used \(EEXIST\)/],
  ] as const) {
    const outcome = await startCentral(env(folder, more), () => undefined).catch((error: Error) => error.message);
    assert.match(String(outcome), words);
  }
  rmSync(folder, { recursive: true });
});

test("words that no command knows make nothing: not even a collector with such a name", async () => {
  const folder = mkdtempSync(join(tmpdir(), "chaverim-app-"));
  const data = join(folder, "data");
  for (const words of [["collector", "add", "--nmae"], ["collector", "add", "-x"], ["frobnicate"], ["--listen", "x"]]) {
    const outcome = await runCommand(words, env(data)).catch((error: Error) => error.message);
    assert.match(String(outcome), /^There is no (command|option) .*\nUsage:/);
  }
  assert.not.ok(existsSync(data));
  rmSync(folder, { recursive: true });
});

test.run();
