import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeHlc } from "../../shared/clock/hlc.ts";
import { makeSigner, signingKeysFromSeed, verifySignature } from "../../shared/crypto/device-keys.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { encodeReturnedDelta } from "../../shared/log/payloads/returned-delta-payload.ts";
import type { EntryId, Incarnation, ListId, Rid } from "../../shared/model/ids.ts";
import type { FeedOp } from "../../shared/model/watchlist.ts";
import { encodeFrame } from "../../shared/protocol/encode.ts";
import { decodeFeedOp, encodeFeedOp } from "../../shared/protocol/feed-op.ts";
import { deltaSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { publishOps } from "../feeds/publish-ops.ts";
import { addRecord, appendOf, testLog } from "../ingest/test-collector.ts";
import { mergeAppend } from "./merge-append.ts";
import { knownCollector, mergeDepsOf, openTestLogs } from "./test-world.ts";

await loadSodium();
test.after(closeTestDb);

const LIST = "0199a0b0-0000-7000-8000-000000000001" as ListId;
const OWN = signingKeysFromSeed(new Uint8Array(32).fill(3));
const STRANGER = signingKeysFromSeed(new Uint8Array(32).fill(4));
const at = Date.now() - 3_600_000;

const opOf = (n: number, causalLength = 1): FeedOp => ({
  rid: `0199a0b0-0000-7000-8000-0000000000${10 + n}` as Rid,
  list: LIST,
  entry: (n === 0 ? LIST : `0199a0b0-0000-7000-9000-0000000000${10 + n}`) as EntryId,
  causalLength,
  set:
    n === 0
      ? [["listName", "Break-ins"]]
      : [
          ["pattern", `P${n}`],
          ["expiresMs", at + 9e8],
        ],
  hlc: makeHlc(at + 864e5, n),
  effectiveHlc: makeHlc(at + n, 0),
  reason: "",
  author: "Dov",
});

function returned(keys: typeof OWN, ...ops: FeedOp[]): Uint8Array {
  const claim = {
    list: LIST,
    generation: "b".repeat(32) as Incarnation,
    from: 0,
    to: ops.length,
    runningHash: new Uint8Array(32),
    checksum: new Uint8Array(32),
  };
  const bytes = ops.map(encodeFeedOp);
  return encodeReturnedDelta(
    encodeFrame({ type: "delta", ...claim, ops: bytes, signature: makeSigner(keys)(deltaSignedBytes(claim, bytes)) }),
  );
}

async function world() {
  const db = await testDb();
  const owner = await knownCollector(db);
  const log = testLog(owner, "urgent");
  await openTestLogs(db, [log]);
  const isOwnSignature = (message: Uint8Array, signature: Uint8Array) => verifySignature(OWN.publicKey, message, signature);
  const deps = mergeDepsOf(db, { publishOps, isOwnSignature });
  let sent = 0;
  const send = async (fields: Uint8Array): Promise<void> => {
    addRecord(log, { kind: "returned-delta", fields });
    assert.is((await mergeAppend(deps, { collectorId: owner.id, append: appendOf(log, sent), direct: true })).kind, "at");
    sent = log.records.length;
  };
  const feed = async () =>
    (await db.selectFrom("entry_ops").select("op").orderBy("position").execute()).map((row) => decodeFeedOp(row.op)!);
  const errors = async () => (await db.selectFrom("projection_errors").select("why").execute()).map((row) => row.why);
  return { db, send, feed, errors };
}

test("a restored central publishes again what it had lost, each op with the stamp that decided then, and nothing twice", async () => {
  const { db, send, feed, errors } = await world();
  await db.transaction().execute((tx) => publishOps(tx, [opOf(0)], Date.now(), null));
  await send(returned(OWN, opOf(0), opOf(1), opOf(2)));
  await send(returned(OWN, opOf(2), opOf(3)));
  assert.equal(
    (await feed()).slice(1).map((op) => [op.rid, op.effectiveHlc]),
    [1, 2, 3].map((n) => [opOf(n).rid, opOf(n).effectiveHlc]),
  );
  const entries = await db.selectFrom("watchlist_entries").select("pattern").where("pattern", "!=", "").orderBy("pattern").execute();
  assert.equal(
    entries.map((row) => row.pattern),
    ["P1", "P2", "P3"],
  );
  assert.equal(await errors(), []);
  const notices = await db.selectFrom("notices").select(["code", "words"]).execute();
  assert.is(notices.length, 1);
  assert.match(notices[0]!.words, /gave back changes of watchlists that central had lost .* in force again/);
});

test("what was published here already comes back without a word", async () => {
  const { db, send } = await world();
  await db.transaction().execute((tx) => publishOps(tx, [opOf(0), opOf(1)], Date.now(), null));
  await send(returned(OWN, opOf(0), opOf(1)));
  assert.equal(await db.selectFrom("notices").select("code").execute(), []);
});

test("what central did not sign puts no plate on any list; it is stored and named", async () => {
  const { send, feed, errors } = await world();
  await send(returned(STRANGER, opOf(0), opOf(1)));
  assert.equal(await feed(), []);
  assert.match((await errors())[0]!, /not signed/);
});

test.run();
