import { test } from "uvu";
import * as assert from "uvu/assert";
import { closeTestDb } from "../db/test-db.ts";
import { testCentral } from "../test-central.ts";
import { FREE_BYTES_MIN, freeDisk } from "./free-disk.ts";

test.after(closeTestDb);

test("health tells life from readiness, and the figures hold patterns, never values", async () => {
  const central = await testCentral();
  try {
    assert.is((await central.request("GET", "/healthz")).status, 200);
    const ready = (await (await central.request("GET", "/readyz")).json()) as { status: string; checks: { name: string; ok: boolean }[] };
    assert.equal([ready.status, ready.checks.every((check) => check.ok)], ["ready", true]);
    const admin = await central.signIn("admin");
    await admin.get("/api/v1/plates/SECRET1?reason=incident");
    const text = await (await central.request("GET", "/metrics")).text();
    assert.match(text, /route="\/api\/v1\/plates\/:plate"/);
    assert.not.match(text, /SECRET1/);
    assert.match(text, /chaverim_edges_connected 0/);
  } finally {
    await central.stop();
  }
});

test("a disk that is nearly full makes central not ready, with the words", async () => {
  const seen: string[] = [];
  const check = (free: number) =>
    freeDisk("/data", async (folder) => {
      seen.push(folder);
      return free;
    }).check();
  assert.is((await check(FREE_BYTES_MIN)).ok, true);
  const low = await check(12_345_678);
  assert.equal([low.ok, low.words], [false, "Only 12 MB are free for central's data. Make room; edges keep what cannot be stored."]);
  assert.equal(seen, ["/data", "/data"]);
  const central = await testCentral();
  try {
    const ready = (await (await central.request("GET", "/readyz")).json()) as { checks: { name: string }[] };
    assert.ok(ready.checks.some(({ name }) => name === "disk"));
  } finally {
    await central.stop();
  }
});

test.run();
