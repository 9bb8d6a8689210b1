import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeHlc } from "../../shared/clock/hlc.ts";
import { type EntryId, type ListId, type Rid, uuid } from "../../shared/model/ids.ts";
import type { EntryField, FeedOp, FieldValue } from "../../shared/model/watchlist.ts";
import { makeTestStore, START_MS, type TestStore } from "../log/test-store.ts";
import { makeWatchlistViews } from "./watchlist-views.ts";

const SHARED = uuid<ListId>("01990000-0000-7000-8000-0000000000a2");
const ENTRY = uuid<EntryId>("01990000-0000-7000-8000-0000000000e1");
let world: TestStore;
test.before.each(async () => {
  world = await makeTestStore();
});
test.after.each(() => world.remove());

/** An op stamped `at` ms after the start. */
function opAt(at: number, entry: EntryId, causalLength: number, set: readonly (readonly [EntryField, FieldValue])[]): FeedOp {
  const rid = uuid<Rid>(`01990000-0000-7000-8000-${String(at).padStart(12, "0")}`);
  const hlc = makeHlc(START_MS + at, 0);
  return { rid, list: SHARED, entry, causalLength, set, hlc, reason: "central", author: "Dispatch", effectiveHlc: hlc };
}
const listFacts = (more: readonly (readonly [EntryField, FieldValue])[] = []) =>
  opAt(1, SHARED as string as EntryId, 1, [["listName", "County"], ["listOwner", "Dispatch"], ["listKind", "shared"], ...more]);
const added = () =>
  opAt(2, ENTRY, 1, [
    ["pattern", "ABC123"],
    ["reason", "stolen"],
    ["expiresMs", START_MS + 86_400_000],
  ]);
const deleted = () => opAt(3, ENTRY, 2, []);
const changedUnknowing = () => opAt(4, ENTRY, 1, [["reason", "seen again"]]);

function pageOf(ops: readonly FeedOp[], after: { addedMs: number; id: string } | null = null) {
  world.store.verb("applyDelta", SHARED, "a".repeat(32), 0, ops.length, ops, world.now());
  const page = makeWatchlistViews(world.rows, "Main & Maple").entries(SHARED, after, 50, START_MS);
  return [page.entries.map((entry) => entry.pattern), page.contested.map((entry) => `${entry.pattern} ${entry.reason}`)];
}

test("a plate that was taken off while somebody changed it is named as such, and is not on the list", () => {
  assert.equal(pageOf([listFacts(), added(), deleted(), changedUnknowing()]), [[], ["ABC123 seen again"]]);
});

test("a plate that was taken off by everybody's knowledge is not named", () => {
  assert.equal(pageOf([listFacts(), added(), changedUnknowing(), opAt(5, ENTRY, 2, [])]), [[], []]);
});

test("where keeping wins it stands on the list like any other", () => {
  assert.equal(pageOf([listFacts([["listKeepWins", true]]), added(), deleted(), changedUnknowing()]), [["ABC123"], []]);
});

test("it is named on the first page only", () => {
  assert.equal(pageOf([listFacts(), added(), deleted(), changedUnknowing()], { addedMs: START_MS, id: ENTRY }), [[], []]);
});

test("the number of a list's entries follows its feed and own edits, and is counted only when the list is another", () => {
  world.store.verb("applyDelta", SHARED, "a".repeat(32), 0, 2, [listFacts(), added()], world.now());
  let counts = 0;
  const countEntries = (list: ListId): number => {
    counts += 1;
    return world.rows.lists.countEntries(list);
  };
  const lists = { ...world.rows.lists, countEntries };
  const views = makeWatchlistViews({ ...world.rows, lists }, "Main & Maple");
  const shown = () => views.lists().find((one) => one.id === SHARED)?.entries;
  assert.equal([shown(), shown(), counts], [1, 1, 1]);
  const own = {
    list: SHARED,
    entry: null,
    set: [
      ["pattern", "XYZ789"],
      ["reason", "seen"],
      ["expiresMs", START_MS + 86_400_000],
    ] as const,
    presence: "add" as const,
    reason: "seen",
    author: "Dina",
    moment: world.now(),
  };
  assert.is(world.store.verb("applyOwnOp", own).kind, "op");
  assert.equal([shown(), shown(), counts], [2, 2, 2]);
  world.store.verb("applyDelta", SHARED, "a".repeat(32), 2, 3, [deleted()], world.now());
  assert.equal([shown(), shown(), counts], [1, 1, 3]);
});

test.run();
