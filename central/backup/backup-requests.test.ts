import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { answerRequests, askRunning, clearRequests } from "./backup-requests.ts";

const ID = "0199aaaa-0000-7000-8000-000000000001";
const dataDir = mkdtempSync(join(tmpdir(), "central-requests-"));
test.before.each(() => clearRequests(dataDir));
test.after(() => rmSync(dataDir, { recursive: true, force: true }));

const said = (asked: Promise<unknown>): Promise<unknown> => asked.catch((error: Error) => error.message);

test("what the running central did, and what it refused, is told to who asked", async () => {
  for (const [does, expected] of [
    [async () => ({ done: 1 }), { done: 1 }],
    [async () => Promise.reject(new Error("The folder is not empty.")), "The folder is not empty."],
  ] as const) {
    const asked = said(askRunning(dataDir, ID, { kind: "backup", dir: "/backups/1" }));
    await answerRequests(dataDir, does);
    assert.equal(await asked, expected);
  }
});

test("a central that is started anew in the middle leaves nobody waiting", async () => {
  const asked = said(askRunning(dataDir, ID, { kind: "backup", dir: "/backups/1" }));
  void answerRequests(dataDir, () => new Promise(() => undefined));
  clearRequests(dataDir);
  const outcome = await Promise.race([asked, delay(5_000, "still waiting", { ref: false })]);
  assert.match(String(outcome), /started anew/);
});

test.run();
