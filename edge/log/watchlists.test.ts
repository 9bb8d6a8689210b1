import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeHlc } from "../../shared/clock/hlc.ts";
import { applyOp } from "../../shared/crdt/apply-op.ts";
import { emptyListState } from "../../shared/crdt/list-state.ts";
import { encodeSnapshot } from "../../shared/crdt/snapshot-bytes.ts";
import { type EntryId, type ListId, type Rid, uuid } from "../../shared/model/ids.ts";
import type { EntryField, EntryOp, FeedOp, FieldValue } from "../../shared/model/watchlist.ts";
import { makeEdgeLogReader } from "./edge-log-reader.ts";
import { readOp } from "./load-lists.ts";
import { StoredEntries } from "./stored-entries.ts";
import { draftOf, LIST, makeTestStore, START_MS, type TestStore, watch } from "./test-store.ts";

const GENERATION = "a".repeat(32);
const SHARED = uuid<ListId>("01990000-0000-7000-8000-0000000000a2");
const ENTRY = uuid<EntryId>("01990000-0000-7000-8000-0000000000e1");
let world: TestStore;
test.before.each(async () => {
  world = await makeTestStore();
});
test.after.each(() => world.remove());

let serial = 0;
function feedOp(entry: EntryId, set: readonly (readonly [EntryField, FieldValue])[], changes: Partial<FeedOp> = {}): FeedOp {
  const rid = uuid<Rid>(`01990000-0000-7000-8000-${String(++serial).padStart(12, "0")}`);
  const hlc = makeHlc(START_MS + serial, 0);
  return { rid, list: SHARED, entry, causalLength: 1, set, hlc, reason: "central", author: "Dispatch", effectiveHlc: hlc, ...changes };
}
const listFacts = () =>
  feedOp(SHARED as string as EntryId, [
    ["listName", "County"],
    ["listOwner", "Dispatch"],
    ["listKind", "shared"],
    ["listDifferencesMax", 1],
  ]);
const plate = (pattern: string, changes: Partial<FeedOp> = {}) =>
  feedOp(
    ENTRY,
    [
      ["pattern", pattern],
      ["reason", "stolen"],
      ["expiresMs", START_MS + 86_400_000],
    ],
    changes,
  );
const delta = (from: number, ops: FeedOp[], generation = GENERATION) =>
  world.store.verb("applyDelta", SHARED, generation, from, from + ops.length, ops, world.now());
const raisedBy = (text: string) => {
  world.clock.monoMs += 400_000;
  return world.store.verb("appendDetection", draftOf(text, world.now)).raised;
};
const asFeed = (op: EntryOp): FeedOp => ({ ...op, effectiveHlc: op.hlc });

test("a plate that central published alerts here, and still does after a restart", () => {
  assert.is(delta(0, [listFacts(), plate("ABC123")]).kind, "applied");
  const [finding] = raisedBy("ABC123");
  assert.equal([finding!.listName, finding!.listVersion], ["County", { generation: GENERATION, cursor: 2, overlay: 0 }]);
  world = world.reopen();
  assert.is(raisedBy("ABC123").length, 1);
});

test("a list with a row lost to damage reports after a start what it holds, so that central sees the difference; an unreadable one begins anew", () => {
  delta(0, [listFacts(), plate("ABC123")]);
  const feedsNow = () => makeEdgeLogReader({ home: world.home, db: world.db, rows: world.rows, sign: world.sign, now: world.now }).feeds();
  const [before] = feedsNow();
  world.store.db.prepare("delete from feed_entries where entry = ?").run(ENTRY);
  world = world.reopen();
  const [after] = feedsNow();
  assert.is(after!.cursor, before!.cursor);
  assert.not.equal(after!.checksum, before!.checksum);
  assert.is(world.rows.lists.entryOf(SHARED, ENTRY), undefined, "pages show what is held");
  world.store.db.prepare("update feed_entries set state = zeroblob(3)").run();
  world = world.reopen();
  assert.is(feedsNow()[0]!.cursor, 0);
  assert.not.equal(feedsNow()[0]!.generation, GENERATION);
});

test("a piece of the feed that leaves a hole, or of another generation, is not taken, and says what is held", () => {
  delta(0, [listFacts()]);
  const hole = delta(3, [plate("ABC123")]);
  assert.equal([hole.kind, hole.position.cursor], ["out-of-step", 1]);
  assert.is(delta(1, [plate("ABC123")], "b".repeat(32)).kind, "out-of-step");
  assert.equal(raisedBy("ABC123"), []);
});

test("the same piece twice changes nothing", () => {
  const ops = [listFacts(), plate("ABC123")];
  const first = delta(0, ops);
  assert.equal(delta(0, ops), first);
});

