import { createHash, randomBytes } from "node:crypto";
import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeHlc } from "../../shared/clock/hlc.ts";
import { applyPiece, newReplica, replaceFeed, viewEntries } from "../../shared/crdt/overlay.ts";
import { decodeSnapshot } from "../../shared/crdt/snapshot-bytes.ts";
import { makeSigner, signingKeysFromSeed, verifySignature } from "../../shared/crypto/device-keys.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { type EntryId, hexId, type Incarnation, type ListId, type Rid, type Sha256, uuid } from "../../shared/model/ids.ts";
import type { EntryOp } from "../../shared/model/watchlist.ts";
import { decodeFeedOp } from "../../shared/protocol/feed-op.ts";
import { FEEDS_MAX } from "../../shared/protocol/limits.ts";
import { deltaSignedBytes, snapshotSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import type { Db } from "../db/open-db.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { upsertReplicas } from "../ingest/replica-rows.ts";
import { registerCollector } from "../merge/test-world.ts";
import { findSnapshotForSite, listHeads } from "./feed-rows.ts";
import { type FeedDeps, loadFeed } from "./load-feed.ts";
import { publishOps } from "./publish-ops.ts";

await loadSodium();
test.after(closeTestDb);

const contentHash = (bytes: Uint8Array): Sha256 => createHash("sha256").update(bytes).digest("hex") as Sha256;
const LIST = uuid<ListId>("0199a0b0-0000-7000-8000-000000000001");
const nowMs = Date.now();
const newEntry = (): EntryId => uuid<EntryId>(uuidv7());

function op(entry: EntryId, causalLength: number, set: EntryOp["set"], more: Partial<EntryOp> = {}): EntryOp {
  const hlc = more.hlc ?? makeHlc(nowMs, 0);
  return { rid: uuid<Rid>(uuidv7()), list: LIST, entry, causalLength, set, hlc, reason: "", author: "Dana", ...more };
}
const listOp = (): EntryOp =>
  op(LIST as string as EntryId, 1, [
    ["listName", "Break-ins"],
    ["listOwner", "Main & Maple"],
    ["listKind", "shared"],
  ]);
const addOp = (pattern: string, entry = newEntry(), more: Partial<EntryOp> = {}): EntryOp =>
  op(
    entry,
    1,
    [
      ["pattern", pattern],
      ["reason", "seen at two break-ins"],
      ["expiresMs", nowMs + 86_400_000],
    ],
    more,
  );

const keys = signingKeysFromSeed(new Uint8Array(32).fill(3));
async function world(): Promise<FeedDeps & { siteId: string; collectorId: string }> {
  const db = await testDb();
  const collectorId = uuidv7();
  const { siteId } = await registerCollector(db, collectorId);
  const incarnation = hexId<Incarnation>(new Uint8Array(randomBytes(16)));
  return { db, sign: makeSigner(keys), incarnation, nowMs: () => nowMs, siteId, collectorId };
}
const publish = (db: Db, ops: EntryOp[], siteId: string | null = null, atMs = nowMs) =>
  db.transaction().execute((tx) => publishOps(tx, ops, atMs, siteId));

test("ops get rising positions per list and fold into entries", async () => {
  const { db } = await world();
  const first = addOp("ABC123");
  const positions = await publish(db, [listOp(), first]);
  assert.equal([...positions.values()], [0, 1]);
  await publish(db, [op(first.entry, 1, [["reason", "seen again"]], { hlc: makeHlc(nowMs, 1) })]);
  const row = await db.selectFrom("watchlist_entries").selectAll().where("entry_id", "=", first.entry).executeTakeFirstOrThrow();
  assert.is(row.pattern, "ABC123");
  assert.is(row.reason, "seen again");
  assert.is(row.deleted_at, null);
  const list = await db.selectFrom("watchlists").selectAll().executeTakeFirstOrThrow();
  assert.is(list.name, "Break-ins");
  assert.is(list.kind, "shared");
  assert.is(Number(list.feed_next), 3);
});

test("an op published twice stands once", async () => {
  const { db } = await world();
  const ops = [listOp(), addOp("ABC123")];
  await publish(db, ops);
  assert.is((await publish(db, ops)).size, 0);
  assert.is((await db.selectFrom("entry_ops").selectAll().execute()).length, 2);
});

test("a clock from the future wins for five minutes, not for years", async () => {
  const { db } = await world();
  const added = addOp("ABC123", newEntry(), { hlc: makeHlc(nowMs + 3_600_000 * 24 * 365, 0) });
  await publish(db, [listOp(), added]);
  await publish(db, [op(added.entry, 1, [["reason", "later"]], { hlc: makeHlc(nowMs + 400_000, 0) })], null, nowMs + 400_000);
  const row = await db.selectFrom("watchlist_entries").select("reason").where("entry_id", "=", added.entry).executeTakeFirstOrThrow();
  assert.is(row.reason, "later");
});

test("an edit that met a delete goes to a person", async () => {
  const { db } = await world();
  const added = addOp("ABC123");
  await publish(db, [listOp(), added, op(added.entry, 2, [], { hlc: makeHlc(nowMs, 5) })]);
  await publish(db, [op(added.entry, 1, [["reason", "still here"]], { hlc: makeHlc(nowMs, 9) })]);
  const row = await db.selectFrom("watchlist_entries").selectAll().where("entry_id", "=", added.entry).executeTakeFirstOrThrow();
  assert.not(row.deleted_at === null);
  assert.is((await db.selectFrom("entry_conflicts").selectAll().execute()).length, 1);
});

test("an edge that holds nothing gets a snapshot, then signed deltas, and ends with the same list", async () => {
  const deps = await world();
  await publish(deps.db, [listOp(), addOp("ABC123"), addOp("XYZ9")], deps.siteId);
  assert.equal(await listHeads(deps.db), [
    { list: LIST, site: deps.siteId, head: 3, checksum: (await listHeads(deps.db))[0]!.checksum, horizon: 0, durable: 0 },
  ]);
  const snapshot = await loadFeed(deps, deps.collectorId, LIST, null);
  assert.is(snapshot?.type, "snapshot");
  if (snapshot?.type !== "snapshot") return;
  const bytes = await findSnapshotForSite(deps.db, snapshot.sha256, deps.collectorId);
  assert.is(contentHash(bytes!), snapshot.sha256);
  const decoded = decodeSnapshot(bytes!)!;
  const replica = newReplica(LIST);
  replaceFeed(replica, decoded.state, snapshot.generation, snapshot.at, decoded.included);
  await publish(deps.db, [addOp("NEW1")]);
  const held = { list: LIST, generation: deps.incarnation, cursor: replica.cursor, checksum: replica.feed.checksum };
  const delta = await loadFeed(deps, deps.collectorId, LIST, held);
  assert.is(delta?.type, "delta");
  if (delta?.type !== "delta") return;
  assert.ok(verifySignature(keys.publicKey, deltaSignedBytes(delta, delta.ops), delta.signature));
  assert.is(applyPiece(replica, { ...delta, ops: delta.ops.map((one) => decodeFeedOp(one)!) }).kind, "applied");
  assert.equal(replica.feed.checksum, delta.checksum);
  assert.equal([...viewEntries(replica)].map((entry) => entry.pattern).sort(), ["ABC123", "NEW1", "XYZ9"]);
  assert.is(await loadFeed(deps, deps.collectorId, LIST, { ...held, cursor: 4, checksum: delta.checksum }), null);
});

test("a deleted list is told until every replica has passed its end", async () => {
  const { db, siteId } = await world();
  await publish(db, [listOp()], siteId);
  await publish(db, [op(LIST as string as EntryId, 2, [])]);
  assert.is((await listHeads(db)).length, 1);
  await db.updateTable("watchlists").set({ feed_horizon: 1 }).execute();
  assert.is((await listHeads(db)).length, 1);
  await db.updateTable("watchlists").set({ feed_horizon: 2 }).execute();
  assert.equal(await listHeads(db), []);
  await publish(db, [op(LIST as string as EntryId, 3, [["listName", "Break-ins"]])]);
  assert.is((await listHeads(db)).length, 1, "made again, it is told again");
});

test("of more lists than a frame carries those in force are told, and each site has its own count", async () => {
  const { db, siteId } = await world();
  const { siteId: other } = await registerCollector(db, uuidv7());
  const lists = Array.from({ length: FEEDS_MAX + 44 }, () => uuidv7());
  const named = lists.map((id, at) => ({ id, name: `List ${at}`, owner: "", kind: "shared" as const, created_at: new Date(nowMs) }));
  const ended = (at: number) => ({ deleted_at: at < 100 ? new Date(nowMs) : null, feed_next: 2 });
  await db
    .insertInto("watchlists")
    .values(named.map((row, at) => ({ ...row, ...ended(at) })))
    .execute();
  const pairs = [...lists.map((id) => ({ list_id: id, site_id: siteId })), { list_id: lists[0]!, site_id: other }];
  await db.insertInto("watchlist_sites").values(pairs).execute();
  const told = await listHeads(db);
  const mine = new Set<string>(told.filter((head) => head.site === siteId).map((head) => head.list));
  assert.is(mine.size, FEEDS_MAX);
  assert.ok(lists.slice(100).every((id) => mine.has(id)));
  assert.is(told.length, FEEDS_MAX + 1);
});

test("a list of hundreds of ops comes in several deltas whose checksums hold in between", async () => {
  const deps = await world();
  await publish(deps.db, [listOp(), ...Array.from({ length: 30 }, (_, i) => addOp(`P${i}`))], deps.siteId);
  const start = await loadFeed(deps, deps.collectorId, LIST, null);
  const replica = newReplica(LIST);
  const bytes = start?.type === "snapshot" ? await findSnapshotForSite(deps.db, start.sha256, deps.collectorId) : undefined;
  const decoded = decodeSnapshot(bytes!)!;
  replaceFeed(replica, decoded.state, deps.incarnation, 31);
  for (let i = 0; i < 3; i++)
    await publish(
      deps.db,
      Array.from({ length: 20 }, (_, n) => addOp(`Q${i}${n}`)),
    );
  for (let cursor = 31; cursor < 91; cursor = replica.cursor) {
    const piece = await loadFeed(deps, deps.collectorId, LIST, {
      list: LIST,
      generation: deps.incarnation,
      cursor,
      checksum: new Uint8Array(32),
    });
    if (piece?.type !== "delta") throw new Error("a delta was due");
    applyPiece(replica, { ...piece, ops: piece.ops.map((one) => decodeFeedOp(one)!) });
    assert.equal(replica.feed.checksum, piece.checksum);
  }
  assert.is([...viewEntries(replica)].length, 90);
});

test("an edge that stands where the feed does and holds another list gets a snapshot, once in ten minutes", async () => {
  const deps = await world();
  await publish(deps.db, [listOp(), addOp("ABC123")], deps.siteId);
  const wrong = { list: LIST, generation: deps.incarnation, cursor: 2, checksum: new Uint8Array(32).fill(9) };
  const load = (atMs: number) => loadFeed({ ...deps, nowMs: () => atMs }, deps.collectorId, LIST, wrong);
  await deps.db.transaction().execute((tx) => upsertReplicas(tx, deps.collectorId, [wrong], nowMs));
  assert.is((await load(nowMs))?.type, "snapshot");
  assert.is(await load(nowMs + 599_000), null);
  assert.is((await load(nowMs + 601_000))?.type, "snapshot");
});

test("a snapshot is signed as this list at this position", async () => {
  const deps = await world();
  await publish(deps.db, [listOp(), addOp("ABC123")], deps.siteId);
  const snapshot = await loadFeed(deps, deps.collectorId, LIST, null);
  if (snapshot?.type !== "snapshot") throw new Error("a snapshot was due");
  const isSigned = (claim: typeof snapshot) => verifySignature(keys.publicKey, snapshotSignedBytes(claim), claim.signature!);
  assert.ok(isSigned(snapshot));
  assert.not.ok(isSigned({ ...snapshot, at: 1 }));
});

test("a snapshot is served only where the list names the site", async () => {
  const deps = await world();
  const other = uuidv7();
  await registerCollector(deps.db, other);
  await publish(deps.db, [listOp(), addOp("ABC123")], deps.siteId);
  const snapshot = await loadFeed(deps, deps.collectorId, LIST, null);
  assert.is(snapshot?.type === "snapshot" && (await findSnapshotForSite(deps.db, snapshot.sha256, other)), undefined);
});

test.run();
