import { randomBytes } from "node:crypto";
import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CollectorView, UnreadAnswer } from "../../shared/api/central-api.ts";
import { closeTestDb } from "../db/test-db.ts";
import { testCentral } from "../test-central.ts";

test.after(closeTestDb);

const read = async <T>(answer: Promise<Response>): Promise<T> => (await (await answer).json()) as T;

test("an administrator sees what is kept and not understood, with its site, and can have it read again", async () => {
  const central = await testCentral();
  try {
    const admin = await central.signIn("admin");
    assert.equal(await read<UnreadAnswer>(admin.get("/api/v1/unread-records")), { records: [], open: 0 });
    const { collector } = await read<{ collector: CollectorView }>(admin.send("POST", "/api/v1/collectors", { name: "Main & Maple" }));
    const at = new Date(central.base.nowMs());
    const log_id = randomBytes(16);
    const log = { log_id, collector_id: collector.id, class: "detections", next: 9, head: randomBytes(32), durable: 0, status: "active" };
    await central.base.db
      .insertInto("collector_logs")
      .values({ ...log, session: null, device_key: randomBytes(32), created_at: at, updated_at: at })
      .execute();
    const waiting = { log_id, rid: uuidv7(), version: 1, why: "this release does not know the kind", at, resolved_at: null };
    await central.base.db
      .insertInto("projection_errors")
      .values([
        { ...waiting, seq: 4, kind: 2 },
        { ...waiting, seq: 7, rid: uuidv7(), kind: 42 },
      ])
      .execute();
    const answer = await read<UnreadAnswer>(admin.get("/api/v1/unread-records"));
    assert.is(answer.open, 2);
    assert.equal(
      answer.records.map((one) => [one.seq, one.kind, one.site]),
      [
        [7, "kind 42", "Main & Maple"],
        [4, "detection", "Main & Maple"],
      ],
    );
    const again = await read<UnreadAnswer & { shown: number }>(admin.send("POST", "/api/v1/unread-records/retry", {}));
    assert.equal([again.shown, again.open], [0, 2], "its bytes are not there: it goes on waiting");
    const audited = await central.base.db.selectFrom("audit_log").select("action").where("action", "=", "records.read-again").execute();
    assert.is(audited.length, 1);
  } finally {
    await central.stop();
  }
});

test("nobody else may", async () => {
  const central = await testCentral();
  try {
    const operator = await central.signIn("operator");
    assert.is((await operator.get("/api/v1/unread-records")).status, 403);
    assert.is((await operator.send("POST", "/api/v1/unread-records/retry", {})).status, 403);
  } finally {
    await central.stop();
  }
});

test.run();