test("an own plate is in force at once, waits as overlay, and leaves it when the feed brings it back", () => {
  const entry = watch(world, "ABC123");
  assert.is(raisedBy("ABC123").length, 1);
  assert.equal(world.rows.lists.ownEntriesOf(LIST).sort(), [LIST, entry].sort());
  const ops = world.store.db.prepare("select rid from own_ops order by seq").pluck().all() as Rid[];
  assert.is(ops.length, 2);
  world = world.reopen();
  assert.is(raisedBy("ABC123").length, 1);
});

test("own edits that a damaged page shows again, though the feed has brought them back, do not wait after the next start", () => {
  watch(world, "ABC123");
  const kept = world.store.db.prepare("select * from own_ops order by seq").all() as { rid: Rid; log: number; seq: number }[];
  const ops = kept.map(({ rid, log, seq }) => readOp(world.rows, LIST, { rid, log, seq })!);
  world.store.verb("applyDelta", LIST, GENERATION, 0, 2, ops.map(asFeed), world.now());
  const show = "insert into own_ops (rid, list, entry, log, seq) values (@rid, @list, @entry, @log, @seq)";
  const waiting = () => world.rows.lists.ownOpsOf(LIST).length;
  const shownAgain = () => {
    for (const row of kept) world.store.db.prepare(show).run(row);
    assert.is(waiting(), 2);
    world = world.reopen();
    return waiting();
  };
  assert.is(shownAgain(), 0);
  world.store.verb("noteFeedDurable", LIST, GENERATION, 2);
  assert.is(shownAgain(), 0, "also when two backups hold them and they are no longer kept as published");
  assert.is(raisedBy("ABC123").length, 1);
});

test("an own edit whose bytes a worn card changed, so that they name another list, counts nowhere and holds up no start", () => {
  const entry = watch(world, "ABC123");
  const place = world.rows.lists.ownOpsOf(LIST).at(-1)!;
  const payload = Buffer.from(world.rows.logs.recordAt(place.log, place.seq)!.payload!);
  payload[payload.indexOf(Buffer.from(LIST.replaceAll("-", ""), "hex"))]! ^= 1;
  world.store.db.prepare("update records set payload = ? where log = ? and seq = ?").run(payload, place.log, place.seq);
  const ops = world.rows.lists.ownOpsOf(LIST).map((row) => readOp(world.rows, LIST, row));
  assert.equal([ops.length, ops[1]], [2, undefined]);
  world = world.reopen();
  assert.equal([world.rows.lists.entryOf(LIST, entry as EntryId), raisedBy("ABC123")], [undefined, []]);
  // Central had it before: its feed ends the waiting all the same, piece by piece or whole.
  world.store.verb("applyDelta", LIST, GENERATION, 0, 1, [asFeed(ops[0]!)], world.now());
  const state = emptyListState(LIST);
  applyOp(state, asFeed(ops[0]!));
  world.store.verb("applySnapshot", LIST, "b".repeat(32), 2, encodeSnapshot(state, [place.rid]), world.now());
  assert.equal(world.rows.lists.ownOpsOf(LIST), []);
});

test("a snapshot replaces the feed part and never the overlay", () => {
  delta(0, [listFacts(), plate("ABC123")]);
  const own = world.store.verb("applyOwnOp", {
    list: SHARED,
    entry: null,
    set: [
      ["pattern", "OWN777"],
      ["reason", "seen here"],
      ["expiresMs", START_MS + 86_400_000],
    ],
    presence: "add",
    reason: "seen here",
    author: "Miriam",
    moment: world.now(),
  });
  if (own.kind !== "op") throw new Error(own.why);
  const state = emptyListState(SHARED);
  applyOp(state, listFacts());
  applyOp(state, plate("NEW999", { entry: uuid<EntryId>("01990000-0000-7000-8000-0000000000e2") }));
  const outcome = world.store.verb("applySnapshot", SHARED, "b".repeat(32), 40, encodeSnapshot(state), world.now());
  if (outcome.kind === "unreadable") return assert.unreachable();
  assert.equal([outcome.kind, outcome.position.cursor, outcome.position.generation], ["applied", 40, "b".repeat(32)]);
  const alerts = () => ["ABC123", "OWN777", "NEW999"].map((text) => raisedBy(text).length);
  assert.equal(alerts(), [0, 1, 1]);
  world = world.reopen();
  assert.equal(alerts(), [0, 1, 1]);
  world.store.verb("applyDelta", SHARED, "b".repeat(32), 40, 41, [asFeed(own.op)], world.now());
  assert.equal(world.rows.lists.ownOpsOf(SHARED), []);
  assert.equal(alerts(), [0, 1, 1]);
});

test("a deleted entry stops alerting, and a list that no longer names this site does", () => {
  delta(0, [listFacts(), plate("ABC123")]);
  delta(2, [plate("ABC123", { causalLength: 2, set: [] })]);
  assert.equal(raisedBy("ABC123"), []);
  delta(3, [plate("ABC123", { causalLength: 3 })]);
  assert.is(raisedBy("ABC123").length, 1);
  world.store.verb("dropList", SHARED);
  assert.equal(raisedBy("ABC123"), []);
  assert.equal(world.rows.lists.all(), []);
});

