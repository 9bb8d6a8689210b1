/** What edges see of the tree over the wire: heads, proofs, a new life, and the alarm of a witness. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { verifyConsistency } from "../../shared/log/merkle-verify.ts";
import type { Heartbeat, TreeHead } from "../../shared/protocol/frames.ts";
import { isSignedHead } from "../../shared/protocol/tree-head.ts";
import type { OpenDb } from "../db/open-db.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { dial, registerWithKey, startTestCentral, type TestCentral, type TestLink } from "./test-central.ts";
import { addDetection, appendOf, helloOf, type TestLog, testCollector, testLog } from "./test-collector.ts";

await loadSodium();
let central: TestCentral;
test.before.each(async () => {
  const db = await testDb();
  const open: OpenDb = { db, engine: "pglite", pglite: null, close: async () => undefined };
  central = await startTestCentral(open);
});
test.after.each(() => central.stop());
test.after(closeTestDb);

async function edge() {
  const owner = testCollector();
  const { apiKey } = await registerWithKey(central.db, owner.id);
  const log = testLog(owner);
  const connect = async (seen: TreeHead | null = null) => {
    const link = await dial(central.url, apiKey);
    link.send({ ...helloOf(owner, apiKey, [log]), seen });
    return { link, welcome: await link.next("welcome") };
  };
  return { owner, log, connect };
}

const beat = (alarms: Heartbeat["alarms"] = []): Heartbeat => ({
  type: "heartbeat",
  clock: { wallMs: Date.now(), monoMs: 5, quality: 3 },
  feeds: [],
  spool: { bytes: 0, oldestMs: null, freeBytes: null, imagesWaiting: 0 },
  health: { rssBytes: 1, uptimeSeconds: 1, waitingRecords: 0, version: "test" },
  cameras: [],
  configRevision: 0,
  site: { name: "Main & Maple", timeZone: "America/New_York", latitude: null, longitude: null },
  alarms,
});

/** Sends one more detection and waits until a BEAT shows a head larger than `than`. */
async function grown(link: TestLink, log: TestLog, than: number): Promise<TreeHead> {
  const from = log.records.length === 1 ? 0 : log.records.length;
  addDetection(log);
  link.send(appendOf(log, from));
  await link.next("ack");
  for (let tries = 0; tries < 60; tries++) {
    link.send(beat());
    const { treeHead } = await link.next("beat");
    if (treeHead !== null && treeHead.size > than) return treeHead;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the tree did not grow within 6 s");
}

test("an acknowledged APPEND stands in a signed head within about a second, in BEAT and in the next WELCOME", async () => {
  const { log, connect } = await edge();
  const { link } = await connect();
  const head = await grown(link, log, 2);
  assert.ok(isSignedHead(head, central.merging.identity.publicKey));
  link.close();
  const again = await connect(head);
  assert.ok(again.welcome.treeHead!.size >= head.size);
  assert.is(again.welcome.incarnation, head.incarnation);
  again.link.close();
});

test("PROOF shows that a larger tree begins with the one that was seen; for sizes that are not there an ERROR, and the session goes on", async () => {
  const { log, connect } = await edge();
  const { link } = await connect();
  const older = await grown(link, log, 2);
  const newer = await grown(link, log, older.size);
  link.send({ type: "proof?", from: older.size, to: newer.size });
  const proof = await link.next("proof");
  assert.equal([proof.from, proof.to], [older.size, newer.size]);
  assert.ok(verifyConsistency(older, newer, proof.hashes));
  link.send({ type: "proof?", from: older.size, to: 1_000_000 });
  const error = await link.next("error");
  assert.equal([error.code, error.reference], ["unsupported", "proof"]);
  link.send({ type: "proof?", from: older.size, to: newer.size });
  await link.next("proof");
  link.close();
});

test("an edge that saw a larger tree begins a new life, and sessions that run are told by the generation of their lists", async () => {
  const { log, connect } = await edge();
  const first = await connect();
  const seen = await grown(first.link, log, 2);
  // The database becomes an older copy under the running program: the last leaf was never there.
  await central.db
    .deleteFrom("tree_leaves")
    .where("position", ">=", seen.size - 1)
    .execute();
  await central.db
    .deleteFrom("tree_nodes")
    .where("level", "=", 0)
    .where("position", ">=", seen.size - 1)
    .execute();
  const returned = await connect(seen);
  assert.is.not(returned.welcome.incarnation, seen.incarnation);
  assert.ok(returned.welcome.treeHead === null || returned.welcome.treeHead.incarnation === returned.welcome.incarnation);
  first.link.send(beat());
  await first.link.next("beat");
  assert.is(central.merging.life.incarnation(), returned.welcome.incarnation);
  const notices = await central.db.selectFrom("notices").select(["code", "words"]).execute();
  assert.equal(
    notices.map((one) => one.code),
    ["central-restored"],
  );
  assert.match(notices[0]!.words, "older copy");
  first.link.close();
  returned.link.close();
});

test("a witness's alarm becomes one notice for administrators, however often it is told", async () => {
  const { owner, connect } = await edge();
  const { link } = await connect();
  const alarm = { code: "LOG_FORK", words: "Central shows another history.", sinceMs: Date.now() };
  const strange = { code: "OF_A_LATER_RELEASE", words: "Something new is wrong.", sinceMs: Date.now() };
  for (let times = 0; times < 3; times++) {
    link.send(beat([alarm, strange]));
    await link.next("beat");
  }
  const notices = await central.db.selectFrom("notices").select(["code", "level", "words", "collector_id"]).orderBy("code").execute();
  assert.equal(notices, [
    { code: "edge-alarm", level: "alarm", words: "A site reports: Something new is wrong.", collector_id: owner.id },
    { code: "log-fork", level: "alarm", words: "A site reports: Central shows another history.", collector_id: owner.id },
  ]);
  const count = async () => (await central.db.selectFrom("notices").select("id").execute()).length;
  await central.db.updateTable("notices").set({ cleared_at: new Date() }).execute();
  link.send(beat([alarm, strange]));
  await link.next("beat");
  assert.is(await count(), 2, "read once, it does not come back with each heartbeat");
  link.send(beat([{ ...alarm, sinceMs: Date.now() + 1_000 }]));
  await link.next("beat");
  assert.is(await count(), 3, "but it is told anew when it began anew");
  link.close();
});

test("of two alarms of a site the second is told when the first was cleared", async () => {
  const { connect } = await edge();
  const { link } = await connect();
  const alarms = ["The data file was damaged.", "Records were changed."].map((words) => ({ code: "STORE", words, sinceMs: Date.now() }));
  const told = async () => {
    link.send(beat(alarms));
    await link.next("beat");
    const open = await central.db.selectFrom("notices").select("words").where("cleared_at", "is", null).execute();
    await central.db.updateTable("notices").set({ cleared_at: new Date() }).execute();
    return open.map((one) => one.words);
  };
  assert.equal(await told(), ["A site reports: The data file was damaged."]);
  assert.equal(await told(), ["A site reports: Records were changed."]);
  assert.equal(await told(), []);
  link.close();
});

test.run();
