import { once } from "node:events";
import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket } from "ws";
import type { LiveMessage } from "../../shared/api/central-api.ts";
import { RECORD_KINDS } from "../../shared/log/record.ts";
import { announceDerived } from "../db/arrival-rows.ts";
import type { Db } from "../db/open-db.ts";
import { closeTestDb } from "../db/test-db.ts";
import { addTestDetection, addTestHeartbeat, addTestSite, type TestSite } from "../db/test-world.ts";
import { listen } from "../http/listen.ts";
import { serveUpgrades } from "../http/upgrades.ts";
import { type Person, type TestCentral, testCentral } from "../test-central.ts";
import { LIVE_BATCH_MAX, NEWEST_SHOWN } from "./follow-live.ts";
import { type LiveClient, liveClients, SEND_BUFFER_BYTES_MAX } from "./live-clients.ts";

test.after(closeTestDb);

interface World {
  readonly central: TestCentral;
  readonly db: Db;
  readonly port: number;
  readonly dial: (person: Person | null, options?: { after?: string; origin?: string | null }) => Dialled;
}

interface Dialled {
  readonly socket: WebSocket;
  /** The messages so far. */
  readonly heard: LiveMessage[];
  readonly until: (found: (message: LiveMessage) => boolean) => Promise<LiveMessage>;
}

async function withServer(work: (world: World) => Promise<void>): Promise<void> {
  const central = await testCentral();
  const listening = await listen(central.parts.http, { host: "127.0.0.1", port: 0, tls: null });
  serveUpgrades(listening.server, central.parts.upgrades, central.base.log);
  const dial: World["dial"] = (person, { after, origin } = {}) => {
    const own = `http://127.0.0.1:${listening.port}`;
    const headers = { ...(person === null ? {} : { cookie: person.cookie }), ...(origin === null ? {} : { origin: origin ?? own }) };
    const socket = new WebSocket(`ws://127.0.0.1:${listening.port}/live${after === undefined ? "" : `?after=${after}`}`, { headers });
    const heard: LiveMessage[] = [];
    socket.on("message", (data) => heard.push(JSON.parse(String(data)) as LiveMessage));
    socket.on("error", () => undefined);
    const until: Dialled["until"] = async (found) => {
      for (let tries = 0; tries < 400; tries++) {
        const message = heard.find(found);
        if (message !== undefined) return message;
        await new Promise((done) => setTimeout(done, 20));
      }
      throw new Error(`not heard among ${heard.map((message) => message.type).join()}`);
    };
    return { socket, heard, until };
  };
  try {
    await work({ central, db: central.base.db, port: listening.port, dial });
  } finally {
    for (const upgrade of central.parts.upgrades) upgrade.close();
    await listening.close();
    await central.stop();
  }
}

const isHello = (message: LiveMessage): boolean => message.type === "hello";
const pending = (db: Db, rid: string, kind: number) =>
  db.insertInto("arrivals_pending").values({ rid, kind, log_id: null, next: null }).execute();
const refusal = async (socket: WebSocket): Promise<number> => {
  const [, answer] = (await once(socket, "unexpected-response")) as [unknown, { statusCode: number; resume: () => void }];
  answer.resume();
  return answer.statusCode;
};

test("T-28 a socket needs our own Origin and a live session", () =>
  withServer(async ({ central, dial }) => {
    const admin = await central.signIn("admin");
    assert.is(await refusal(dial(admin, { origin: null }).socket), 403);
    assert.is(await refusal(dial(admin, { origin: "null" }).socket), 403);
    assert.is(await refusal(dial(admin, { origin: "https://evil.example" }).socket), 403);
    assert.is(await refusal(dial(null).socket), 401);
    await dial(admin).until(isHello);
  }));

test("what arrives is pushed to those who may see its site, and a page that comes back gets what it missed", () =>
  withServer(async ({ central, db, dial }) => {
    const [main, oak] = [await addTestSite(db, "Main"), await addTestSite(db, "Oak")];
    const admin = dial(await central.signIn("admin"));
    const viewer = dial(await central.signIn("viewer", [oak.site]));
    const hello = (await admin.until(isHello)) as { after: string };
    await viewer.until(isHello);
    const ids: string[] = [];
    for (const site of [main, oak, main]) {
      const id = await addTestDetection(db, site, { plate: "ABC123", capturedMs: Date.now() });
      ids.push(id);
      await pending(db, id, RECORD_KINDS.detection);
    }
    const last = await admin.until((message) => message.type === "detection" && message.detection.id === ids[2]);
    const shown = (heard: readonly LiveMessage[]) => heard.flatMap((message) => (message.type === "detection" ? message.detection.id : []));
    assert.equal(shown(admin.heard), ids);
    await viewer.until((message) => message.type === "detection");
    assert.equal(shown(viewer.heard), [ids[1]]);
    const back = dial(await central.signIn("admin"), { after: hello.after });
    await back.until((message) => message.type === "detection" && message.after === (last as { after: string }).after);
    assert.equal(shown(back.heard), ids);
  }));