test("an own edit waits no longer for a list that no longer names this site", () => {
  delta(0, [listFacts(), plate("ABC123")]);
  const said = { set: [["note", "seen again"]] as const, presence: "edit" as const, reason: "x", author: "Miriam", moment: world.now() };
  assert.is(world.store.verb("applyOwnOp", { list: SHARED, entry: ENTRY, ...said }).kind, "op");
  const waiting = () => world.db.prepare("select count(*) from own_ops").pluck().get();
  assert.is(waiting(), 1);
  world.store.verb("dropList", SHARED);
  assert.is(waiting(), 0, "else its log could never be pruned behind it");
});

test("a deleted entry is forgotten below the horizon of this generation, and never while an own edit lies on it", () => {
  delta(0, [listFacts(), plate("ABC123")]);
  delta(2, [plate("ABC123", { causalLength: 2, set: [] })]);
  const { checksum } = world.rows.lists.all()[0]!;
  const held = () => world.db.prepare("select count(*) from feed_entries where list = ?").pluck().get(SHARED);
  const forget = (generation: string, horizon: number, head = 3) => world.store.verb("forgetDeleted", SHARED, generation, horizon, head);
  assert.equal([forget(GENERATION, 2), forget("b".repeat(32), 3), forget(GENERATION, 4), held()], [0, 0, 0, 2]);
  assert.equal([forget(GENERATION, 3, 4), held()], [0, 2], "an edit of it may be on its way");
  assert.equal([forget(GENERATION, 3), held()], [1, 1]);
  assert.equal([raisedBy("ABC123"), world.rows.lists.all()[0]!.checksum], [[], checksum]);
  world = world.reopen();
  assert.equal(new StoredEntries(world.rows.lists, SHARED).checksum(), checksum);
});

test("a deleted entry that an own edit lies on stays until central has seen the edit", () => {
  delta(0, [listFacts(), plate("ABC123")]);
  const presence = "edit" as const;
  const set = [["reason", "seen again"]] as const;
  const own = world.store.verb("applyOwnOp", {
    list: SHARED,
    entry: ENTRY,
    set,
    presence,
    reason: "x",
    author: "Miriam",
    moment: world.now(),
  });
  assert.is(own.kind, "op");
  delta(2, [plate("ABC123", { causalLength: 2, set: [] })]);
  assert.is(world.store.verb("forgetDeleted", SHARED, GENERATION, 3, 3), 0);
  assert.is(world.db.prepare("select count(*) from feed_entries where list = ? and entry = ?").pluck().get(SHARED, ENTRY), 1);
});

test("feeds tell generation, cursor and the checksum of what is held", () => {
  const { position } = delta(0, [listFacts(), plate("ABC123")]);
  const reader = makeEdgeLogReader({ home: world.home, db: world.db, rows: world.rows, sign: world.sign, now: world.now });
  assert.equal(reader.feeds(), [position]);
});

test("an edit after a central edit from the future is stamped later than it", () => {
  const ahead = makeHlc(START_MS + 60_000, 7);
  delta(0, [listFacts(), plate("ABC123", { effectiveHlc: ahead, hlc: ahead })]);
  const own = world.store.verb("applyOwnOp", {
    list: SHARED,
    entry: ENTRY,
    set: [["reason", "changed here"]],
    presence: "edit",
    reason: "x",
    author: "Miriam",
    moment: world.now(),
  });
  assert.ok(own.kind === "op" && own.op.hlc > ahead);
});

test("a refused edit writes nothing", () => {
  watch(world, "ABC123");
  const before = world.rows.logs.activeLogs()[0]!.head.next;
  const edit = (entry: string | null, pattern: string) =>
    world.store.verb("applyOwnOp", {
      list: LIST,
      entry,
      set: [["pattern", pattern]],
      presence: entry === null ? "add" : "edit",
      reason: "x",
      author: "y",
      moment: world.now(),
    });
  assert.is(edit(null, "*").kind, "refused");
  assert.is(edit(ENTRY, "ABC124").kind, "refused");
  assert.is(world.rows.logs.activeLogs()[0]!.head.next, before);
});

test("lists survive a command of the same batch that fails after them", () => {
  const outcomes = world.store.run([
    { verb: "applyDelta", args: [SHARED, GENERATION, 0, 2, [listFacts(), plate("ABC123")], world.now()] },
    { verb: "applyDelta", args: [SHARED, GENERATION, 2, 3, [plate("X", { list: LIST })], world.now()] },
  ]).outcomes;
  assert.equal(
    outcomes.map((one) => one.ok),
    [true, false],
  );
  assert.is(raisedBy("ABC123").length, 1);
});

test.run();
