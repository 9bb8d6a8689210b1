import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type CollectorId, uuid } from "../../shared/model/ids.ts";
import { NEIGHBOURS_MAX } from "../../shared/protocol/limits.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { bindKey } from "../merge/test-world.ts";
import { nearestDevices } from "./neighbour-rows.ts";
import { registerWithKey } from "./test-central.ts";

test.after(closeTestDb);

type Db = Awaited<ReturnType<typeof testDb>>;

async function collector(db: Db, name: string, place: readonly [number, number] | null): Promise<CollectorId> {
  const id = uuid<CollectorId>(uuidv7());
  const { siteId } = await registerWithKey(db, id);
  await bindKey(db, id, new Uint8Array(32).fill(name.charCodeAt(0)));
  await db
    .updateTable("sites")
    .set({ name, latitude: place?.[0] ?? null, longitude: place?.[1] ?? null })
    .where("id", "=", siteId)
    .execute();
  return id;
}

const namesFor = async (db: Db, id: CollectorId): Promise<string> => (await nearestDevices(db, id)).map(({ name }) => name).join(" ");

test("a collector's neighbours are the others' confirmed devices, the nearest first, those without a place last, itself never", async () => {
  const db = await testDb();
  const own = await collector(db, "own", [41.1, -74]);
  await collector(db, "far", [42.1, -74]);
  await collector(db, "unplaced", null);
  // A degree of longitude is shorter than one of latitude up here.
  await collector(db, "east", [41.1, -73.988]);
  await collector(db, "north", [41.11, -74]);
  assert.is(await namesFor(db, own), "east north far unplaced");
  const [first] = await nearestDevices(db, own);
  assert.equal(first!.deviceKey, new Uint8Array(32).fill("e".charCodeAt(0)));
});

test("who waits for an administrator, was retired, or has no API key left is no neighbour", async () => {
  const db = await testDb();
  const own = await collector(db, "own", null);
  const [unconfirmed, retired, keyless] = [await collector(db, "a", null), await collector(db, "b", null), await collector(db, "c", null)];
  await collector(db, "d", null);
  await db.updateTable("collector_keys").set({ confirmed: false }).where("collector_id", "=", unconfirmed).execute();
  await db.updateTable("collectors").set({ retired_at: new Date() }).where("id", "=", retired).execute();
  await db.updateTable("api_keys").set({ revoked_at: new Date() }).where("collector_id", "=", keyless).execute();
  assert.is(await namesFor(db, own), "d");
  assert.is(await namesFor(db, uuid<CollectorId>(uuidv7())), "", "of nobody");
});

test("however many there are, as many as fit are named", async () => {
  const db = await testDb();
  const own = await collector(db, "own", [41.1, -74]);
  for (let n = 0; n < NEIGHBOURS_MAX + 3; n++) await collector(db, `${n}`, [41.1 + n / 100, -74]);
  const named = await nearestDevices(db, own);
  assert.equal([named.length, named[0]!.name], [NEIGHBOURS_MAX, "0"]);
});

test.run();
