import { createHash, randomBytes } from "node:crypto";
import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeHlc } from "../../shared/clock/hlc.ts";
import { decodeSnapshot } from "../../shared/crdt/snapshot-bytes.ts";
import { verifySignature } from "../../shared/crypto/device-keys.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { encodeCommandResult } from "../../shared/log/payloads/command-result-payload.ts";
import { encodeEntryOp } from "../../shared/log/payloads/entry-op-payload.ts";
import { bytesToHex, type EntryId, hexId, type ListId, type SessionId, type Sha256, uuid } from "../../shared/model/ids.ts";
import { decodeFrame } from "../../shared/protocol/decode.ts";
import { encodeFrame } from "../../shared/protocol/encode.ts";
import { joinFrames, splitFrames } from "../../shared/protocol/exchange-body.ts";
import type { UpFrame } from "../../shared/protocol/frames.ts";
import { CREDIT_RECORDS } from "../../shared/protocol/limits.ts";
import { deltaSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import { recordVerifiedBackup } from "../backup/record-verified-backup.ts";
import { makeCommand } from "../collectors/make-command.ts";
import type { OpenDb } from "../db/open-db.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { dial, registerWithKey, startTestCentral, type TestCentral } from "./test-central.ts";
import {
  addDetection,
  addRecord,
  appendOf,
  helloOf,
  newRid,
  type TestCollector,
  type TestLog,
  testCollector,
  testLog,
} from "./test-collector.ts";

await loadSodium();
let central: TestCentral;
let said: { why?: string; msg: string }[];
test.before.each(async () => {
  const db = await testDb();
  const open: OpenDb = { db, engine: "pglite", pglite: null, close: async () => undefined };
  said = [];
  central = await startTestCentral(open, said);
});
test.after.each(() => central.stop());
test.after(closeTestDb);

async function collector() {
  const owner = testCollector();
  return { owner, ...(await registerWithKey(central.db, owner.id)) };
}

async function connected(owner: TestCollector, apiKey: string, logs: readonly TestLog[]) {
  const link = await dial(central.url, apiKey);
  link.send(helloOf(owner, apiKey, logs));
  return { link, welcome: await link.next("welcome") };
}

test("HELLO, WELCOME, APPEND, ACK: a detection is at central and has its number", async () => {
  const { owner, apiKey } = await collector();
  const log = testLog(owner);
  const { rid } = addDetection(log);
  const { link, welcome } = await connected(owner, apiKey, [log]);
  assert.is(welcome.logs[0]?.next, 0);
  assert.is(welcome.logs[0]?.status, "new");
  assert.is(welcome.logs[0]?.credit.nextAccepted, CREDIT_RECORDS);
  assert.is(bytesToHex(welcome.centralKeys[0]), bytesToHex(central.merging.identity.publicKey));
  link.send(appendOf(log, 0));
  const ack = await link.next("ack");
  assert.is(ack.next, 2);
  assert.is(bytesToHex(ack.head), bytesToHex(log.heads[2]!.head));
  assert.is((await central.db.selectFrom("detections").select("id").execute())[0]?.id, rid);
  for (let tries = 0; tries < 100; tries++) {
    const rows = await central.db.selectFrom("arrivals").select("arrival").where("rid", "=", rid).execute();
    if (rows.length > 0) return link.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.unreachable("no number within 2 s");
});

test("an unknown, a missing and a revoked key are refused with 401", async () => {
  const { apiKey, apiKeyId } = await collector();
  await central.db.updateTable("api_keys").set({ revoked_at: new Date() }).where("id", "=", apiKeyId).execute();
  for (const key of ["", `alpr_${randomBytes(32).toString("base64url")}`, apiKey]) {
    await dial(central.url, key).then(
      () => assert.unreachable("accepted"),
      (error: Error) => assert.is(error.message, "401"),
    );
  }
});

test("a key that is revoked cuts its connection", async () => {
  const { owner, apiKey, apiKeyId } = await collector();
  const { link } = await connected(owner, apiKey, []);
  central.syncing.closeKey(apiKeyId);
  assert.is(await link.closed, 4401);
});

test("T-56 a HELLO that the device key has not signed is refused", async () => {
  const { owner, apiKey } = await collector();
  const link = await dial(central.url, apiKey);
  link.send({ ...helloOf(owner, apiKey, []), deviceKey: testCollector().deviceKey });
  assert.is((await link.next("error")).code, "unauthorised");
  await link.closed;
});

test("another device under the same key is stored and marked; with a bound key an unpinned stranger is refused", async () => {
  const { owner, apiKey } = await collector();
  (await connected(owner, apiKey, [])).link.close();
  const clone = testCollector(owner.id);
  const unpinned = await dial(central.url, apiKey);
  unpinned.send(helloOf(clone, apiKey, []));
  assert.is((await unpinned.next("error")).code, "unauthorised");
  const log = testLog(clone);
  addDetection(log);
  const link = await dial(central.url, apiKey);
  link.send(helloOf(clone, apiKey, [log], central.merging.identity.centralId));
  await link.next("welcome");
  link.send(appendOf(log, 0));
  assert.is((await link.next("ack")).next, 2);
  const row = await central.db.selectFrom("collector_logs").select("status").where("collector_id", "=", owner.id).executeTakeFirstOrThrow();
  assert.is(row.status, "unconfirmed");
  const codes = (await central.db.selectFrom("notices").select("code").execute()).map((one) => one.code);
  assert.ok(codes.includes("unconfirmed-key"));
  const isMarked = async () => {
    link.send(heartbeat());
    return (await link.next("beat")).logs.map((one) => one.isUnconfirmed);
  };
  assert.equal(await isMarked(), [true], "the device itself is told");
  await central.db.updateTable("collector_logs").set({ status: "active" }).where("collector_id", "=", owner.id).execute();
  assert.equal(await isMarked(), [undefined], "and told when somebody has confirmed it, while it stays connected");
  // The bound device itself may come back unpinned: its first WELCOME may have been lost.
  const again = await connected(owner, apiKey, []);
  again.link.close();
  link.close();
});

test("the same HELLO twice changes nothing", async () => {
  const { owner, apiKey } = await collector();
  const log = testLog(owner);
  const first = await connected(owner, apiKey, [log]);
  const before = await central.db.selectFrom("collector_logs").selectAll().where("collector_id", "=", owner.id).execute();
  const second = await connected(owner, apiKey, [log]);
  assert.equal(await central.db.selectFrom("collector_logs").selectAll().where("collector_id", "=", owner.id).execute(), before);
  first.link.close();
  second.link.close();
});

test("a new session takes the log over and the old one is fenced", async () => {
  const { owner, apiKey } = await collector();
  const log = testLog(owner);
  addDetection(log);
  const old = await connected(owner, apiKey, [log]);
  const renewed: TestCollector = { ...owner, session: hexId<SessionId>(new Uint8Array(randomBytes(16))) };
  const young = await connected(renewed, apiKey, [log]);
  old.link.send(appendOf(log, 0));
  assert.is((await old.link.next("error")).code, "fenced");
  young.link.send(appendOf(log, 0, undefined, renewed.session));
  assert.is((await young.link.next("ack")).next, 2);
  old.link.close();
  young.link.close();
});

test("garbage ends the connection with a plain error, an unknown frame type does not", async () => {
  const { owner, apiKey } = await collector();
  const { link } = await connected(owner, apiKey, []);
  link.sendBytes(new Uint8Array([0x91, 0x60]));
  assert.is((await link.next("error")).code, "unsupported");
  link.sendBytes(new Uint8Array([0xc1, 1, 2, 3]));
  assert.is((await link.next("error")).code, "bad-frame");
  await link.closed;
  assert.equal(
    said.map(({ msg }) => msg),
    ["a frame of a collector was refused: unsupported", "a frame of a collector was refused: bad-frame"],
    "the administrator reads it too",
  );
});

test("a frame beyond 256 KiB closes the connection", async () => {
  const { owner, apiKey } = await collector();
  const { link } = await connected(owner, apiKey, []);
  link.sendBytes(new Uint8Array(300 * 1024));
  assert.is(await link.closed, 1009);
});

function heartbeat(more: Partial<Extract<UpFrame, { type: "heartbeat" }>> = {}): UpFrame {
  return {
    type: "heartbeat",
    clock: { wallMs: Date.now(), monoMs: 5, quality: 3 },
    feeds: [],
    spool: { bytes: 5_000, oldestMs: Date.now() - 60_000, freeBytes: 1e9, imagesWaiting: 3 },
    health: { rssBytes: 1e8, uptimeSeconds: 60, waitingRecords: 12, version: "1.2.3" },
    cameras: [
      {
        id: uuid(uuidv7()),
        name: "North gate",
        adapter: "hikvision",
        mode: "stream",
        state: "watching",
        detail: "",
        lastMessageMs: Date.now(),
        lastDetectionMs: null,
        latitude: 41.1,
        longitude: -74,
      },
    ],
    configRevision: 0,
    site: { name: "Main & Maple", timeZone: "America/New_York", latitude: 41.11, longitude: -74.04 },
    alarms: [],
    ...more,
  };
}

test("a heartbeat is kept and answered with where everything stands", async () => {
  const { owner, apiKey, siteId } = await collector();
  const log = testLog(owner);
  const { link } = await connected(owner, apiKey, [log]);
  link.send(heartbeat());
  const beat = await link.next("beat");
  assert.is(beat.logs.length, 1);
  const row = await central.db.selectFrom("heartbeats").selectAll().where("collector_id", "=", owner.id).executeTakeFirstOrThrow();
  assert.is(Number(row.waiting_records), 12);
  assert.ok(Math.abs(Number(row.lag_ms) - 60_000) < 1_000);
  assert.is((await central.db.selectFrom("cameras").select("name").execute())[0]?.name, "North gate");
  const site = await central.db.selectFrom("sites").select("latitude").where("id", "=", siteId).executeTakeFirstOrThrow();
  assert.is(site.latitude, 41.11);
  link.close();
});

test("what two verified backups hold is told by the next BEAT", async () => {
  const { owner, apiKey } = await collector();
  const log = testLog(owner);
  addDetection(log);
  const { link } = await connected(owner, apiKey, [log]);
  link.send(appendOf(log, 0));
  assert.is((await link.next("ack")).durable, 0);
  const cursors = [{ log: log.logId, next: 2, head: bytesToHex(log.heads[2]!.head) }];
  for (const madeMs of [1, 2]) {
    const backup = { id: uuidv7(), kind: "replica" as const, label: "test", madeMs, incarnation: null, counts: {}, tree: null };
    await recordVerifiedBackup({ db: central.db, nowMs: Date.now }, backup, cursors, "compared");
  }
  link.send(heartbeat());
  assert.equal(
    (await link.next("beat")).logs.map(({ logId, durable }) => [logId, durable]),
    [[log.logId, 2]],
  );
  link.close();
});

test("a camera that a site has no longer is said to be so, and comes back as it is", async () => {
  const { owner, apiKey } = await collector();
  const { link } = await connected(owner, apiKey, []);
  const north = heartbeat();
  const south = heartbeat();
  if (north.type !== "heartbeat" || south.type !== "heartbeat") throw new Error("heartbeats");
  const states = async (): Promise<string[]> =>
    (await central.db.selectFrom("cameras").select(["id", "state", "detail"]).execute())
      .sort((a) => (a.id === north.cameras[0]!.id ? -1 : 1))
      .map(({ state, detail }) => `${state} ${detail}`.trim());
  for (const [cameras, expected] of [
    [
      [...north.cameras, ...south.cameras],
      ["watching", "watching"],
    ],
    [north.cameras, ["watching", "stopped Not among the site's cameras any more."]],
    [south.cameras, ["stopped Not among the site's cameras any more.", "watching"]],
  ] as const) {
    link.send({ ...north, cameras });
    await link.next("beat");
    assert.equal(await states(), expected);
  }
  link.close();
});

test("a plate added at one site reaches the feed, and the other site by snapshot and signed delta", async () => {
  const { owner, apiKey, siteId } = await collector();
  const other = await collector();
  const list = uuid<ListId>(uuidv7());
  const log = testLog(owner, "urgent");
  const op = (entry: EntryId, set: Parameters<typeof encodeEntryOp>[0]["set"]) => {
    const rid = newRid();
    const fields = encodeEntryOp({ rid, list, entry, causalLength: 1, set, hlc: makeHlc(Date.now(), 0), reason: "", author: "Dana" });
    addRecord(log, { kind: "entry-op", rid, fields });
  };
  op(list as string as EntryId, [
    ["listName", "Ours"],
    ["listKind", "site"],
  ]);
  op(uuid<EntryId>(uuidv7()), [["pattern", "ABC123"]]);
  const mine = await connected(owner, apiKey, [log]);
  mine.link.send(appendOf(log, 0));
  await mine.link.next("ack");
  assert.is((await central.db.selectFrom("watchlist_sites").selectAll().where("list_id", "=", list).execute())[0]?.site_id, siteId);
  const theirs = await connected(other.owner, other.apiKey, []);
  assert.equal(theirs.welcome.feeds, []);
  await central.db.insertInto("watchlist_sites").values({ list_id: list, site_id: other.siteId }).execute();
  central.syncing.nudgeFeeds();
  const snapshot = await theirs.link.next("snapshot");
  const response = await fetch(`${central.url}/sync/v1/snapshots/${snapshot.sha256}`, {
    headers: { authorization: `Bearer ${other.apiKey}` },
  });
  const decoded = decodeSnapshot(new Uint8Array(await response.arrayBuffer()))!;
  assert.is(decoded.state.entries.size, 2);
  const part = await fetch(`${central.url}/sync/v1/snapshots/${snapshot.sha256}`, {
    headers: { authorization: `Bearer ${other.apiKey}`, range: "bytes=10-19" },
  });
  assert.is(part.status, 206);
  assert.is((await part.arrayBuffer()).byteLength, 10);
  theirs.link.send(
    heartbeat({ feeds: [{ list, generation: snapshot.generation, cursor: snapshot.at, checksum: decoded.state.checksum }] }),
  );
  await theirs.link.next("beat");
  op(uuid<EntryId>(uuidv7()), [["pattern", "XYZ9"]]);
  mine.link.send(appendOf(log, 3));
  const delta = await theirs.link.next("delta");
  assert.is(delta.to, 3);
  assert.ok(verifySignature(theirs.welcome.centralKeys[0], deltaSignedBytes(delta, delta.ops), delta.signature));
  mine.link.close();
  theirs.link.close();
});

async function exchange(apiKey: string, frames: readonly UpFrame[]) {
  const response = await fetch(`${central.url}/sync/v1/exchange`, {
    method: "POST",
    body: joinFrames(frames.map(encodeFrame)),
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/octet-stream" },
  });
  const answers = splitFrames(new Uint8Array(await response.arrayBuffer()), 64) ?? [];
  return {
    status: response.status,
    frames: answers.map((bytes) => decodeFrame(bytes)).map((one) => (one.kind === "frame" ? one.frame : null)),
  };
}

test("an exchange by POST does the same, and sent twice changes nothing", async () => {
  const { owner, apiKey } = await collector();
  const log = testLog(owner);
  for (let i = 0; i < 20; i++) addDetection(log);
  const frames = [helloOf(owner, apiKey, [log]), appendOf(log, 0, 11), appendOf(log, 11)];
  for (let times = 0; times < 2; times++) {
    const answer = await exchange(apiKey, frames);
    assert.equal(
      answer.frames.map((frame) => frame?.type),
      ["welcome", "ack", "ack"],
    );
    const last = answer.frames[2];
    assert.is(last?.type === "ack" && last.next, 21);
  }
  assert.is((await central.db.selectFrom("detections").select("id").execute()).length, 20);
});

async function ask(collectorId: string) {
  const { sign } = central.merging.identity;
  const deps = { db: central.db, newId: uuidv7, nowMs: Date.now, sign, onMade: central.syncing.tellCommands };
  const order = { reason: "a test", notBeforeMs: null, expiresAfterMs: null, what: { kind: "report-now" } } as const;
  const made = await makeCommand(deps, collectorId, order, [], { userId: null, userName: "test", address: null, requestId: null });
  if (made.kind !== "made") throw new Error(made.message);
  return made.id;
}

test("a command goes down at once, with the next WELCOME, and by POST as well; not twice in a moment, not after its answer", async () => {
  const { owner, apiKey } = await collector();
  const log = testLog(owner, "urgent");
  const { link } = await connected(owner, apiKey, [log]);
  const id = await ask(owner.id);
  assert.is((await link.next("command")).id, id);
  link.close();
  const hello = helloOf({ ...owner, session: "31".repeat(16) as SessionId }, apiKey, [log]);
  const types = async () => (await exchange(apiKey, [hello])).frames.map((frame) => frame?.type);
  assert.equal([await types(), await types()], [["welcome", "command"], ["welcome"]]);
  const result = { command: id, outcome: "done", words: "done", configRevision: 0, detail: null } as const;
  addRecord(log, { kind: "command-result", fields: encodeCommandResult(result) });
  const answered = await exchange(apiKey, [helloOf(owner, apiKey, [log]), appendOf(log, 0)]);
  assert.equal(
    answered.frames.map((frame) => frame?.type),
    ["welcome", "command", "ack"],
  );
  const later = helloOf({ ...owner, session: "32".repeat(16) as SessionId }, apiKey, [log]);
  assert.equal(
    (await exchange(apiKey, [later])).frames.map((frame) => frame?.type),
    ["welcome"],
  );
});

test("over the rate a caller gets a slot before anything of its HELLO is looked at, by either way; a session that was let in is not asked again", async () => {
  const { owner, apiKey } = await collector();
  const busy = await startTestCentral({ db: central.db, engine: "pglite", pglite: null, close: async () => undefined }, [], 1);
  const hello = helloOf(owner, apiKey, []);
  const post = async (frame: UpFrame): Promise<string[]> => {
    const headers = { authorization: `Bearer ${apiKey}` };
    const response = await fetch(`${busy.url}/sync/v1/exchange`, { method: "POST", body: joinFrames([encodeFrame(frame)]), headers });
    return splitFrames(new Uint8Array(await response.arrayBuffer()), 64)!.map((bytes) => {
      const decoded = decodeFrame(bytes);
      return decoded.kind === "frame" ? decoded.frame.type : decoded.kind;
    });
  };
  assert.equal(await post(hello), ["welcome"]);
  const waits: number[] = [];
  for (const caller of [testCollector(owner.id), testCollector(owner.id)]) {
    const link = await dial(busy.url, apiKey);
    // A signature that cannot be right: it is not looked at.
    link.send({ ...helloOf(caller, apiKey, []), signature: new Uint8Array(64) });
    waits.push((await link.next("later")).retryAfterMs);
    await link.closed;
  }
  assert.ok(waits[0]! > 500 && waits[1]! > waits[0]! + 500, `each caller has a slot of its own: ${waits}`);
  assert.equal(await post(helloOf(testCollector(owner.id), apiKey, [])), ["later"]);
  assert.equal(await post(hello), ["welcome"]);
  await busy.stop();
});

test("an exchange that is not framed is refused", async () => {
  const { apiKey } = await collector();
  const response = await fetch(`${central.url}/sync/v1/exchange`, {
    method: "POST",
    body: new Uint8Array([0, 0, 1]),
    headers: { authorization: `Bearer ${apiKey}` },
  });
  assert.is(response.status, 400);
});

test("pictures: only what a record names, resumed where the line broke, verified at the end", async () => {
  const { owner, apiKey } = await collector();
  const log = testLog(owner);
  const bytes = new Uint8Array(randomBytes(40_000));
  const sha256 = createHash("sha256").update(bytes).digest("hex") as Sha256;
  const { link } = await connected(owner, apiKey, [log]);
  const offer = { type: "offer", images: [{ sha256, bytes: bytes.length, role: 2, rid: newRid(), priority: 1 }] } as const;
  const url = `${central.url}/sync/v1/images/${sha256}`;
  const put = (offset: number, body: Uint8Array<ArrayBuffer>) =>
    fetch(url, { method: "PUT", body, headers: { authorization: `Bearer ${apiKey}`, "upload-offset": String(offset) } });
  link.send(offer);
  assert.equal((await link.next("want")).images, []);
  assert.is((await put(0, bytes)).status, 409);
  addDetection(log, { images: [{ role: "crop", sha256, bytes: bytes.length }] });
  link.send(appendOf(log, 0));
  await link.next("ack");
  link.send(offer);
  assert.equal((await link.next("want")).images, [{ sha256, offset: 0 }]);
  const first = await put(0, bytes.slice(0, 15_000));
  assert.is(first.status, 204);
  assert.is(first.headers.get("upload-offset"), "15000");
  const wrong = await put(0, bytes);
  assert.is(wrong.status, 409);
  assert.is(wrong.headers.get("upload-offset"), "15000");
  link.send(offer);
  assert.equal((await link.next("want")).images, [{ sha256, offset: 15_000 }]);
  const head = await fetch(url, { method: "HEAD", headers: { authorization: `Bearer ${apiKey}` } });
  assert.is(head.headers.get("upload-offset"), "15000");
  assert.is((await put(15_000, bytes.slice(15_000))).status, 204);
  link.send(offer);
  assert.equal((await link.next("want")).images, [{ sha256, offset: bytes.length }]);
  assert.is((await central.db.selectFrom("image_objects").selectAll().execute()).length, 1);
  link.close();
});

test("bytes that do not match the picture's name are refused and start again at 0", async () => {
  const { owner, apiKey } = await collector();
  const log = testLog(owner);
  const bytes = new Uint8Array(randomBytes(5_000));
  const sha256 = createHash("sha256").update(bytes).digest("hex") as Sha256;
  addDetection(log, { images: [{ role: "crop", sha256, bytes: bytes.length }] });
  await exchange(apiKey, [helloOf(owner, apiKey, [log]), appendOf(log, 0)]);
  const wrong = await fetch(`${central.url}/sync/v1/images/${sha256}`, {
    method: "PUT",
    body: new Uint8Array(bytes.length),
    headers: { authorization: `Bearer ${apiKey}`, "upload-offset": "0" },
  });
  assert.is(wrong.status, 422);
  assert.is((await central.db.selectFrom("image_events").select("event").execute())[0]?.event, "mismatch");
  assert.match(said.at(-1)!.msg, /bytes do not match its name/);
});

test.run();
