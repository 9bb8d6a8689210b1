import { test } from "uvu";
import * as assert from "uvu/assert";
import type { FeedOp } from "../model/watchlist.ts";
import { applyOp } from "./apply-op.ts";
import { checksumOf } from "./list-checksum.ts";
import {
  emptyListState,
  entriesOf,
  entryOf,
  type ListState,
  listFactsId,
  parseSnapshotRows,
  snapshotRows,
  watchlistOf,
} from "./list-state.ts";
import { ENTRY, LIST, sampleEntryId, sampleListOp, sampleOp } from "./sample-ops.ts";

function listOf(...ops: FeedOp[]): ListState {
  const state = emptyListState(LIST);
  for (const op of ops) applyOp(state, op);
  return state;
}

const facts = (state: ListState) => watchlistOf(LIST, state.entries.get(listFactsId(LIST)));
const entry = (number: number, at: number, causalLength = 1) =>
  sampleOp(
    at,
    causalLength,
    [
      ["pattern", `AB${number}`],
      ["expiresMs", 9_000],
    ],
    { entry: sampleEntryId(number) },
  );

test("a list is what the op on its own id says, with one difference and no alarm by default", () => {
  assert.equal(facts(listOf(sampleListOp(1))), {
    id: LIST,
    name: "Break-ins",
    owner: "Main & Maple",
    kind: "site",
    differencesMax: 1,
    critical: false,
    keepWins: false,
  });
});

test("its facts are edited field by field like any entry's", () => {
  const edit = sampleOp(
    5,
    1,
    [
      ["listCritical", true],
      ["listDifferencesMax", 0],
      ["listKind", "trusted"],
    ],
    { entry: listFactsId(LIST) },
  );
  const list = facts(listOf(sampleListOp(1), edit))!;
  assert.equal([list.name, list.critical, list.differencesMax, list.kind], ["Break-ins", true, 0, "trusted"]);
});

test("a list that was never made, or was deleted, is not there and shows no entries", () => {
  assert.is(facts(listOf(entry(1, 2))), null);
  assert.equal([...entriesOf(listOf(entry(1, 2)))], []);
  const deleted = listOf(sampleListOp(1), entry(1, 2), sampleListOp(3, [], 2));
  assert.is(facts(deleted), null);
  assert.equal([...entriesOf(deleted)], []);
});

test("entries are the present ones, the list's own facts left out", () => {
  const state = listOf(sampleListOp(1), entry(1, 2), entry(2, 3), entry(2, 4, 2), entry(3, 5));
  assert.equal([...entriesOf(state)].map((each) => each.pattern).sort(), ["AB1", "AB3"]);
});

test("where keeping wins, an entry whose delete met a later edit is shown", () => {
  const ops = [entry(1, 2), entry(1, 3, 2), entry(1, 4)];
  assert.is([...entriesOf(listOf(sampleListOp(1), ...ops))].length, 0);
  assert.is([...entriesOf(listOf(sampleListOp(1, [["listKeepWins", true]]), ...ops))].length, 1);
});

test("an entry without an expiry counts as expired, never as lasting for ever", () => {
  const state = listOf(sampleListOp(1), sampleOp(2, 1, [["pattern", "ABC123"]]));
  assert.is(entryOf(LIST, state.entries.get(ENTRY)!, false)?.expiresMs, 0);
});

test("the checksum that ops keep up is the one computed from all entries", () => {
  const state = listOf(sampleListOp(1), entry(1, 2), entry(2, 3), entry(2, 4, 2), entry(3, 5), entry(1, 6));
  assert.equal(state.checksum, checksumOf(state.entries.values()));
});

test("different lists have different checksums, the empty one zeros", () => {
  const seen = [listOf(), listOf(entry(1, 2)), listOf(entry(1, 3)), listOf(entry(2, 2)), listOf(entry(1, 2), entry(2, 2))];
  assert.is(new Set(seen.map((state) => state.checksum.join())).size, seen.length);
  assert.equal(listOf().checksum, new Uint8Array(32));
});

test("a deleted entry does not count, so that central may forget it", () => {
  assert.equal(listOf(entry(1, 2), entry(2, 3), entry(2, 4, 2)).checksum, listOf(entry(1, 2)).checksum);
});

test("a snapshot's rows make the same list again, whatever the order of its ops was", () => {
  const ops = [sampleListOp(1), entry(1, 2), entry(2, 3), entry(2, 4, 2), entry(3, 5)];
  const state = listOf(...ops);
  const rows = snapshotRows(state);
  assert.equal(snapshotRows(listOf(...ops.toReversed())), rows);
  const back = parseSnapshotRows(LIST, rows)!;
  assert.equal(back.checksum, state.checksum);
  assert.equal(snapshotRows(back), rows);
});

test("ops fold on a list from a snapshot as on the one it was made of", () => {
  const back = parseSnapshotRows(LIST, snapshotRows(listOf(sampleListOp(1), entry(1, 2), entry(1, 3, 2))))!;
  applyOp(back, entry(1, 4));
  assert.equal(snapshotRows(back), snapshotRows(listOf(sampleListOp(1), entry(1, 2), entry(1, 3, 2), entry(1, 4))));
});

test("a snapshot with a damaged or doubled row is refused whole", () => {
  const rows = snapshotRows(listOf(sampleListOp(1), entry(1, 2)));
  assert.is(parseSnapshotRows(LIST, [...rows, rows[0]!]), null);
  assert.is(parseSnapshotRows(LIST, [rows[0]!, rows[1]!.slice(0, -1)]), null);
  assert.is(parseSnapshotRows(LIST, [new Uint8Array(0)]), null);
});

test.run();
