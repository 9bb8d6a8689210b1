// runner: timeout 180 s
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { pino } from "pino";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SiteAlertsAnswer, SiteDetectionsAnswer, SiteStatus, SiteWatchlistsAnswer } from "../shared/api/site-api.ts";
import type { AlertItemView, EntryView } from "../shared/api/views.ts";
import { startEdge } from "./app.ts";
import { openWriting } from "./log/open-database.ts";
import { makeTestEdge, type TestEdge } from "./test-edge.ts";

const PUSH_CAMERA = { name: "North gate", adapter: "hikvision", mode: "push" };
let site: TestEdge;
test.after.each(() => site.remove());

/** A recorded push of a camera, sent as that camera would. */
async function push(path: string, recording = "push-tcg405.http.bin"): Promise<Response> {
  const file = readFileSync(new URL(`./cameras/hikvision/fixtures/${recording}`, import.meta.url));
  const end = file.indexOf("\r\n\r\n");
  const type = /content-type: (.*)\r\n/i.exec(file.toString("latin1", 0, end + 2))![1]!;
  return fetch(`${site.edge.address}${path}`, { method: "POST", headers: { "content-type": type }, body: file.subarray(end + 4) });
}
const pushPath = async () => (await site.json<{ cameras: { push_path: string }[] }>("GET", "/api/cameras")).cameras[0]!.push_path;
const listId = async () => (await site.json<SiteWatchlistsAnswer>("GET", "/api/watchlists")).watchlists[0]!.id;
const detections = async () => (await site.json<SiteDetectionsAnswer>("GET", "/api/detections")).detections;
const watch = async (plate: string) =>
  site.json<EntryView>("POST", `/api/watchlists/${await listId()}/entries`, {
    body: { plate, reason: "seen at two break-ins", expires_hours: 168 },
  });

test("a camera's push becomes a detection, an alert on the page's socket, and pictures that hash to their names", async () => {
  site = await makeTestEdge({ cameras: [PUSH_CAMERA] });
  await site.signIn();
  const path = await pushPath();
  assert.is((await push(path)).status, 200);
  const [first] = await detections();
  const entry = await watch(first!.plate!);
  assert.equal([entry.added_by, entry.waiting], ["Miriam", true]);
  const live = await site.listen();
  const tested = await site.json<{ alerts: string[] }>("POST", `/api/cameras/${first!.camera_id}/test`, { body: { plate: first!.plate } });
  assert.is(tested.alerts.length, 1);
  const { alert, ring } = await live.until("alert");
  assert.equal([ring, alert.test, alert.state, alert.alerts[0]!.reason], [true, true, "new", "seen at two break-ins"]);
  for (const image of alert.detection!.images) {
    const answer = await site.ask("GET", `/api/images/${image.sha256}`);
    assert.equal(
      [answer.status, answer.headers.get("content-type"), answer.headers.get("x-content-type-options")],
      [200, "image/jpeg", "nosniff"],
    );
    assert.is((await answer.arrayBuffer()).byteLength, image.bytes);
  }
  live.close();
});

test("a push that the camera repeats makes no second detection, also after a restart", async () => {
  site = await makeTestEdge({ cameras: [PUSH_CAMERA] });
  await site.signIn();
  const path = await pushPath();
  await push(path);
  site = await site.restart();
  await site.signIn();
  assert.is((await push(path)).status, 200);
  assert.is((await detections()).length, 1);
});

