import { sql } from "kysely";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AlertItemView } from "../../shared/api/views.ts";
import { makeHlc } from "../../shared/clock/hlc.ts";
import { RECORD_KINDS } from "../../shared/log/record.ts";
import { alertId } from "../../shared/match/alert-id.ts";
import type { EntryId, ListId, Rid } from "../../shared/model/ids.ts";
import type { EntryOp } from "../../shared/model/watchlist.ts";
import { alertItemViews } from "../db/alert-item-view-rows.ts";
import type { Db } from "../db/open-db.ts";
import { closeTestDb } from "../db/test-db.ts";
import { addTestDetection, addTestSite, type TestDetection, type TestSite } from "../db/test-world.ts";
import { publishOps } from "../feeds/publish-ops.ts";
import { type Person, type TestCentral, testCentral } from "../test-central.ts";
import { raiseAlerts } from "./raise-alerts.ts";
import { siteIndexes } from "./site-indexes.ts";
import { alertSink } from "./take-alerts.ts";

test.after(closeTestDb);

const NOW = Date.now();
const MINUTE = 60_000;

/** Central with its own followers stopped: the test takes each turn by hand. */
async function withTown(work: (town: Town) => Promise<void>): Promise<void> {
  const central = await testCentral();
  await central.parts.stop();
  try {
    const { db } = central.base;
    const site = await addTestSite(db, "Main");
    const admin = await central.signIn("admin");
    const made = await admin.send("POST", "/api/v1/watchlists", { name: "Break-ins", sites: [site.site] });
    const { id: list } = (await made.json()) as { id: string };
    let arrival = 1_000_000;
    const indexes = siteIndexes();
    await work({
      central,
      db,
      site,
      admin,
      list,
      watch: async (pattern) => {
        const answer = await admin.send("POST", `/api/v1/watchlists/${list}/entries`, {
          pattern,
          reason: "two break-ins",
          expires_at: new Date(NOW + 9e9).toISOString(),
        });
        if (answer.status !== 201) throw new Error(await answer.text());
        return ((await answer.json()) as { entry: { id: EntryId } }).entry.id;
      },
      arrive: async (detection, at = site) => {
        const id = await addTestDetection(db, at, detection);
        await db.insertInto("arrivals").values({ arrival: ++arrival, rid: id, kind: RECORD_KINDS.detection }).execute();
        return id as Rid;
      },
      raise: async () => {
        await raiseAlerts({ db, indexes, nowMs: () => Date.now(), onRaised: () => undefined });
        return alertItemViews(
          db,
          (await db.selectFrom("alert_items").select("pass").orderBy("raised_at").execute()).map((row) => row.pass),
        );
      },
    });
  } finally {
    await central.stop();
  }
}

interface Town {
  readonly central: TestCentral;
  readonly db: Db;
  readonly site: TestSite;
  readonly admin: Person;
  readonly list: string;
  readonly watch: (pattern: string) => Promise<EntryId>;
  readonly arrive: (detection: TestDetection, at?: TestSite) => Promise<Rid>;
  readonly raise: () => Promise<AlertItemView[]>;
}

test("a watched plate that arrives raises one alert, named by pass and entry, with what differs", () =>
  withTown(async ({ watch, arrive, raise }) => {
    const entry = await watch("ABC123");
    const id = await arrive({ plate: "A8C123", capturedMs: Date.now() + 100 });
    await arrive({ plate: "QQQ999", capturedMs: Date.now() + 100 });
    const [item, ...others] = await raise();
    assert.is(others.length, 0);
    assert.is(item?.id, id);
    assert.is(item?.state, "new");
    assert.is(item?.late, false);
    assert.is(item?.alerts[0]?.id, alertId(id, entry));
    assert.equal(item?.alerts[0]?.explanation.differences, [{ at: 1, read: "8", wanted: "B" }]);
    assert.equal(item?.alerts[0]?.raised_by, ["central"]);
    assert.is(item?.alerts[0]?.watchlist, "Break-ins");
    assert.is(item?.detection?.plate, "A8C123");
  }));

