import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chainItems, EMPTY_LOG } from "../../shared/log/chain.ts";
import { bytesToHex } from "../../shared/model/ids.ts";
import { makeTestStore, numberOfPlate, type TestStore } from "./test-store.ts";

const KILLS = 5;
const APPENDER = fileURLToPath(new URL("./test-appender.ts", import.meta.url));

/** Runs the appender until it has answered a few, kills it at a random moment after that, and answers the numbers it was answered. */
function appendAndKill(world: TestStore, from: number, afterMs: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", APPENDER, world.home, bytesToHex(world.seed), String(from)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    let timer: NodeJS.Timeout | undefined;
    child.stdout.on("data", (data) => {
      text += String(data);
      timer ??= setTimeout(() => child.kill("SIGKILL"), afterMs);
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      // A line that the kill cut short was not heard by anybody.
      const whole = text.slice(0, text.lastIndexOf("\n") + 1);
      if (signal === "SIGKILL") resolve(whole.split("\n").filter(Boolean).map(Number));
      else reject(new Error(`the appender ended by itself with ${code}`));
    });
  });
}

test("T-71 kill -9 at random moments: no answered detection is lost, none is doubled, the chain holds", async () => {
  let world = await makeTestStore();
  world.store.close();
  const answered = new Set<number>();
  let from = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const numbers = await appendAndKill(world, from, Math.random() * 200);
    for (const number of numbers) answered.add(number);
    // The cameras repeat everything from the first message that was not answered.
    while (answered.has(from)) from++;
  }
  world.db.close();
  const { home, clock, seed } = world;
  world = await makeTestStore({ home, clock, seed });
  const plates = world.db.prepare("select plate from detections").pluck().all() as string[];
  const numbers = plates.map(numberOfPlate);
  assert.is(new Set(numbers).size, numbers.length, "a message stands twice");
  const held = new Set(numbers);
  assert.equal(
    [...answered].filter((number) => !held.has(number)),
    [],
    "answered and gone",
  );
  assert.ok(answered.size > KILLS);
  for (const log of world.rows.logs.activeLogs()) {
    const items = [...world.rows.logs.itemsFrom(log.n, 0, 1_000_000)];
    const chained = chainItems(log.logId, EMPTY_LOG, items);
    assert.is(chained.kind, "ok");
    if (chained.kind === "ok") assert.equal(chained.head, log.head);
  }
  world.remove();
});

test.run();
