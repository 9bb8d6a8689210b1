import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ensurePartition } from "./ensure-partition.ts";
import { migrate } from "./migrate.ts";
import { openDb } from "./open-db.ts";
import { closeTestDb, testDb } from "./test-db.ts";

test.after(closeTestDb);

test("a second central on the same folder is refused with a sentence that says so", async () => {
  const folder = mkdtempSync(join(tmpdir(), "chaverim-db-"));
  const first = await openDb({ url: `pglite:${folder}` });
  try {
    await openDb({ url: `pglite:${folder}` });
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /another central is running on this folder/);
  }
  assert.ok((await migrate(first.db)).length >= 4);
  assert.equal(await migrate(first.db), [], "a second run has nothing to do");
  await first.close();
  const again = await openDb({ url: `pglite:${folder}` });
  await again.close();
  rmSync(folder, { recursive: true });
});

test("a partition is made once and takes rows of its month", async () => {
  const db = await testDb();
  await ensurePartition(db, "1999-07-01");
  await ensurePartition(db, "1999-07-01");
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from pg_class where relname = 'detections_1999_07'`.execute(db);
  assert.is(rows[0]?.n, 1);
});

test("milliseconds, bytes, arrays and json come back as they went in", async () => {
  const db = await testDb();
  const at = new Date(1_790_000_000_123);
  await db
    .insertInto("audit_log")
    .values({
      at,
      user_name: "x",
      action: "y",
      outcome: "ok",
      details: JSON.stringify([1, { a: "b" }]),
      user_id: null,
      subject: null,
      plate: null,
      reason: null,
      case_number: null,
      address: null,
      request_id: null,
    })
    .execute();
  const row = await db.selectFrom("audit_log").select(["at", "details", "seq"]).executeTakeFirstOrThrow();
  assert.is(row.at.getTime(), at.getTime());
  assert.equal(row.details, [1, { a: "b" }]);
  assert.type(row.seq, "number");
  const digest = new Uint8Array(32).fill(7);
  await sql`insert into image_objects (sha256, bytes, object_key, stored_at)
    select * from unnest(${[digest]}::bytea[], ${[5]}::int[], ${["k"]}::text[], ${[at]}::timestamptz[])`.execute(db);
  const object = await db.selectFrom("image_objects").selectAll().executeTakeFirstOrThrow();
  assert.equal(new Uint8Array(object.sha256), digest);
});

test.run();
