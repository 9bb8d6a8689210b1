import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeHlc } from "../clock/hlc.ts";
import type { ListId } from "../model/ids.ts";
import type { EntryOp, FeedOp } from "../model/watchlist.ts";
import { applyOp } from "./apply-op.ts";
import { emptyListState, type ListState, listFactsId, snapshotRows } from "./list-state.ts";
import {
  addOwnOp,
  applyPiece,
  type ListReplica,
  newReplica,
  openReplica,
  replaceFeed,
  replicaVersion,
  viewEntries,
  viewEntry,
  viewList,
} from "./overlay.ts";
import { ENTRY, LIST, sampleEntryId, sampleListOp, sampleOp, sampleRid } from "./sample-ops.ts";

const GENERATION = "a".repeat(32);
const list = sampleListOp(1);
const theirs = sampleOp(10, 1, [
  ["pattern", "ABC123"],
  ["reason", "theirs"],
  ["expiresMs", 9_000],
]);
const mine = sampleOp(
  20,
  1,
  [
    ["pattern", "XYZ789"],
    ["reason", "mine"],
    ["expiresMs", 9_000],
  ],
  { entry: sampleEntryId(2) },
);

function feedOf(...ops: FeedOp[]): ListState {
  const state = emptyListState(LIST);
  for (const op of ops) applyOp(state, op);
  return state;
}

function replicaOf(...ops: FeedOp[]): ListReplica {
  return openReplica(feedOf(...ops), GENERATION, ops.length);
}

const piece = (from: number, ...ops: FeedOp[]) => ({ generation: GENERATION, from, to: from + ops.length, ops });
const reasons = (replica: ListReplica): string[] => [...viewEntries(replica)].map((entry) => entry.reason).sort();

test("an own op counts at once, and the feed part does not know of it", () => {
  const replica = replicaOf(list, theirs);
  const before = replica.feed.checksum.slice();
  assert.is(addOwnOp(replica, mine), sampleEntryId(2));
  assert.equal(reasons(replica), ["mine", "theirs"]);
  assert.equal(replica.feed.checksum, before);
  assert.not.ok(replica.feed.entries.has(sampleEntryId(2)));
});

test("an own edit lies on top of the feed's entry and is merged, not put in its place", () => {
  const replica = replicaOf(list, theirs);
  addOwnOp(replica, sampleOp(20, 1, [["note", "saw it too"]]));
  const entry = viewEntry(replica, ENTRY)!;
  assert.equal([entry.reason, entry.notes], ["theirs", ["saw it too"]]);
  applyPiece(replica, piece(2, sampleOp(30, 1, [["reason", "later"]])));
  assert.equal([viewEntry(replica, ENTRY)!.reason, viewEntry(replica, ENTRY)!.notes], ["later", ["saw it too"]]);
});

test("an op leaves the overlay when the feed brings its rid, at the stamp that was published", () => {
  const replica = replicaOf(list, theirs);
  const future = makeHlc(1_000_000_000, 0);
  const own: EntryOp = { ...sampleOp(20, 1, [["reason", "from a wrong clock"]]), hlc: future };
  addOwnOp(replica, own);
  assert.is(replicaVersion(replica).overlay, 1);
  const outcome = applyPiece(replica, piece(2, { ...own, effectiveHlc: makeHlc(20, 0) }, sampleOp(30, 1, [["reason", "right"]])));
  assert.ok(outcome.kind === "applied");
  assert.equal(outcome.returned, [own.rid]);
  assert.equal(replicaVersion(replica), { generation: GENERATION, cursor: 4, overlay: 0 });
  assert.is(viewEntry(replica, ENTRY)!.reason, "right");
});

test("other own ops of the same entry stay when one is brought back", () => {
  const replica = replicaOf(list, theirs);
  const one = sampleOp(20, 1, [["note", "one"]]);
  addOwnOp(replica, one);
  addOwnOp(replica, sampleOp(21, 1, [["note", "two"]]));
  applyPiece(replica, piece(2, one));
  assert.equal(viewEntry(replica, ENTRY)!.notes, ["one", "two"]);
  assert.is(replica.overlay.size, 1);
});

test("a piece tells which entries to look at again", () => {
  const outcome = applyPiece(replicaOf(list), piece(1, theirs, mine, sampleOp(30, 1, [["note", "n"]])));
  assert.ok(outcome.kind === "applied");
  assert.equal(outcome.changed, new Set([ENTRY, sampleEntryId(2)]));
});

test("a piece held already changes nothing, one that overlaps is applied, a hole is out of step", () => {
  const replica = replicaOf(list, theirs);
  const before = snapshotRows(replica.feed);
  assert.equal(applyPiece(replica, piece(0, list, theirs)), { kind: "known" });
  assert.equal(applyPiece(replica, piece(3, mine)), { kind: "out-of-step" });
  assert.equal(applyPiece(replica, { ...piece(2, mine), generation: "b".repeat(32) }), { kind: "out-of-step" });
  assert.equal(snapshotRows(replica.feed), before);
  assert.is(applyPiece(replica, piece(1, theirs, mine)).kind, "applied");
  assert.is(replica.cursor, 3);
  assert.equal(snapshotRows(replica.feed), snapshotRows(feedOf(list, theirs, mine)));
});