test("a second turn and a second detection of the pass add nothing; all entries that match stand in one item", () =>
  withTown(async ({ db, watch, arrive, raise }) => {
    await watch("ABC123");
    await watch("ABC12?");
    const pass = await arrive({ plate: "ABC123", capturedMs: Date.now() + 100 });
    await raise();
    await arrive({ plate: "ABC123", capturedMs: Date.now() + 200, pass });
    const items = await raise();
    assert.is(items.length, 1);
    assert.is(items[0]?.alerts.length, 2);
    assert.is(items[0]?.detections, 2);
    assert.is((await db.selectFrom("alert_findings").selectAll().execute()).length, 2);
  }));

test("an entry rings only for sites its list names, and only for passes after it was added", () =>
  withTown(async ({ db, watch, arrive, raise }) => {
    const other = await addTestSite(db, "Oak");
    await arrive({ plate: "ABC123", capturedMs: Date.now() - 5 * MINUTE });
    await watch("ABC123");
    await arrive({ plate: "ABC123", capturedMs: Date.now() + 100 }, other);
    assert.equal(await raise(), []);
  }));

test("a backlog of before is late, and of an edge and central's findings one alert is made", () =>
  withTown(async ({ db, site, watch, arrive, raise }) => {
    const entry = await watch("ABC123");
    await db
      .updateTable("watchlist_entries")
      .set({ added_at: new Date(NOW - 9e7) })
      .execute();
    const capturedMs = Date.now() + 100;
    const id = await arrive({ plate: "ABC123", capturedMs, receivedMs: capturedMs + 40 * MINUTE });
    const [first] = await raise();
    assert.is(first?.late, true);
    const finding = {
      alert: alertId(id, entry),
      pass: id,
      entry,
      list: first!.alerts[0]!.watchlist_id as never,
      detection: id,
      explanation: first!.alerts[0]!.explanation,
      listVersion: { generation: "00".repeat(16), cursor: 1, overlay: 0 },
      listName: "Break-ins",
      listOwner: "x",
      critical: false,
      reason: "r",
      expiresMs: NOW + 9e9,
    };
    const taken = {
      finding,
      recordRid: "01900000-0000-7000-8000-000000000001",
      siteId: site.site,
      collectorId: site.collector,
      cameraId: site.camera,
      test: false,
      capturedMs,
      receivedMs: capturedMs,
    };
    for (let repeat = 0; repeat < 2; repeat++) await db.transaction().execute((tx) => alertSink.addFindings(tx, [taken]));
    const [item, ...others] = await raise();
    assert.is(others.length, 0);
    assert.equal([...item!.alerts[0]!.raised_by].sort(), ["central", "edge"]);
  }));

test("an entry as an edge may make it, with U+0000 in its reason and no end, raises its alert like any other", () =>
  withTown(async ({ db, list, arrive, raise }) => {
    const op: EntryOp = {
      rid: "01900000-0000-7000-8000-0000000000e2" as Rid,
      list: list as ListId,
      entry: "01900000-0000-7000-8000-0000000000e1" as EntryId,
      causalLength: 1,
      set: [
        ["pattern", "ABC123"],
        ["reason", "x\u0000y"],
        ["expiresMs", Number.MAX_SAFE_INTEGER],
      ],
      hlc: makeHlc(NOW - MINUTE, 0),
      reason: "seen here",
      author: "edge",
    };
    await db.transaction().execute((tx) => publishOps(tx, [op], NOW, null));
    await arrive({ plate: "ABC123", capturedMs: Date.now() + 100 });
    const [item] = await raise();
    assert.equal([item?.alerts[0]?.reason, item?.alerts[0]?.expires_at], ["x\ufffdy", "2100-01-01T00:00:00.000Z"]);
  }));

