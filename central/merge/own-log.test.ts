import { randomBytes } from "node:crypto";
import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { signingKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { chainItems, EMPTY_LOG } from "../../shared/log/chain.ts";
import { openCheckpoint } from "../../shared/log/checkpoint.ts";
import { DETECTION_VERSION, encodeDetection } from "../../shared/log/payloads/detection-payload.ts";
import { encodeEntryOp } from "../../shared/log/payloads/entry-op-payload.ts";
import { bytesToHex, type LogId, uuid } from "../../shared/model/ids.ts";
import type { EntryOp } from "../../shared/model/watchlist.ts";
import type { Db } from "../db/open-db.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { newRid, sampleDetection } from "../ingest/test-collector.ts";
import { type CentralIdentity, identityOf } from "../integrity/central-identity.ts";
import type { MergeDeps } from "./merge-deps.ts";
import { openOwnLog } from "./own-log.ts";
import { mergeDepsOf } from "./test-world.ts";

await loadSodium();
test.after(closeTestDb);

const identity: CentralIdentity = identityOf(signingKeysFromSeed(new Uint8Array(32).fill(9)));
const open = (db: Db, more: Partial<MergeDeps> = {}, as: CentralIdentity = identity) =>
  openOwnLog({
    merge: mergeDepsOf(db, more),
    identity: as,
    newId: uuidv7,
    randomBytes: (count) => new Uint8Array(randomBytes(count)),
    monoMs: () => performance.now(),
  });

test("central's first start makes its collector and two logs; later starts go on with them", async () => {
  const db = await testDb();
  const first = await open(db);
  const second = await open(db);
  assert.is(second.collectorId, first.collectorId);
  const logs = await db.selectFrom("collector_logs").select(["class", "status", "next"]).orderBy("class").execute();
  assert.equal(
    logs.map((log) => [log.class, log.status, Number(log.next)]),
    [
      ["detections", "active", 1],
      ["urgent", "active", 1],
    ],
  );
  await open(db, {}, identityOf(signingKeysFromSeed(new Uint8Array(32).fill(8))));
  assert.is((await db.selectFrom("collector_logs").select("log_id").execute()).length, 4);
});

test("what central appends is chained, signed and projected like an edge's records", async () => {
  const db = await testDb();
  const published: EntryOp[] = [];
  const own = await open(db, { publishOps: async (_tx, ops) => new Map(ops.map((op, at) => [op.rid, published.push(op) + at])) });
  const rid = newRid();
  const list = uuid<EntryOp["list"]>(uuidv7());
  const op = {
    rid,
    list,
    entry: uuid<EntryOp["entry"]>(uuidv7()),
    causalLength: 1,
    set: [],
    hlc: "0".repeat(16) as never,
    reason: "",
    author: "Ann",
  };
  const detection = sampleDetection(newRid());
  const rids = await db.transaction().execute((tx) =>
    own.appendOwn(tx, [
      { kind: "entry-op", version: 1, fields: encodeEntryOp(op), rid },
      { kind: "detection", version: DETECTION_VERSION, fields: encodeDetection(detection), rid: detection.rid },
    ]),
  );
  assert.equal(rids, [rid, detection.rid]);
  assert.equal(
    published.map((one) => one.rid),
    [rid],
  );
  assert.is((await db.selectFrom("detections").select("id").execute())[0]?.id, detection.rid);
  for (const log of await db.selectFrom("collector_logs").selectAll().execute())
    await verifyLog(db, log.log_id, Number(log.next), log.head);
});

/** As a stranger would: chain the stored bytes anew and check the newest checkpoint with central's public key. */
async function verifyLog(db: Db, id: Uint8Array, next: number, head: Uint8Array): Promise<void> {
  const logId = bytesToHex(id) as LogId;
  const rows = await db.selectFrom("log_records").selectAll().where("log_id", "=", id).orderBy("seq").execute();
  const chained = chainItems(
    logId,
    EMPTY_LOG,
    rows.map((row) => ({ tail: row.header.subarray(64), payload: row.payload })),
  );
  assert.is(chained.kind, "ok");
  assert.is(chained.kind === "ok" && bytesToHex(chained.head.head), bytesToHex(head));
  const checkpoint = await db
    .selectFrom("log_checkpoints")
    .selectAll()
    .where("log_id", "=", id)
    .orderBy("next", "desc")
    .executeTakeFirstOrThrow();
  assert.is(openCheckpoint(checkpoint, identity.publicKey)?.next, next);
}

test("central's people may still end an entry whose causal length was driven far beyond what a site's edits come to", async () => {
  const published: EntryOp[] = [];
  const db = await testDb();
  const own = await open(db, {
    publishOps: async (_tx, ops) => new Map(ops.map((op, at) => [op.rid, published.push(op) + at])),
  });
  const at = { list: uuid<EntryOp["list"]>(uuidv7()), entry: uuid<EntryOp["entry"]>(uuidv7()), rid: newRid() };
  const op: EntryOp = { ...at, causalLength: 2 ** 31, set: [], hlc: "0".repeat(16) as never, reason: "", author: "Ann" };
  const record = { kind: "entry-op", version: 1, fields: encodeEntryOp(op), rid: op.rid } as const;
  await db.transaction().execute((tx) => own.appendOwn(tx, [record]));
  assert.is(published[0]?.causalLength, 2 ** 31);
});

test("a transaction that is rolled back leaves no record and no gap", async () => {
  const db = await testDb();
  const own = await open(db);
  const record = (): Parameters<typeof own.appendOwn>[1][number] => {
    const detection = sampleDetection(newRid());
    return { kind: "detection", version: DETECTION_VERSION, fields: encodeDetection(detection), rid: detection.rid };
  };
  const failed = db.transaction().execute(async (tx) => {
    await own.appendOwn(tx, [record()]);
    throw new Error("the caller changed its mind");
  });
  await failed.then(
    () => assert.unreachable(),
    () => undefined,
  );
  await db.transaction().execute((tx) => own.appendOwn(tx, [record()]));
  const log = await db.selectFrom("collector_logs").selectAll().where("class", "=", "detections").executeTakeFirstOrThrow();
  assert.is(Number(log.next), 2);
  await verifyLog(db, log.log_id, 2, log.head);
});

test.run();