/** A list of the site with this plate on it. */
async function watchFor(admin: Person, { site }: TestSite, pattern: string): Promise<void> {
  const made = await admin.send("POST", "/api/v1/watchlists", { name: "Break-ins", sites: [site] });
  const { id: list } = (await made.json()) as { id: string };
  const expires_at = new Date(Date.now() + 9e8).toISOString();
  await admin.send("POST", `/api/v1/watchlists/${list}/entries`, { pattern, reason: "two break-ins", expires_at });
}

test("a watched plate that arrives rings once on the dashboard, and work on it follows", () =>
  withServer(async ({ central, db, dial }) => {
    const site = await addTestSite(db, "Main");
    const admin = await central.signIn("admin");
    await watchFor(admin, site, "ABC123");
    const page = dial(admin);
    await page.until(isHello);
    const id = await addTestDetection(db, site, { plate: "ABC123", capturedMs: Date.now() + 50 });
    await pending(db, id, RECORD_KINDS.detection);
    const alert = await page.until((message) => message.type === "alert");
    assert.ok(alert.type === "alert" && alert.ring && alert.alert.id === id);
    await admin.send("POST", `/api/v1/alerts/${id}/acknowledge`);
    const op = await page.until((message) => message.type === "alert-op");
    assert.ok(op.type === "alert-op" && op.alert.state === "acknowledged");
    assert.is(page.heard.filter((message) => message.type === "alert").length, 1);
  }));

test("while more arrives than anyone can watch, detections are passed over and alerts are not", () =>
  withServer(async ({ central, db, dial }) => {
    const site = await addTestSite(db, "Main");
    const admin = await central.signIn("admin");
    await watchFor(admin, site, "ABC123");
    const page = dial(admin);
    await page.until(isHello);
    const add = (plate: string) => addTestDetection(db, site, { plate, capturedMs: Date.now() + 50 });
    const [middle, watched, newest] = [await add("MIDDLE1"), await add("ABC123"), await add("NEWEST1")];
    const unknown = Array.from({ length: 4 * LIVE_BATCH_MAX }, () => uuidv7());
    const rids = [...unknown.slice(0, LIVE_BATCH_MAX), middle, watched, ...unknown.slice(LIVE_BATCH_MAX), newest];
    await db.transaction().execute((tx) => announceDerived(tx, rids, RECORD_KINDS.detection));
    const alert = await page.until((message) => message.type === "alert");
    assert.ok(alert.type === "alert" && alert.alert.id === watched);
    await page.until((message) => message.type === "detection" && message.detection.id === newest);
    const shown = page.heard.flatMap((message) => (message.type === "detection" ? message.detection.id : []));
    assert.ok(!shown.includes(middle) && shown.length <= NEWEST_SHOWN);
    const later = await add("LATER1");
    await pending(db, later, RECORD_KINDS.detection);
    await page.until((message) => message.type === "detection" && message.detection.id === later);
  }));

test("a collector's heartbeat reaches the dashboards", () =>
  withServer(async ({ central, db, dial }) => {
    const site = await addTestSite(db, "Main");
    const page = dial(await central.signIn("viewer"));
    await page.until(isHello);
    await new Promise((done) => setTimeout(done, 2_500));
    await addTestHeartbeat(db, site.collector, { waiting_records: 3 });
    const message = await page.until((heard) => heard.type === "collector");
    assert.ok(message.type === "collector" && message.collector.link === "connected" && message.collector.waiting === 3);
  }));

test("T-25 the socket of a disabled person is closed within seconds", () =>
  withServer(async ({ central, dial }) => {
    const admin = await central.signIn("admin");
    const viewer = await central.signIn("viewer");
    const { socket, until } = dial(viewer);
    await until(isHello);
    const closed = once(socket, "close");
    await admin.send("PATCH", `/api/v1/users/${viewer.id}`, { disabled: true });
    const startMs = performance.now();
    assert.is((await closed)[0], 4401);
    assert.ok(performance.now() - startMs < 5_000);
  }));

test("T-29 huge frames and floods end the socket", () =>
  withServer(async ({ central, dial }) => {
    const admin = await central.signIn("admin");
    const huge = dial(admin);
    await huge.until(isHello);
    huge.socket.send("x".repeat(65 * 1024));
    assert.is((await once(huge.socket, "close"))[0], 1009);
    const flood = dial(admin);
    await flood.until(isHello);
    for (let at = 0; at < 50; at++) flood.socket.send("x");
    assert.is((await once(flood.socket, "close"))[0], 1008);
  }));

test("T-29 a page that does not read is cut off, and the others go on", () => {
  const clients = liveClients();
  const actor = { id: "1", email: "", name: "", role: "admin" as const, sites: [], sid: "1" };
  const seen: string[] = [];
  const client = (name: string, buffered: number): LiveClient => ({
    actor,
    after: null,
    send: () => seen.push(`${name} sent`),
    bufferedBytes: () => buffered,
    close: (code) => seen.push(`${name} closed ${code}`),
  });
  for (const one of [client("slow", SEND_BUFFER_BYTES_MAX + 1), client("quick", 0)]) {
    clients.join(one);
    clients.admit(one);
  }
  clients.post([{ siteId: "x", role: null, text: "{}" }]);
  assert.equal(seen, ["slow closed 1013", "quick sent"]);
});

test.run();
