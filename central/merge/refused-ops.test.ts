import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeHlc } from "../../shared/clock/hlc.ts";
import { addOwnOp, applyPiece, newReplica, viewEntries } from "../../shared/crdt/overlay.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { ENTRY_OP_VERSION, encodeEntryOp } from "../../shared/log/payloads/entry-op-payload.ts";
import { type EntryId, type ListId, uuid } from "../../shared/model/ids.ts";
import type { EntryOp, FieldValue } from "../../shared/model/watchlist.ts";
import { decodeFeedOp } from "../../shared/protocol/feed-op.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { publishOps, refusedOps } from "../feeds/publish-ops.ts";
import { addRecord, appendOf, newRid, type TestCollector, testCollector, testLog } from "../ingest/test-collector.ts";
import { mergeAppend } from "./merge-append.ts";
import { bindKey, knownCollector, mergeDepsOf, openTestLogs } from "./test-world.ts";

test.before(loadSodium);
test.after(closeTestDb);

const LIST = uuid<ListId>("0199a0b0-0000-7000-8000-000000000001");
const ENTRY = uuid<EntryId>("0199a0b0-0000-7000-9000-000000000001");
let minutes = 0;

/** Each later than the one before. */
function opOf(entry: string, causalLength: number, set: EntryOp["set"] = []): EntryOp {
  const hlc = makeHlc(Date.now() - 3_600_000 + ++minutes * 60_000, 0);
  return { rid: newRid(), list: LIST, entry: entry as EntryId, causalLength, set, hlc, reason: "", author: "Dov" };
}
const plate = (pattern: string): EntryOp["set"] => [
  ["pattern", pattern],
  ["expiresMs", (Date.now() + 9e8) as FieldValue],
];

async function world() {
  const db = await testDb();
  const deps = mergeDepsOf(db, { publishOps, refusedOps });
  /** A device's edits, in a new log of its own. */
  const send = async (owner: TestCollector, ...ops: EntryOp[]): Promise<void> => {
    const log = testLog(owner, "urgent");
    await openTestLogs(db, [log]);
    for (const op of ops) addRecord(log, { kind: "entry-op", version: ENTRY_OP_VERSION, rid: op.rid, fields: encodeEntryOp(op) });
    const answer = await mergeAppend(deps, { collectorId: owner.id, append: appendOf(log, 0), direct: true });
    assert.is(answer.kind, "at");
  };
  const held = async () => {
    const rows = await db.selectFrom("watchlist_entries").select(["pattern", "deleted_at"]).where("pattern", "!=", "").execute();
    return rows.map((row) => `${row.pattern}${row.deleted_at === null ? "" : " deleted"}`).sort();
  };
  const reviews = async () => (await db.selectFrom("entry_reviews").select("rid").orderBy("id").execute()).map((row) => row.rid);
  /** The list as an edge folds it from the feed, with edits of its own that wait; its checksum must be central's. */
  const edgeWith = async (...own: EntryOp[]) => {
    const rows = await db.selectFrom("entry_ops").select(["op", "checksum"]).orderBy("position").execute();
    const replica = newReplica(LIST);
    for (const op of own) addOwnOp(replica, op);
    applyPiece(replica, { generation: "", from: 0, to: rows.length, ops: rows.map((row) => decodeFeedOp(row.op)!) });
    assert.equal(replica.feed.checksum, new Uint8Array(rows.at(-1)!.checksum));
    const shown = [...viewEntries(replica)].map((entry) => `${entry.pattern} by ${entry.changedBy}`);
    return { waiting: replica.overlay.size, shown };
  };
  return { db, send, held, reviews, edgeWith };
}

const begun = [opOf(LIST, 1, [["listName", "Main's own"]]), opOf(ENTRY, 1, plate("ABC123"))];

test("a site changes no list that does not name it: its edits wait for a person, at its edge for nothing", async () => {
  const { db, send, held, reviews, edgeWith } = await world();
  const owner = await knownCollector(db);
  await send(owner, ...begun);
  assert.equal(await held(), ["ABC123"], "a list that a site begins is its own");
  const stranger = await knownCollector(db);
  const own = [
    { ...opOf(ENTRY, 1, plate("EVIL66")), author: "nobody" },
    opOf("0199a0b0-0000-7000-9000-000000000002", 1, plate("NEIGHB")),
    opOf(ENTRY, 2),
    opOf(LIST, 2),
  ];
  await send(stranger, ...own);
  assert.equal(await held(), ["ABC123"]);
  assert.equal(await reviews(), [own[0]!.rid, own[1]!.rid]);
  assert.equal(await edgeWith(...own), { waiting: 0, shown: ["ABC123 by Dov"] });
  await send(owner, opOf(ENTRY, 2));
  assert.equal([await held(), (await edgeWith()).shown], [["ABC123 deleted"], []]);
});

test("a device that nobody has confirmed beside one that is changes the site's own list, and none that other sites share", async () => {
  const { db, send, held, reviews } = await world();
  const owner = await knownCollector(db);
  await send(owner, ...begun);
  const other = testCollector(owner.id);
  await bindKey(db, owner.id, other.deviceKey);
  await db.updateTable("collector_keys").set({ confirmed: false }).where("device_key", "=", other.deviceKey).execute();
  await send(other, opOf(ENTRY, 1, plate("OWN111")));
  assert.equal([await held(), await reviews()], [["OWN111"], []], "a reflashed site goes on with its own list");
  const second = await knownCollector(db);
  const { site_id } = await db.selectFrom("collectors").select("site_id").where("id", "=", second.id).executeTakeFirstOrThrow();
  await db.insertInto("watchlist_sites").values({ list_id: LIST, site_id }).execute();
  const edit = opOf(ENTRY, 1, plate("EVIL66"));
  await send(other, edit, opOf(LIST, 2));
  assert.equal([await held(), await reviews()], [["OWN111"], [edit.rid]]);
  await db.updateTable("collector_keys").set({ confirmed: true }).where("device_key", "=", other.deviceKey).execute();
  await send(other, opOf(ENTRY, 1, plate("DEF456")));
  assert.equal(await held(), ["DEF456"]);
});

test("an edit with a causal length that no edits come to is kept as not understood, and what follows it is merged", async () => {
  const { db, send, held } = await world();
  const owner = await knownCollector(db);
  const [beginning, added] = begun as [EntryOp, EntryOp];
  await send(owner, beginning, opOf(ENTRY, 2 ** 32 - 1, plate("STUCK1")), added);
  assert.equal(await held(), ["ABC123"]);
  assert.is((await db.selectFrom("projection_errors").selectAll().execute()).length, 1);
});

test.run();
