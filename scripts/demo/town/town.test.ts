import { readdirSync, readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { LedgerRow } from "./ledger.ts";
import { openTown } from "./town.ts";
import { parseTownConfig, TOWN_DEFAULTS } from "./town-config.ts";

const startMs = Date.parse("2026-11-22T18:00:00.000Z");

/** Runs a town on a clock of its own for some minutes, with nobody listening, and gives its ledger. */
async function ledgerOf(seed: string, minutes: number, sites: readonly string[] = []): Promise<LedgerRow[]> {
  const stop = new AbortController();
  let nowMs = startMs;
  const clock = {
    nowMs: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms;
      if (nowMs > startMs + minutes * 60_000) stop.abort();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  const town = await openTown({ ...TOWN_DEFAULTS, seed, sites, startMs, light: "day", malformedChance: 0.1, duplicateChance: 0.1 }, clock);
  await town.run(stop.signal);
  const rows = town.ledger.read({ afterRow: 0, limit: 10_000, camera: null, site: null });
  await town.close();
  return rows;
}

/** Place in the ledger follows the machine's speed; what each camera saw, said and sent does not. */
function byCamera(rows: readonly LedgerRow[]): unknown[] {
  return [...rows].sort((a, b) => a.camera.localeCompare(b.camera) || a.message - b.message).map(({ row: _, ...rest }) => rest);
}

test("the same seed gives the same ledger, pictures included, and another seed another", async () => {
  const first = await ledgerOf("maple", 0.8);
  assert.ok(first.length > 10, `${first.length} rows`);
  assert.equal(byCamera(await ledgerOf("maple", 0.8)), byCamera(first));
  assert.not.equal(byCamera(await ledgerOf("oak", 0.3)).slice(0, 3), byCamera(first).slice(0, 3));
});

test("each camera numbers its messages from 1 without a gap, and no two detections share a UUID or a picture", async () => {
  const rows = await ledgerOf("numbers", 0.8);
  const cameras = new Set(rows.map((row) => row.camera));
  assert.ok(cameras.size >= 5);
  for (const camera of cameras) {
    const numbers = rows.filter((row) => row.camera === camera).map((row) => row.message);
    assert.equal(
      numbers.sort((a, b) => a - b),
      Array.from({ length: numbers.length }, (_, i) => i + 1),
    );
  }
  const detections = rows.filter((row) => row.detection);
  assert.is(new Set(detections.map((row) => row.uuid)).size, detections.length);
  const hashes = detections.flatMap((row) => row.pictures.map((picture) => picture.sha256));
  assert.is(new Set(hashes).size, hashes.length);
});

test("a town of one site has that site's cameras only", async () => {
  const rows = await ledgerOf("one-site", 0.5, ["Oak Street Bridge"]);
  assert.ok(rows.length > 0);
  assert.equal([...new Set(rows.map((row) => row.site))], ["Oak Street Bridge"]);
});

test("a wrong configuration names its field", () => {
  const message = (text: string): string => {
    const parsed = parseTownConfig(text);
    return "kind" in parsed ? parsed.message : "taken";
  };
  assert.is(message("{"), "the town's configuration is not JSON");
  assert.is(message('{"perMinute":"30"}'), "perMinute must be a number");
  assert.is(message('{"sites":["Elm"]}'), "there is no site Elm");
  assert.is(message('{"speed":1}'), "unknown setting speed");
  assert.is(message('{"light":"noon"}'), "light must be auto, day, dusk or night");
  assert.is(message('{"seed":"x","startMs":5}'), "taken");
});

test("the town imports nothing of the product", () => {
  const here = new URL(".", import.meta.url);
  const files = readdirSync(here, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  assert.ok(files.length > 20);
  for (const name of files) {
    const imports = [...readFileSync(new URL(name, here), "utf8").matchAll(/from "([^"]+)"/g)].map((found) => found[1]!);
    for (const from of imports) assert.not.match(from, /(^|\/)(edge|central|shared|ui)\//, `${name} imports ${from}`);
  }
});

test.run();
