/** An edge that sends more than it may, beside one that does not. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { APPENDS_WAITING_MAX } from "../../shared/protocol/limits.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { dial, registerWithKey, startTestCentral, type TestCentral, type TestLink } from "./test-central.ts";
import { addDetection, appendOf, helloOf, type TestLog, testCollector, testLog } from "./test-collector.ts";

await loadSodium();
test.after(closeTestDb);

/** Detections of each. */
const [FLOOD, CALM] = [10 * APPENDS_WAITING_MAX, 5];

/** An edge with so many detections that its central has not got. */
async function edgeWith(central: TestCentral, detections: number) {
  const owner = testCollector();
  const { apiKey } = await registerWithKey(central.db, owner.id);
  const log = testLog(owner);
  for (let at = 0; at < detections; at++) addDetection(log);
  const connect = async (): Promise<{ link: TestLink; next: number }> => {
    const link = await dial(central.url, apiKey);
    link.send(helloOf(owner, apiKey, [log]));
    return { link, next: (await link.next("welcome")).logs[0]!.next };
  };
  return { log, connect };
}

/** As an edge does that keeps to what it may: the next one after the answer. Answers how far it came. */
async function sendInTurn(link: TestLink, log: TestLog, from: number): Promise<number> {
  let next = from;
  while (next < log.records.length) {
    link.send(appendOf(log, next, 1));
    next = (await link.next("ack")).next;
  }
  return next;
}

test("T-49 an edge that floods is cut at what may wait, others are answered meanwhile, and in the end all of it is there once", async () => {
  const db = await testDb();
  const central = await startTestCentral({ db, engine: "pglite", pglite: null, close: async () => undefined });
  const flooder = await edgeWith(central, FLOOD);
  const other = await edgeWith(central, CALM);
  const { link: calm, next } = await other.connect();
  const flood = await flooder.connect();
  for (let at = 0; at < flooder.log.records.length; at++) flood.link.send(appendOf(flooder.log, at, 1));
  assert.is(await sendInTurn(calm, other.log, next), other.log.records.length);
  assert.is((await flood.link.next("error")).code, "busy");
  await flood.link.closed;

  const again = await flooder.connect();
  assert.ok(again.next < flooder.log.records.length, "the flood was not taken whole");
  await sendInTurn(again.link, flooder.log, again.next);
  const { count } = await db
    .selectFrom("detections")
    .select((eb) => eb.fn.countAll().as("count"))
    .executeTakeFirstOrThrow();
  assert.is(Number(count), FLOOD + CALM);
  await central.stop();
});

test.run();