test("a conflict that the feed makes is told", () => {
  const replica = replicaOf(list, theirs, sampleOp(20, 2));
  const outcome = applyPiece(replica, piece(3, sampleOp(30, 1, [["reason", "still here"]])));
  assert.ok(outcome.kind === "applied");
  assert.equal(
    outcome.conflicts.map((conflict) => conflict.edit),
    [sampleRid(30)],
  );
});

test("a snapshot replaces the feed part and never a volunteer's unsent plate", () => {
  const replica = replicaOf(list, theirs);
  addOwnOp(replica, mine);
  const other = sampleOp(
    40,
    1,
    [
      ["pattern", "QQQ1"],
      ["reason", "new"],
      ["expiresMs", 9_000],
    ],
    { entry: sampleEntryId(3) },
  );
  assert.equal(
    replaceFeed(replica, feedOf(list, other), "b".repeat(32), 17).map(({ rid }) => rid),
    [],
  );
  assert.equal(reasons(replica), ["mine", "new"]);
  assert.equal(replicaVersion(replica), { generation: "b".repeat(32), cursor: 17, overlay: 1 });
});

test("an own op that stands in the snapshot leaves the overlay", () => {
  const replica = replicaOf(list);
  addOwnOp(replica, mine);
  assert.equal(
    replaceFeed(replica, feedOf(list, mine), GENERATION, 2).map(({ rid }) => rid),
    [mine.rid],
  );
  assert.equal(reasons(replica), ["mine"]);
  assert.is(replica.overlay.size, 0);
});

test("an own op that could change nothing on top of the snapshot leaves too", () => {
  const replica = replicaOf(list, theirs);
  const superseded = sampleOp(20, 1, [["reason", "older"]]);
  addOwnOp(replica, superseded);
  const newer = sampleOp(30, 1, [["reason", "newer"]]);
  assert.equal(
    replaceFeed(replica, feedOf(list, theirs, superseded, newer), GENERATION, 4).map(({ rid }) => rid),
    [superseded.rid],
  );
  assert.is(viewEntry(replica, ENTRY)!.reason, "newer");
});

test("an own op that would still change something stays, unless the snapshot says that it holds it", () => {
  const wild: EntryOp = { ...sampleOp(20, 1, [["reason", "wrong clock"]]), hlc: makeHlc(1_000_000_000, 0) };
  const feed = () => feedOf(list, theirs, { ...wild, effectiveHlc: makeHlc(20, 0) }, sampleOp(30, 1, [["reason", "right"]]));
  const kept = replicaOf(list, theirs);
  addOwnOp(kept, wild);
  assert.equal(
    replaceFeed(kept, feed(), GENERATION, 4).map(({ rid }) => rid),
    [],
  );
  const told = replicaOf(list, theirs);
  addOwnOp(told, wild);
  assert.equal(
    replaceFeed(told, feed(), GENERATION, 4, new Set([wild.rid])).map(({ rid }) => rid),
    [wild.rid],
  );
  assert.is(viewEntry(told, ENTRY)!.reason, "right");
});

test("an own delete hides the feed's entry, an own list op changes the list", () => {
  const replica = replicaOf(list, theirs);
  addOwnOp(replica, sampleOp(20, 2));
  assert.is(viewEntry(replica, ENTRY), null);
  assert.equal(reasons(replica), []);
  addOwnOp(replica, sampleOp(21, 1, [["listCritical", true]], { entry: listFactsId(LIST) }));
  assert.ok(viewList(replica)!.critical);
});

test("a list that only exists here is a list already", () => {
  const replica = newReplica(LIST);
  assert.is(viewList(replica), null);
  addOwnOp(replica, list);
  addOwnOp(replica, mine);
  assert.is(viewList(replica)?.name, "Break-ins");
  assert.equal(reasons(replica), ["mine"]);
});

test("the list's own facts are no entry of it", () => {
  assert.is(viewEntry(replicaOf(list), listFactsId(LIST)), null);
  assert.equal([...viewEntries(replicaOf(list))], []);
});

test("opened again from what was stored, the replica is the same", () => {
  const replica = replicaOf(list, theirs);
  addOwnOp(replica, mine);
  addOwnOp(replica, sampleOp(21, 1, [["note", "n"]]));
  const again = openReplica(replica.feed, replica.generation, replica.cursor, replica.overlay.values());
  assert.equal([...viewEntries(again)], [...viewEntries(replica)]);
  assert.equal(replicaVersion(again), replicaVersion(replica));
});

test("only entries with own ops are held twice", () => {
  const many = Array.from({ length: 50 }, (_, at) => sampleOp(100 + at, 1, [["pattern", `P${at}`]], { entry: sampleEntryId(100 + at) }));
  const replica = replicaOf(list, ...many);
  addOwnOp(replica, sampleOp(500, 1, [["note", "n"]], { entry: sampleEntryId(100) }));
  assert.is(replica.merged.size, 1);
  applyPiece(replica, piece(51, { ...sampleOp(500, 1, [["note", "n"]], { entry: sampleEntryId(100) }) }));
  assert.is(replica.merged.size, 0);
});

test("ops and snapshots of another list are bugs", () => {
  const other = sampleRid(9) as string as ListId;
  assert.throws(() => addOwnOp(replicaOf(list), { ...mine, list: other }));
  assert.throws(() => replaceFeed(replicaOf(list), emptyListState(other), GENERATION, 0));
});

test.run();