test("a finding that the database refuses is told, and the passings behind it raise theirs", () =>
  withTown(async ({ db, watch, arrive, raise }) => {
    await watch("ABC123");
    await watch("DEF456");
    await sql`alter table alert_findings add constraint not_this check (explanation ->> 'plate' <> 'ABC123')`.execute(db);
    const refused = await arrive({ plate: "ABC123", capturedMs: Date.now() + 100 });
    const taken = await arrive({ plate: "DEF456", capturedMs: Date.now() + 200 });
    const raised = await raise().finally(() => sql`alter table alert_findings drop constraint not_this`.execute(db));
    assert.equal(
      raised.map((item) => item.id),
      [taken],
    );
    const notices = await db.selectFrom("notices").select(["code", "subject"]).where("code", "=", "alert-refused").execute();
    assert.equal(notices, [{ code: "alert-refused", subject: refused }]);
  }));

test("work: seen, verified against the picture, then escalated; every act is a signed record and stands in the audit log", () =>
  withTown(async ({ central, db, admin, watch, arrive, raise }) => {
    await watch("ABC123");
    const id = await arrive({ plate: "ABC123", capturedMs: Date.now() + 100 });
    await raise();
    const act = async (verb: string, body: object, person = admin) => {
      const answer = await person.send("POST", `/api/v1/alerts/${id}/${verb}`, body);
      return { status: answer.status, body: (await answer.json()) as AlertItemView & { error?: { code: string } } };
    };
    assert.is((await act("acknowledge", {})).body.state, "acknowledged");
    const early = await act("escalate", { to: "Coordinator" });
    assert.equal([early.status, early.body.error?.code], [409, "verify_first"]);
    assert.is((await act("verify", {})).body.state, "verified");
    const done = await act("escalate", { to: "Police", how: "phone", reference: "26-1234" });
    assert.is(done.body.state, "escalated");
    assert.equal(
      done.body.work.map((one) => [one.verb, one.to]),
      [
        ["acknowledge", null],
        ["verify", null],
        ["escalate", "Police"],
      ],
    );
    assert.is((await act("note", {})).status, 422);
    const viewer = await central.signIn("viewer");
    assert.is((await act("dismiss", {}, viewer)).status, 403);
    const records = await db.selectFrom("log_records").select("rid").where("kind", "=", RECORD_KINDS["alert-op"]).execute();
    assert.is(records.length, 3);
    const audit = await db.selectFrom("audit_log").select("action").where("action", "like", "alert.%").orderBy("seq").execute();
    assert.equal(
      audit.map((row) => row.action),
      ["alert.acknowledge", "alert.verify", "alert.escalate"],
    );
    const queue = (await (await admin.get("/api/v1/alerts?state=escalated,verified")).json()) as {
      alerts: unknown[];
      counts: Record<string, number>;
    };
    assert.is(queue.alerts.length, 1);
    assert.equal(queue.counts, { new: 0, acknowledged: 0, verified: 0, escalated: 1, dismissed: 0 });
  }));

test("an alert that nobody has seen puts the item back to new", () =>
  withTown(async ({ admin, watch, arrive, raise }) => {
    await watch("ABC123");
    const pass = await arrive({ plate: "ABC123", capturedMs: Date.now() + 100 });
    const [before] = await raise();
    await admin.send("POST", `/api/v1/alerts/${before!.alerts[0]!.id}/dismiss`, { outcome: "not-them" });
    await watch("A?C123");
    await arrive({ plate: "ABC123", capturedMs: Date.now() + 200, pass });
    const [after] = await raise();
    assert.is(after?.state, "new");
    assert.is(after?.alerts.length, 2);
  }));

test("a person of another site neither sees nor works the alert", () =>
  withTown(async ({ central, db, watch, arrive, raise }) => {
    const other = await addTestSite(db, "Oak");
    await watch("ABC123");
    const id = await arrive({ plate: "ABC123", capturedMs: Date.now() + 100 });
    await raise();
    const stranger = await central.signIn("operator", [other.site]);
    assert.is((await stranger.get(`/api/v1/alerts/${id}`)).status, 404);
    assert.is((await stranger.send("POST", `/api/v1/alerts/${id}/dismiss`, {})).status, 404);
    assert.equal(((await (await stranger.get("/api/v1/alerts")).json()) as { alerts: unknown[] }).alerts, []);
  }));

test.run();