test("a push with a wrong secret, for another adapter or to no camera is refused and stored nowhere", async () => {
  site = await makeTestEdge({ cameras: [PUSH_CAMERA] });
  await site.signIn();
  const path = await pushPath();
  for (const wrong of [
    `${path}x`,
    path.replace("hikvision", "dahua"),
    path.replace(/[0-9a-f]{12}\//, "000000000000/"),
    "/push/hikvision/x/y",
  ]) {
    assert.is((await push(wrong)).status, 401);
  }
  assert.equal(await detections(), []);
});

test("an alert is worked on the page, by name, and the work survives a restart", async () => {
  site = await makeTestEdge({ cameras: [PUSH_CAMERA] });
  await site.signIn();
  await push(await pushPath());
  const [read] = await detections();
  const { plate, camera_id: camera } = read!;
  await watch(plate!);
  await site.json("POST", `/api/cameras/${camera}/test`, { body: { plate } });
  const [item] = (await site.json<SiteAlertsAnswer>("GET", "/api/alerts")).alerts;
  const act = (verb: string, body = {}) => site.ask("POST", `/api/alerts/${item!.id}/${verb}`, { body });
  const early = await act("escalate", { to: "the coordinator" });
  assert.equal([early.status, ((await early.json()) as { error: { code: string } }).error.code], [409, "verify_first"]);
  await act("verify", { outcome: "it-is-them" });
  const done = (await (await act("escalate", { to: "the coordinator", how: "telephone" })).json()) as AlertItemView;
  assert.equal(
    [done.state, done.work.map((op) => [op.verb, op.author])],
    [
      "escalated",
      [
        ["verify", "Miriam"],
        ["escalate", "Miriam"],
      ],
    ],
  );
  site = await site.restart();
  await site.signIn();
  assert.is((await site.json<AlertItemView>("GET", `/api/alerts/${item!.alerts[0]!.id}`)).state, "escalated");
});

test("a plate is added, changed and removed with no central anywhere", async () => {
  site = await makeTestEdge();
  await site.signIn();
  const list = await listId();
  const entry = await watch("abc-123");
  assert.is(entry.pattern, "ABC123");
  const at = `/api/watchlists/${list}/entries`;
  assert.is(
    (await site.json<EntryView>("PATCH", `${at}/${entry.id}`, { body: { note: "grey van", expires_hours: 1 } })).notes[0],
    "grey van",
  );
  for (const body of [
    { plate: "ABC123", expires_hours: 1 },
    { plate: "ABC123", reason: "x" },
    { plate: "???", reason: "x", expires_hours: 1 },
  ]) {
    assert.is((await site.ask("POST", at, { body })).status, 422);
  }
  await site.json("DELETE", `${at}/${entry.id}`);
  assert.equal((await site.json<{ entries: EntryView[] }>("GET", at)).entries, []);
  assert.is((await site.ask("DELETE", `${at}/${list}`)).status, 404);
});

test("a stranger on the network gets the page's own files, the sign-in and a sign of life, and nothing else", async () => {
  site = await makeTestEdge({ cameras: [PUSH_CAMERA] });
  const closed = [
    "/api/status",
    "/api/detections",
    "/api/alerts",
    "/api/watchlists",
    "/api/cameras",
    "/api/people",
    "/metrics",
    "/api",
    "/api/nothing",
    `/api/images/${"0".repeat(64)}`,
  ];
  for (const path of closed) assert.is((await site.ask("GET", path)).status, 401, path);
  assert.is((await site.ask("POST", "/api/cameras", { body: {} })).status, 401);
  assert.is((await site.ask("GET", "/healthz")).status, 200);
  const live = await site.listen().then(
    () => "open",
    (error: Error) => error.message,
  );
  assert.is(live, "live answered 401");
});

test("the local token reads and changes nothing", async () => {
  site = await makeTestEdge();
  const headers = { authorization: `Bearer ${site.edge.localToken}` };
  const status = await site.json<SiteStatus>("GET", "/api/status", { headers });
  assert.equal([status.uplink.state, status.person, status.site.name], ["not-configured", null, "Main & Maple"]);
  assert.is((await site.ask("POST", "/api/cameras", { headers, body: {} })).status, 403);
  assert.is((await site.ask("GET", "/api/status", { headers: { authorization: "Bearer wrong" } })).status, 401);
});

test("a push to a wrong address is said on the page, by the camera's name", async () => {
  site = await makeTestEdge({ cameras: [PUSH_CAMERA] });
  await site.signIn();
  const path = await pushPath();
  await push(`${path}x`);
  const words = async () => (await site.json<SiteStatus>("GET", "/api/status")).notices.map((notice) => notice.words);
  assert.match((await words())[0]!, /Messages for "North gate" come to a wrong push address/);
  await push("/push/hikvision/01990000-0000-7000-8000-0000000000ff/a-secret-of-nobody");
  assert.match((await words())[0]!, /A device pushes to an address that no camera of this site has/);
});

test("a mistake in the configuration of a running edge is said until it is mended, and ends nothing", async () => {
  site = await makeTestEdge();
  await site.signIn();
  const path = join(site.home, "config/local.yaml");
  const good = readFileSync(path, "utf8");
  const notices = async () => (await site.json<SiteStatus>("GET", "/api/status")).notices.map((notice) => notice.words);
  const bombs = ["a: &a [x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nd: [*c, *c]\n", "cameras: none\n"];
  for (const bad of bombs) {
    writeFileSync(path, `${good}${bad}`);
    assert.match((await site.edge.reload()) ?? "", /^config\/local.yaml/);
    assert.is((await notices()).length, 1);
  }
  writeFileSync(path, good.replace("listen: 127.0.0.1:0", "listen: 127.0.0.1:0\n  tls_cert: nowhere.pem"));
  assert.match((await site.edge.reload()) ?? "", /^web.tls_cert: .* cannot be read/);
  assert.match((await notices())[0]!, /the old one keeps running: web.tls_cert/);
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const port = (taken.address() as AddressInfo).port;
  writeFileSync(path, good.replace("listen: 127.0.0.1:0", `listen: 127.0.0.1:${port}`));
  assert.match((await site.edge.reload()) ?? "", /^web.listen: .* is in use/);
  taken.close();
  // The page is back where it was.
  await eventually(async () => assert.match((await notices())[0]!, /the old one keeps running: web.listen/));
  writeFileSync(path, good);
  assert.is(await site.edge.reload(), null);
  assert.equal(await notices(), []);
});

/** Sockets that were open to the old page fail once. */
async function eventually(look: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await look();
    } catch (error) {
      if (tries >= 5) throw error;
    }
  }
}

