import { randomUUID } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AlertsAnswer } from "../../shared/api/central-api.ts";
import type { AlertState } from "../../shared/model/alert.ts";
import { closeTestDb } from "../db/test-db.ts";
import { addTestSite, type TestSite } from "../db/test-world.ts";
import { type Person, type TestCentral, withCentral } from "../test-central.ts";

test.after(closeTestDb);

const MINUTE = 60_000;

/** One item of the queue, as raising leaves it. */
async function addItem(central: TestCentral, at: TestSite, raisedMs: number, state: AlertState = "new"): Promise<string> {
  const pass = randomUUID();
  const raised_at = new Date(raisedMs);
  await central.base.db
    .insertInto("alert_items")
    .values({
      pass,
      state,
      site_id: at.site,
      camera_id: at.camera,
      collector_id: at.collector,
      late: false,
      test: false,
      critical: false,
      raised_at,
      changed_at: raised_at,
    })
    .execute();
  return pass;
}

async function page(person: Person, query: string): Promise<AlertsAnswer> {
  const answer = await person.get(`/api/v1/alerts?${query}`);
  assert.is(answer.status, 200, query);
  return (await answer.json()) as AlertsAnswer;
}

test("the queue is paged without a gap or a repeat, also where several cars rang in the same millisecond", () =>
  withCentral(async (central) => {
    const site = await addTestSite(central.base.db, "Main");
    const admin = await central.signIn("admin");
    const at = Date.now();
    const added: string[] = [];
    for (const agoMinutes of [0, 1, 1, 1, 1, 2, 3]) added.push(await addItem(central, site, at - agoMinutes * MINUTE));
    const seen: string[] = [];
    let cursor: string | null = "";
    for (let pages = 0; cursor !== null && pages < 10; pages++) {
      const answer: AlertsAnswer = await page(admin, `limit=2${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`);
      seen.push(...answer.alerts.map((one) => one.id));
      cursor = answer.next_cursor;
    }
    assert.is(cursor, null);
    assert.equal([...seen].sort(), [...added].sort());
    assert.equal([seen[0], seen.at(-1)], [added[0], added.at(-1)]);
  }));

test("a filter by state narrows the list; the numbers beside it are of all that one may see", () =>
  withCentral(async (central) => {
    const { db } = central.base;
    const [main, oak] = [await addTestSite(db, "Main"), await addTestSite(db, "Oak")];
    const at = Date.now();
    const fresh = await addItem(central, main, at);
    const verified = await addItem(central, main, at - MINUTE, "verified");
    await addItem(central, main, at - 2 * MINUTE, "dismissed");
    const elsewhere = await addItem(central, oak, at - 3 * MINUTE);
    const admin = await central.signIn("admin");
    const open = await page(admin, "state=new,verified");
    assert.equal(
      open.alerts.map((one) => one.id),
      [fresh, verified, elsewhere],
    );
    assert.equal(open.counts, { new: 2, acknowledged: 0, verified: 1, escalated: 0, dismissed: 1 });
    const ofMain = await page(await central.signIn("operator", [main.site]), "state=new");
    assert.equal(
      ofMain.alerts.map((one) => one.id),
      [fresh],
    );
    assert.is(ofMain.counts.new, 1);
    assert.equal((await page(admin, `site=${oak.site}`)).counts, { new: 1, acknowledged: 0, verified: 0, escalated: 0, dismissed: 0 });
  }));

test("an alert whose detection has not come yet is shown all the same, without a picture to lead it", () =>
  withCentral(async (central) => {
    const site = await addTestSite(central.base.db, "Main");
    const pass = await addItem(central, site, Date.now());
    const admin = await central.signIn("admin");
    const answer = await admin.get(`/api/v1/alerts/${pass}`);
    assert.is(answer.status, 200);
    const { id, state, detection, work } = (await answer.json()) as { id: string; state: string; detection: unknown; work: unknown[] };
    assert.equal({ id, state, detection, work }, { id: pass, state: "new", detection: null, work: [] });
  }));

test("questions and acts that make no sense are refused with what is wrong, and nothing is written", () =>
  withCentral(async (central) => {
    const site = await addTestSite(central.base.db, "Main");
    const pass = await addItem(central, site, Date.now());
    const admin = await central.signIn("admin");
    for (const query of ["state=confirmed", "limit=0", "limit=201", "limit=many", "cursor=nonsense", "cursor=1.2.3", "site=main"])
      assert.is((await admin.get(`/api/v1/alerts?${query}`)).status, 422, query);
    const acts: [string, string, unknown, number][] = [
      [pass, "escalate", {}, 422],
      [pass, "escalate", { to: "   " }, 422],
      [pass, "note", {}, 422],
      [pass, "note", { text: "x".repeat(1001) }, 422],
      [pass, "acknowledge", { seen: ["not-an-id"] }, 422],
      [pass, "acknowledge", { seen: Array.from({ length: 65 }, () => randomUUID()) }, 422],
      [pass, "confirm", {}, 404],
      ["not-an-id", "acknowledge", {}, 404],
      [randomUUID(), "acknowledge", {}, 404],
    ];
    for (const [id, verb, body, status] of acts)
      assert.is(
        (await admin.send("POST", `/api/v1/alerts/${id}/${verb}`, body)).status,
        status,
        `${verb} ${JSON.stringify(body).slice(0, 40)}`,
      );
    assert.equal(await central.base.db.selectFrom("alert_ops").selectAll().execute(), []);
  }));

test.run();
