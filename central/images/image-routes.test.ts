import { createHash } from "node:crypto";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hexToBytes, type Sha256 } from "../../shared/model/ids.ts";
import { closeTestDb } from "../db/test-db.ts";
import { addTestDetection, addTestSite } from "../db/test-world.ts";
import { type TestCentral, testCentral } from "../test-central.ts";
import { folderStore } from "./folder-store.ts";
import { imageKey } from "./image-store.ts";

test.after(closeTestDb);

const BYTES = new Uint8Array([0xff, 0xd8, 0xff, 1, 2, 3]);
const SHA = createHash("sha256").update(BYTES).digest("hex") as Sha256;

async function withPicture(
  work: (central: TestCentral, sites: { main: string; oak: string }) => Promise<void>,
  stored = true,
): Promise<void> {
  const central = await testCentral();
  try {
    const { db, config } = central.base;
    const [main, oak] = [await addTestSite(db, "Main"), await addTestSite(db, "Oak")];
    await addTestDetection(db, main, {
      plate: "ABC123",
      capturedMs: Date.now(),
      images: [{ role: "crop", sha256: SHA, bytes: BYTES.length }],
    });
    if (stored) {
      const key = imageKey(SHA, Date.now());
      const store = folderStore(join(config.dataDir, "images"), Date.now);
      await store.prepare();
      await store.put(key, BYTES);
      await db
        .insertInto("image_objects")
        .values({ sha256: hexToBytes(SHA), bytes: BYTES.length, object_key: key, stored_at: new Date() })
        .execute();
    }
    await work(central, { main: main.site, oak: oak.site });
  } finally {
    await central.stop();
  }
}

test("T-32 a picture goes to those who may see the site of its detection; for others it is not there, and the try is recorded", () =>
  withPicture(async (central, { main, oak }) => {
    const own = await central.signIn("viewer", [main]);
    const answer = await own.get(`/api/v1/images/${SHA}`);
    assert.is(answer.status, 200);
    assert.is(answer.headers.get("content-type"), "image/jpeg");
    assert.equal(new Uint8Array(await answer.arrayBuffer()), BYTES);
    const stranger = await central.signIn("viewer", [oak]);
    assert.is((await stranger.get(`/api/v1/images/${SHA}`)).status, 404);
    const denials = await central.base.db.selectFrom("audit_log").select("subject").where("action", "=", "image.read").execute();
    assert.equal(
      denials.map((row) => row.subject),
      [SHA],
    );
    assert.is((await own.get(`/api/v1/images/${"0".repeat(64)}`)).status, 404);
    assert.is((await central.request("GET", `/api/v1/images/${SHA}`)).status, 401);
  }));

test("a browser that has it asks again and is told so without the bytes", () =>
  withPicture(async (central) => {
    const { cookie } = await central.signIn("admin");
    const answer = await central.request("GET", `/api/v1/images/${SHA}`, { cookie, headers: { "if-none-match": `"${SHA}"` } });
    assert.is(answer.status, 304);
    assert.is(answer.headers.get("cache-control"), "private, no-cache");
  }));

test("a picture that is not here says where it is", () =>
  withPicture(async (central) => {
    const admin = await central.signIn("admin");
    const state = async () => {
      const answer = await admin.get(`/api/v1/images/${SHA}`);
      return [answer.status, ((await answer.json()) as { error: { details: { state: string } } }).error.details.state];
    };
    const happened = (event: string) =>
      central.base.db
        .insertInto("image_events")
        .values({ sha256: hexToBytes(SHA), event, at: new Date(), detail: null })
        .execute();
    assert.equal(await state(), [409, "on-edge"]);
    await happened("offered");
    assert.equal(await state(), [409, "on-its-way"]);
    await happened("dropped");
    assert.equal(await state(), [410, "dropped"]);
    await happened("mismatch");
    assert.equal(await state(), [422, "mismatch"]);
  }, false));

test.run();
