import { sql } from "kysely";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openTestPostgres } from "../../scripts/test/open-test-postgres.ts";
import type { AddedEntryAnswer, AlertsAnswer, DetectionSearchAnswer, PlateSummary } from "../../shared/api/central-api.ts";
import { RECORD_KINDS } from "../../shared/log/record.ts";
import { ADMIN, type TestCentral, testCentral } from "../test-central.ts";
import { migrate } from "./migrate.ts";
import { openDb } from "./open-db.ts";
import { addTestDetection, addTestSite } from "./test-world.ts";

async function withCentral(work: (central: TestCentral) => Promise<void>): Promise<void> {
  const { url, drop } = await openTestPostgres();
  const open = await openDb({ url });
  try {
    await migrate(open.db);
    const central = await testCentral({ open });
    try {
      await work(central);
    } finally {
      await central.stop();
    }
  } finally {
    await open.close();
    await drop();
  }
}
const read = async <T>(answer: Promise<Response>): Promise<T> => (await (await answer).json()) as T;

test("two centrals that start at once on one database make one schema", async () => {
  const { url, drop } = await openTestPostgres();
  const [one, two] = [await openDb({ url }), await openDb({ url })];
  try {
    const made = await Promise.all([migrate(one.db), migrate(two.db)]);
    assert.is(new Set(made.flat()).size, made.flat().length, "each migration ran once");
  } finally {
    await one.close();
    await two.close();
    await drop();
  }
});

test("the same API works on PostgreSQL: search by each match, a plate's page, a list, an alert and work on it", () =>
  withCentral(async (central) => {
    const { db } = central.base;
    const site = await addTestSite(db, "Main", { timeZone: "America/New_York" });
    const admin = await central.signIn("admin");
    for (const [plate, days] of [
      ["ABC123", 1],
      ["A8C123", 2],
      ["ABC123", 35],
      ["ABC124", 3],
    ] as const) {
      await addTestDetection(db, site, { plate, capturedMs: Date.now() - days * 86_400_000 });
    }
    const search = (body: object) =>
      read<DetectionSearchAnswer>(admin.send("POST", "/api/v1/detections/search", { reason: "incident", ...body }));
    const found: [string, string, number][] = [
      ["ABC123", "exact", 2],
      ["ABC123", "confusable", 3],
      ["ABC12?", "wildcard", 3],
      ["ABC123", "fuzzy", 4],
    ];
    for (const [plate, match, count] of found) assert.is((await search({ plate, match })).detections.length, count, match);
    const page = await search({ limit: 3 });
    assert.is((await search({ limit: 3, cursor: page.next_cursor })).detections.length, 1);
    const summary = await read<PlateSummary>(admin.get("/api/v1/plates/ABC123?reason=incident"));
    assert.equal([summary.detections, summary.look_alikes], [2, [{ plate: "A8C123", detections: 1 }]]);

    const { id: list } = await read<{ id: string }>(admin.send("POST", "/api/v1/watchlists", { name: "Break-ins", sites: [site.site] }));
    const entry = { pattern: "ABC123", reason: "two break-ins", expires_at: new Date(Date.now() + 9e8).toISOString() };
    assert.is((await read<AddedEntryAnswer>(admin.send("POST", `/api/v1/watchlists/${list}/entries`, entry))).earlier.length, 1);
    const id = await addTestDetection(db, site, { plate: "ABC123", capturedMs: Date.now() + 50 });
    await db.insertInto("arrivals_pending").values({ rid: id, kind: RECORD_KINDS.detection, log_id: null, next: null }).execute();
    let alerts: AlertsAnswer["alerts"] = [];
    for (let tries = 0; tries < 100 && alerts.length === 0; tries++) {
      await new Promise((done) => setTimeout(done, 30));
      ({ alerts } = await read<AlertsAnswer>(admin.get("/api/v1/alerts?state=new")));
    }
    assert.is(alerts[0]?.id, id);
    assert.is((await read<{ state: string }>(admin.send("POST", `/api/v1/alerts/${id}/verify`))).state, "verified");
  }));

test("T-21 attempts that really run side by side get no more guesses", () =>
  withCentral(async (central) => {
    const tries = Array.from({ length: 12 }, (_, at) =>
      central.request("POST", "/api/v1/auth/login", { body: { email: ADMIN.email, password: `wrong ${at}` } }),
    );
    const looked = (await Promise.all(tries)).filter((answer) => answer.status === 401).length;
    assert.ok(looked <= 5, `${looked} passwords were looked at`);
  }));

test("an exact look-up reads by index in the plate's months only, and a page of the feed reads no whole partition", () =>
  withCentral(async ({ base: { db } }) => {
    const site = await addTestSite(db, "Main");
    for (let months = 0; months < 6; months++) {
      const first = await addTestDetection(db, site, { plate: `M${months}`, capturedMs: Date.now() - months * 31 * 86_400_000 });
      await sql`insert into detections select (jsonb_populate_record(d, jsonb_build_object('id', gen_random_uuid(), 'plate', 'P' || n))).*
        from detections d, generate_series(1, 3000) n where d.id = ${first}::uuid`.execute(db);
    }
    await sql`analyze detections`.execute(db);
    const plan = async (statement: ReturnType<typeof sql>): Promise<string> => {
      const { rows } = await sql<{ "QUERY PLAN": string }>`explain (analyze, costs off, timing off) ${statement}`.execute(db);
      return rows.map((row) => row["QUERY PLAN"]).join("\n");
    };
    const exact = await plan(sql`select f.id from plate_months pm cross join lateral (select d.id from detections d where d.plate = pm.plate
      and d.captured_at >= (pm.month::timestamp at time zone 'UTC') and d.captured_at < ((pm.month + interval '1 month')::timestamp at time zone 'UTC')
      order by d.captured_at desc, d.id desc limit 50) f where pm.plate = 'M3'`);
    assert.not.match(exact, /Seq Scan on detections\S* \S+ \(actual/, exact);
    assert.match(exact, /never executed/, "partitions of other months are not probed");
    const newest = await plan(sql`select d.id from detections d where not d.test order by d.captured_at desc, d.id desc limit 50`);
    assert.not.match(newest, /Seq Scan on detections\S* \S+ \(actual [^)]*rows=[1-9]/, newest);
  }));

test.run();