test("a trouble that is met every second is a line once", async () => {
  const lines: string[] = [];
  const log = pino({ level: "error" }, { write: (line: string) => void lines.push(line) });
  site = await makeTestEdge({ cameras: [PUSH_CAMERA] });
  await site.edge.stop();
  const edge = await startEdge({ home: site.home, log });
  const camera = await fetch(`${edge.address}/api/cameras`, { headers: { authorization: `Bearer ${edge.localToken}` } });
  const { cameras } = (await camera.json()) as { cameras: { push_path: string }[] };
  const db = openWriting(site.home);
  db.exec("BEGIN IMMEDIATE");
  for (let n = 0; n < 2; n++) {
    const answer = await fetch(`${edge.address}${cameras[0]!.push_path}`, {
      method: "POST",
      headers: { "content-type": "application/xml" },
      body: readFileSync(new URL("./cameras/hikvision/fixtures/anpr-event-tcg405-isapi-ns.xml", import.meta.url)),
    });
    assert.is(answer.status, 503);
  }
  db.exec("ROLLBACK");
  db.close();
  await edge.stop();
  assert.is(lines.length, 1, lines.join(""));
});

test("five wrong PINs lock that name, and a restart does not open it", async () => {
  site = await makeTestEdge();
  const guesses = await Promise.all(Array.from({ length: 8 }, () => site.signIn("miriam", "000000")));
  assert.ok(guesses.filter((answer) => answer.status === 401).length <= 5);
  for (let n = 0; n < 5; n++) await site.signIn("Miriam", "000001");
  assert.is((await site.signIn()).status, 429);
  site = await site.restart();
  assert.is((await site.signIn()).status, 429);
});

