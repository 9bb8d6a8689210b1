import { randomBytes } from "node:crypto";
import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeHlc } from "../../shared/clock/hlc.ts";
import { applyPiece, newReplica, viewEntries } from "../../shared/crdt/overlay.ts";
import { type EntryId, hexId, type Incarnation, type ListId, type Rid, uuid } from "../../shared/model/ids.ts";
import type { EntryOp } from "../../shared/model/watchlist.ts";
import { decodeFeedOp } from "../../shared/protocol/feed-op.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { upsertReplicas } from "../ingest/replica-rows.ts";
import { registerCollector } from "../merge/test-world.ts";
import { listHeads, opsFrom, readWhole } from "./feed-rows.ts";
import { forgetTombstones, STALE_AFTER_MS } from "./forget-tombstones.ts";
import { publishOps } from "./publish-ops.ts";

test.after(closeTestDb);

const LIST = uuid<ListId>("0199a0b0-0000-7000-8000-000000000001");
const ENTRY = uuid<EntryId>("0199a0b0-0000-7000-8000-00000000e001");
const nowMs = Date.now();
let tick = 0;

function op(entry: string, causalLength: number, set: EntryOp["set"] = []): EntryOp {
  tick += 1;
  return {
    rid: uuid<Rid>(uuidv7()),
    list: LIST,
    entry: entry as EntryId,
    causalLength,
    set,
    hlc: makeHlc(nowMs, tick),
    reason: "",
    author: "Dana",
  };
}
const facts = () => op(LIST, 1, [["listName", "Break-ins"]]);
const plate = (causalLength = 1) =>
  op(ENTRY, causalLength, [
    ["pattern", "ABC123"],
    ["expiresMs", nowMs + 86_400_000],
  ]);

async function world() {
  const db = await testDb();
  const incarnation = hexId<Incarnation>(new Uint8Array(randomBytes(16)));
  const [one, two] = [uuidv7(), uuidv7()];
  const { siteId } = await registerCollector(db, one);
  await registerCollector(db, two);
  const publish = (...ops: EntryOp[]) => db.transaction().execute((tx) => publishOps(tx, ops, nowMs, siteId));
  await publish(facts());
  const { site_id: other } = await db.selectFrom("collectors").select("site_id").where("id", "=", two).executeTakeFirstOrThrow();
  await db.insertInto("watchlist_sites").values({ list_id: LIST, site_id: other }).execute();
  const heard = (collector: string, cursor: number, atMs = nowMs, generation = incarnation) => {
    const held = { list: LIST, generation, cursor, checksum: new Uint8Array(32) };
    return db.transaction().execute((tx) => upsertReplicas(tx, collector, [held], atMs));
  };
  const forget = () => forgetTombstones({ db, incarnation, nowMs: () => nowMs, onRisen: () => undefined });
  const held = async () => (await readWhole(db, LIST)).rows.length;
  const horizon = async () => (await listHeads(db))[0]!.horizon;
  return { db, one, two, publish, heard, forget, held, horizon };
}

test("a deleted entry is forgotten once every replica has passed its delete, and not before", async () => {
  const { one, two, publish, heard, forget, held, horizon } = await world();
  await publish(plate(), op(ENTRY, 2));
  await heard(one, 3);
  await heard(two, 2);
  await forget();
  assert.equal([await held(), await horizon()], [2, 2]);
  await heard(two, 3);
  await forget();
  assert.equal([await held(), await horizon()], [1, 3]);
});

test("a replica of an older generation holds everything back; one silent for 180 days, or retired, nothing", async () => {
  const { db, one, two, publish, heard, forget, horizon } = await world();
  await publish(plate(), op(ENTRY, 2));
  await heard(one, 3);
  await heard(two, 3, nowMs, hexId<Incarnation>(new Uint8Array(16).fill(7)));
  await forget();
  assert.is(await horizon(), 0);
  await heard(two, 1, nowMs - STALE_AFTER_MS - 1);
  await forget();
  assert.is(await horizon(), 3);
  await publish(plate(3));
  await heard(one, 4);
  await heard(two, 1);
  await forget();
  assert.is(await horizon(), 3, "a horizon never falls, and a replica that comes back holds the next one back");
  await db
    .updateTable("collectors")
    .set({ retired_at: new Date(nowMs) })
    .where("id", "=", two)
    .execute();
  await forget();
  assert.is(await horizon(), 4);
});

test("a delete that an edit has met stays until a person has decided", async () => {
  const { one, two, publish, heard, forget, held } = await world();
  await publish(plate(), op(ENTRY, 2), op(ENTRY, 1, [["reason", "still here"]]));
  await heard(one, 4);
  await heard(two, 4);
  await forget();
  assert.is(await held(), 2);
  await publish(op(ENTRY, 4));
  await heard(one, 5);
  await heard(two, 5);
  await forget();
  assert.is(await held(), 1);
});

test("a stale site's edit of a forgotten entry raises no zombie anywhere, leaves its overlay, and goes to a person whole", async () => {
  const { db, one, two, publish, heard, forget } = await world();
  await publish(plate(), op(ENTRY, 2));
  await heard(one, 3);
  await heard(two, 3);
  await forget();
  const late = op(ENTRY, 1, [["reason", "seen again in June"]]);
  const gone = op(ENTRY, 2);
  await publish(late, gone, late);

  // A site that forgot the entry, and one that never heard of its end, both follow the feed.
  for (const cursor of [3, 0]) {
    const replica = newReplica(LIST);
    Object.assign(replica, { cursor });
    replica.overlay.set(late.rid, late);
    const ops = (await opsFrom(db, LIST, cursor, 100)).map((stored) => decodeFeedOp(stored.bytes)!);
    const applied = applyPiece(replica, { generation: "", from: cursor, to: 5, ops });
    assert.equal(applied.kind === "applied" && applied.returned, [late.rid]);
    assert.equal([...viewEntries(replica)], []);
  }
  const reviews = await db.selectFrom("entry_reviews").selectAll().execute();
  assert.is(reviews.length, 1, "a delete of what is deleted asks nobody");
  assert.equal(decodeFeedOp(reviews[0]!.op)?.set, late.set);
  assert.is((await db.selectFrom("entry_ops").selectAll().execute()).length, 5);
});

test("an entry that comes back after it was forgotten begins anew, alike for central and for who forgot it", async () => {
  const { db, one, two, publish, heard, forget } = await world();
  await publish(plate(), op(ENTRY, 1, [["note", "of its former life"]]), op(ENTRY, 2));
  await heard(one, 4);
  await heard(two, 4);
  await forget();
  await publish(plate(3));
  const replica = newReplica(LIST);
  const facts = (await opsFrom(db, LIST, 0, 1)).map((stored) => decodeFeedOp(stored.bytes)!);
  applyPiece(replica, { generation: "", from: 0, to: 1, ops: facts });
  replica.cursor = 4;
  const ops = (await opsFrom(db, LIST, 4, 100)).map((stored) => decodeFeedOp(stored.bytes)!);
  applyPiece(replica, { generation: "", from: 4, to: 5, ops });
  assert.equal(
    [...viewEntries(replica)].map((entry) => [entry.pattern, entry.notes]),
    [["ABC123", []]],
  );
  assert.equal([...replica.feed.checksum], [...(await listHeads(db))[0]!.checksum]);
});

test.run();
