import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeHlc } from "../clock/hlc.ts";
import type { ListId } from "../model/ids.ts";
import type { FeedOp, FieldValue } from "../model/watchlist.ts";
import { accepts, applyOp, FIELD_TEXT_MAX } from "./apply-op.ts";
import { entryBytes } from "./entry-bytes.ts";
import { cellValue, conflictingEdit, type EntryState, EXCEPT_PLATES_MAX, isPresent, NOTES_MAX } from "./entry-state.ts";
import { emptyListState, entryOf } from "./list-state.ts";
import { ENTRY, LIST, sampleOp, sampleRid } from "./sample-ops.ts";

function fold(...ops: FeedOp[]): EntryState {
  const state = emptyListState(LIST);
  for (const op of ops) applyOp(state, op);
  return state.entries.get(ENTRY)!;
}

function sameInEveryOrder(...ops: FeedOp[]): EntryState {
  const expected = fold(...ops);
  for (const order of permutations(ops)) assert.equal(entryBytes(fold(...order)), entryBytes(expected));
  return expected;
}

function permutations<T>(items: T[]): T[][] {
  if (items.length < 2) return [items];
  return items.flatMap((item, at) => permutations(items.filter((_, other) => other !== at)).map((rest) => [item, ...rest]));
}

const add = sampleOp(10, 1, [
  ["pattern", "ABC123"],
  ["reason", "break-in"],
  ["expiresMs", 5_000],
  ["vehicle", "red van"],
]);

test("an added entry reads as it was written", () => {
  assert.equal(entryOf(LIST, fold(add), false), {
    id: ENTRY,
    list: LIST,
    pattern: "ABC123",
    reason: "break-in",
    expiresMs: 5_000,
    vehicle: "red van",
    notes: [],
    exceptPlates: [],
    addedBy: "Dana",
    changedBy: "Dana",
    addedMs: 10,
  });
});

test("of two edits of one field the later stamp wins, of two fields both do", () => {
  const state = sameInEveryOrder(
    add,
    sampleOp(20, 1, [["reason", "seen again"]], { author: "Ruth" }),
    sampleOp(30, 1, [["expiresMs", 9_000]], { author: "Avi" }),
    sampleOp(
      15,
      1,
      [
        ["reason", "typo"],
        ["vehicle", "blue van"],
      ],
      { author: "Moshe" },
    ),
  );
  const entry = entryOf(LIST, state, false)!;
  assert.equal([entry.reason, entry.expiresMs, entry.vehicle], ["seen again", 9_000, "blue van"]);
  assert.equal([entry.addedBy, entry.changedBy, entry.addedMs], ["Dana", "Avi", 10]);
});

test("equal stamps are decided by rid", () => {
  const one = sampleOp(1, 1, [["reason", "one"]], { hlc: makeHlc(50, 0) });
  const two = sampleOp(2, 1, [["reason", "two"]], { hlc: makeHlc(50, 0) });
  assert.is(cellValue(sameInEveryOrder(one, two), "reason"), "two");
});

test("the effective stamp decides, so a clock set to 2036 does not win for years", () => {
  const future = sampleOp(20, 1, [["reason", "from 2036"]], { hlc: makeHlc(2_000_000_000_000, 0), effectiveHlc: makeHlc(20, 0) });
  assert.is(cellValue(sameInEveryOrder(add, future, sampleOp(30, 1, [["reason", "today"]])), "reason"), "today");
});

test("one op that names a field twice folds alike whatever the order within", () => {
  const twice = (set: FeedOp["set"]) => cellValue(fold(sampleOp(20, 1, set)), "reason");
  assert.is(
    twice([
      ["reason", "a"],
      ["reason", "b"],
    ]),
    twice([
      ["reason", "b"],
      ["reason", "a"],
    ]),
  );
});

test("notes only grow and stand in the order of their stamps", () => {
  const state = sameInEveryOrder(
    add,
    sampleOp(30, 1, [["note", "second"]]),
    sampleOp(20, 1, [
      ["note", "first"],
      ["note", "first"],
    ]),
    sampleOp(25, 1, [["note", "first"]]),
  );
  assert.equal(
    state.notes.map((note) => note.text),
    ["first", "first", "second"],
  );
});

test("notes are bounded: the newest stay, in any order of arrival", () => {
  const ops = Array.from({ length: NOTES_MAX + 30 }, (_, at) => sampleOp(100 + at, 1, [["note", `note ${at}`]]));
  const state = fold(...ops);
  assert.is(state.notes.length, NOTES_MAX);
  assert.is(state.notes.at(-1)?.text, `note ${NOTES_MAX + 29}`);
  assert.equal(entryBytes(fold(...ops.toReversed(), ...ops)), entryBytes(state));
});

test("excepted plates only grow, each once, sorted and bounded", () => {
  const state = sameInEveryOrder(
    add,
    sampleOp(20, 1, [["exceptPlate", "XYZ1"]]),
    sampleOp(30, 1, [["exceptPlate", "ABC9"]]),
    sampleOp(40, 1, [["exceptPlate", "XYZ1"]]),
  );
  assert.equal(
    state.exceptPlates.map((except) => except.plate),
    ["ABC9", "XYZ1"],
  );
  const many = Array.from({ length: EXCEPT_PLATES_MAX + 10 }, (_, at) => sampleOp(100 + at, 1, [["exceptPlate", `P${at}`]]));
  const full = fold(...many);
  assert.is(full.exceptPlates.length, EXCEPT_PLATES_MAX);
  assert.not.ok(full.exceptPlates.some((except) => except.plate === "P9"));
  assert.equal(entryBytes(fold(...many.toReversed(), ...many)), entryBytes(full));
});

