import { test } from "uvu";
import * as assert from "uvu/assert";
import { closeTestDb } from "../db/test-db.ts";
import { testCentral } from "../test-central.ts";

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

test.run();