test("a session lasts over a restart and ends with the sign-out, its socket with it", async () => {
  site = await makeTestEdge();
  const cookie = (await site.signIn()).headers.getSetCookie()[0]!;
  assert.match(cookie, /HttpOnly/);
  assert.match(cookie, /SameSite=Strict/);
  site = await site.restart();
  const headers = { cookie: cookie.split(";")[0]! };
  assert.is((await site.ask("GET", "/api/status", { headers })).status, 200);
  await site.ask("POST", "/api/sign-out", { headers });
  assert.is((await site.ask("GET", "/api/status", { headers })).status, 401);
});

test("a foreign name gets 421 everywhere, a foreign page and a form cannot change anything", async () => {
  site = await makeTestEdge();
  await site.signIn();
  const port = new URL(site.edge.address).port;
  const raw = await rawRequest(Number(port), "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
  assert.match(raw, /^HTTP\/1.1 421/);
  const origin = { origin: "http://evil.example" };
  assert.is((await site.ask("POST", "/api/sign-out", { headers: origin })).status, 403);
  assert.is((await site.ask("POST", "/api/sign-out", { headers: { "content-type": "text/plain" } })).status, 415);
  assert.is((await site.ask("GET", "/api/live", { headers: { ...origin, connection: "upgrade" } })).status, 403);
  const page = await site.ask("GET", "/healthz");
  assert.match(page.headers.get("content-security-policy")!, /default-src 'self'/);
});

function rawRequest(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    import("node:net").then(({ connect }) => {
      let answer = "";
      const socket = connect(port, "127.0.0.1", () => socket.write(text));
      socket.on("data", (data) => (answer += String(data)));
      socket.on("close", () => resolve(answer));
      socket.on("error", reject);
    });
  });
}

test("with nobody to sign in the page is open on this machine only, and says so; a first person opens it", async () => {
  site = await makeTestEdge({ people: "none", listen: "0.0.0.0:0" });
  const headers = { authorization: `Bearer ${site.edge.localToken}` };
  const status = await site.json<SiteStatus>("GET", "/api/status", { headers });
  assert.match(status.notices[0]!.words, /this machine only/);
});

test("a second edge on the same home is told so in one sentence", async () => {
  site = await makeTestEdge();
  const second = await startEdge({ home: site.home, log: pino({ level: "silent" }) }).catch((error: Error) => error.message);
  assert.match(String(second), /^Another edge is running on this home/);
});

test("a port in use stops the start with the setting's name, and lets go of the home", async () => {
  site = await makeTestEdge();
  await site.edge.stop();
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  const port = (other.address() as { port: number }).port;
  const file = join(site.home, "config/local.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace("127.0.0.1:0", `127.0.0.1:${port}`));
  const refused = await startEdge({ home: site.home, log: pino({ level: "silent" }) }).catch((error: Error) => error.message);
  assert.match(String(refused), new RegExp(`^web.listen: 127.0.0.1:${port} is in use`));
  other.close();
  writeFileSync(file, readFileSync(file, "utf8").replace(`127.0.0.1:${port}`, "127.0.0.1:0"));
  site = await site.restart();
});

test("a camera added on the page runs at once, and its password is never told again", async () => {
  site = await makeTestEdge();
  await site.signIn();
  const body = { ...PUSH_CAMERA, username: "viewer", password: "s3cret-of-the-camera" };
  const { camera } = await site.json<{ camera: { id: string; has_password: boolean; push_path: string } }>("POST", "/api/cameras", {
    body,
  });
  assert.is(camera.has_password, true);
  assert.not.match(await (await site.ask("GET", "/api/cameras")).text(), /s3cret/);
  assert.not.match(readFileSync(join(site.home, "config/local.yaml"), "utf8"), /s3cret/);
  assert.is((await push(camera.push_path)).status, 200);
  const refused = await site.ask("POST", "/api/cameras", { body: { name: "x", adapter: "nikon" } });
  assert.equal(
    [
      refused.status,
      ((await refused.json()) as { error: { message: string } }).error.message.startsWith("The camera's adapter must be one of"),
    ],
    [422, true],
  );
});

test.run();