test("a delete takes the entry off, and an op of its former life does not bring it back", () => {
  const state = sameInEveryOrder(add, sampleOp(20, 2), sampleOp(15, 1, [["reason", "late"]]));
  assert.not.ok(isPresent(state, false));
  assert.is(entryOf(LIST, state, false), null);
});

test("added again with a larger causal length it is back, with its new author", () => {
  const again = sampleOp(30, 3, [["reason", "back"]], { author: "Ruth" });
  const entry = entryOf(LIST, sameInEveryOrder(add, sampleOp(20, 2), again), false)!;
  assert.equal([entry.reason, entry.addedBy, entry.addedMs], ["back", "Ruth", 30]);
});

test("an edit later than a delete that it did not know of: the delete wins and a conflict is told, in either order", () => {
  const deleted = sampleOp(20, 2);
  const edit = sampleOp(30, 1, [["reason", "still around"]]);
  const conflict = { entry: ENTRY, edit: edit.rid, deleted: deleted.rid, kept: true };
  for (const order of [
    [add, deleted, edit],
    [add, edit, deleted],
  ]) {
    const state = emptyListState(LIST);
    const told = order.map((op) => applyOp(state, op).conflict).filter((each) => each !== null);
    assert.equal(told, [conflict]);
    assert.not.ok(isPresent(state.entries.get(ENTRY)!, false));
  }
});

test("on a list where keeping wins, such an edit keeps the entry, in every order", () => {
  const state = sameInEveryOrder(add, sampleOp(20, 2), sampleOp(30, 1, [["reason", "still around"]]));
  assert.ok(isPresent(state, true));
  assert.is(entryOf(LIST, state, true)?.reason, "still around");
});

test("an edit that arrives after a delete, though stamped before it, is told and not kept", () => {
  const state = emptyListState(LIST);
  applyOp(state, add);
  const deleted = sampleOp(20, 2);
  applyOp(state, deleted);
  const edit = sampleOp(15, 1, [["reason", "late"]]);
  assert.equal(applyOp(state, edit).conflict, { entry: ENTRY, edit: edit.rid, deleted: deleted.rid, kept: false });
  assert.not.ok(isPresent(state.entries.get(ENTRY)!, true));
});

test("a delete by someone who has seen all edits is no conflict", () => {
  const state = emptyListState(LIST);
  const told = [add, sampleOp(15, 1, [["reason", "edited"]]), sampleOp(20, 2)].map((op) => applyOp(state, op).conflict);
  assert.equal(told, [null, null, null]);
  assert.is(conflictingEdit(state.entries.get(ENTRY)!), null);
});

test("two deletes at once are one delete", () => {
  assert.is(sameInEveryOrder(add, sampleOp(20, 2), sampleOp(21, 2, [], { author: "Ruth" })).causalLength, 2);
});

test("an op applied twice is an op applied once, checksum included", () => {
  const once = emptyListState(LIST);
  const twice = emptyListState(LIST);
  const ops = [
    add,
    sampleOp(20, 1, [
      ["note", "n"],
      ["exceptPlate", "X1"],
    ]),
    sampleOp(30, 2),
    sampleOp(40, 3, [["reason", "r"]]),
  ];
  for (const op of ops) applyOp(once, op);
  for (const op of [...ops, ...ops]) applyOp(twice, op);
  assert.equal(entryBytes(twice.entries.get(ENTRY)!), entryBytes(once.entries.get(ENTRY)!));
  assert.equal(twice.checksum, once.checksum);
});

test("a value that a field cannot hold is left out, the rest of the op counts", () => {
  const odd = sampleOp(20, 1, [
    ["expiresMs", "tomorrow"],
    ["listKind", "secret"],
    ["exceptPlate", "abc-1"],
    ["reason", "fine"],
  ]);
  const state = fold(add, odd);
  assert.is(cellValue(state, "expiresMs"), 5_000);
  assert.is(cellValue(state, "listKind"), undefined);
  assert.equal(state.exceptPlates, []);
  assert.is(cellValue(state, "reason"), "fine");
});

test("what each field may hold", () => {
  const wrong: [Parameters<typeof accepts>[0], FieldValue][] = [
    ["pattern", 1],
    ["reason", true],
    ["note", 0],
    ["expiresMs", 1.5],
    ["expiresMs", Number.NaN],
    ["expiresMs", 2 ** 60],
    ["listDifferencesMax", 3],
    ["listDifferencesMax", -1],
    ["listCritical", 1],
    ["listKeepWins", "yes"],
    ["listKind", "x"],
    ["exceptPlate", ""],
    ["reason", "\ud800"],
    ["note", "x".repeat(FIELD_TEXT_MAX + 1)],
  ];
  for (const [field, value] of wrong) assert.not.ok(accepts(field, value), `${field} ${String(value)}`);
  const right: [Parameters<typeof accepts>[0], FieldValue][] = [
    ["pattern", "AB*"],
    ["reason", ""],
    ["expiresMs", 0],
    ["listDifferencesMax", 0],
    ["listCritical", false],
    ["listKind", "trusted"],
    ["exceptPlate", "ABC123"],
  ];
  for (const [field, value] of right) assert.ok(accepts(field, value), field);
});

test("an op of another list is a bug", () => {
  assert.throws(() => applyOp(emptyListState(LIST), sampleOp(1, 1, [], { list: sampleRid(9) as string as ListId })));
});

test("folding changes no state that someone else holds", () => {
  const state = emptyListState(LIST);
  applyOp(state, add);
  const held = state.entries.get(ENTRY)!;
  const before = entryBytes(held);
  applyOp(
    state,
    sampleOp(20, 2, [
      ["note", "n"],
      ["reason", "x"],
      ["exceptPlate", "X1"],
    ]),
  );
  assert.equal(entryBytes(held), before);
});

test.run();
