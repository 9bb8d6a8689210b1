import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeHlc } from "../clock/hlc.ts";
import type { EntryOp } from "../model/watchlist.ts";
import { FIELD_TEXT_MAX, foldOp } from "./apply-op.ts";
import { conflictingEdit, type EntryState, emptyEntryState, isPresent } from "./entry-state.ts";
import { entryOf, listFactsId, watchlistOf } from "./list-state.ts";
import {
  addEntry,
  addList,
  deleteEntry,
  type EntryDraft,
  type EntryTarget,
  editEntry,
  entryOp,
  FIELDS_MAX,
  nextCausalLength,
  type OpAuthor,
  type OpOutcome,
  restoreEntry,
  settleDelete,
} from "./new-entry-op.ts";
import { ENTRY, LIST, sampleOp, sampleRid } from "./sample-ops.ts";

const NOW = 1_000;
const draft: EntryDraft = { pattern: "abc-123", reason: " seen at two break-ins ", expiresMs: 9_000 };

const author = (at: number): OpAuthor => ({ rid: sampleRid(at), hlc: makeHlc(at, 0), author: "Dana", reason: "patrol" });
const target = (current?: EntryState, keepWins = false): EntryTarget => ({ list: LIST, entry: ENTRY, current, keepWins });

function made(outcome: OpOutcome): EntryOp {
  assert.ok(outcome.kind === "op", JSON.stringify(outcome));
  return outcome.op;
}

function after(...ops: EntryOp[]): EntryState {
  const state = emptyEntryState(ENTRY);
  for (const op of ops) foldOp(state, op, op.hlc);
  return state;
}

const added = () => after(made(addEntry(target(), author(10), draft, NOW)));

test("a new entry reads back as it was meant, its pattern normalised", () => {
  const op = made(addEntry(target(), author(10), { ...draft, vehicle: "red van", note: "two people" }, NOW));
  assert.equal([op.causalLength, op.author, op.reason, op.list, op.entry], [1, "Dana", "patrol", LIST, ENTRY]);
  const entry = entryOf(LIST, after(op), false)!;
  assert.equal(
    [entry.pattern, entry.reason, entry.expiresMs, entry.vehicle, entry.notes],
    ["ABC123", "seen at two break-ins", 9_000, "red van", ["two people"]],
  );
});

test("without a reason, an expiry ahead or a usable pattern nothing is added", () => {
  const why = (more: Partial<EntryDraft>) => addEntry(target(), author(10), { ...draft, ...more }, NOW);
  assert.equal(why({ reason: "  " }), { kind: "refused", why: "reason-missing" });
  assert.equal(why({ expiresMs: Number.NaN }), { kind: "refused", why: "expiry-missing" });
  assert.equal(why({ expiresMs: NOW }), { kind: "refused", why: "expiry-past" });
  assert.equal(why({ pattern: "A*" }), { kind: "refused", why: "bad-pattern", pattern: "too-open" });
  assert.equal(why({ pattern: "no plate" }), { kind: "refused", why: "bad-pattern", pattern: "not-a-plate" });
  assert.equal(why({ vehicle: "x".repeat(FIELD_TEXT_MAX + 1) }), { kind: "refused", why: "bad-value", field: "vehicle" });
});

test("what is there cannot be added, what is not cannot be changed", () => {
  assert.equal(addEntry(target(added()), author(20), draft, NOW), { kind: "refused", why: "present-already" });
  for (const outcome of [
    editEntry(target(), author(20), [["reason", "x"]]),
    deleteEntry(target(), author(20)),
    editEntry(target(after(sampleOp(1, 1), sampleOp(2, 2))), author(20), []),
  ]) {
    assert.equal(outcome, { kind: "refused", why: "no-such-entry" });
  }
});

test("an edit and a renewal keep the causal length", () => {
  assert.is(made(editEntry(target(added()), author(20), [["note", "seen"]])).causalLength, 1);
  const renewed = made(editEntry(target(added()), author(20), [["expiresMs", 50_000]]));
  assert.equal([renewed.causalLength, renewed.set], [1, [["expiresMs", 50_000]]]);
});

test("delete, add again, delete again: each counts one further", () => {
  let state = added();
  for (const [at, length] of [
    [20, 2],
    [30, 3],
    [40, 4],
    [50, 5],
  ] as const) {
    const op = made(length % 2 === 0 ? deleteEntry(target(state), author(at)) : addEntry(target(state), author(at), draft, NOW));
    assert.is(op.causalLength, length);
    foldOp(state, op, op.hlc);
    assert.is(isPresent(state, false), length % 2 === 1);
    state = { ...state };
  }
});

test("an entry that comes back shows nothing of its former fields", () => {
  const first = made(addEntry(target(), author(10), { ...draft, vehicle: "red van" }, NOW));
  const gone = made(deleteEntry(target(after(first)), author(20)));
  const back = made(addEntry(target(after(first, gone)), author(30), { ...draft, reason: "other" }, NOW));
  const entry = entryOf(LIST, after(first, gone, back), false)!;
  assert.equal([entry.reason, entry.vehicle], ["other", ""]);
});

test("what keepWins kept is edited for good and can be deleted for good", () => {
  const kept = after(sampleOp(10, 1, [["pattern", "ABC123"]]), sampleOp(20, 2), sampleOp(30, 1, [["reason", "still here"]]));
  assert.is(nextCausalLength(target(kept, true), "edit"), 3);
  assert.is(nextCausalLength(target(kept, true), "delete"), 4);
  assert.is(nextCausalLength(target(kept, true), "add"), null);
  assert.is(nextCausalLength(target(kept, false), "edit"), null);
  assert.is(nextCausalLength(target(kept, false), "add"), 3);
  const state = { ...kept };
  foldOp(state, made(deleteEntry(target(kept, true), author(40))), makeHlc(40, 0));
  assert.not.ok(isPresent(state, true));
});

test("values that the fold would leave out are refused, not swallowed", () => {
  assert.equal(editEntry(target(added()), author(20), [["exceptPlate", "abc-1"]]), {
    kind: "refused",
    why: "bad-value",
    field: "exceptPlate",
  });
  assert.equal(editEntry(target(added()), author(20), [["expiresMs", 1.5]]), { kind: "refused", why: "bad-value", field: "expiresMs" });
  const many = Array.from({ length: FIELDS_MAX + 1 }, (_, at) => ["note", `n${at}`] as const);
  assert.is(entryOp(target(added()), author(20), "edit", many).kind, "refused");
});

test("a list is made by an op on its own id", () => {
  const facts = { name: "Volunteers", owner: "Dana", kind: "trusted", differencesMax: 0, critical: false, keepWins: true } as const;
  const op = made(addList(LIST, undefined, author(5), facts));
  assert.is(op.entry, listFactsId(LIST));
  const state = emptyEntryState(op.entry);
  foldOp(state, op, op.hlc);
  assert.equal(watchlistOf(LIST, state), { id: LIST, ...facts });
  assert.equal(addList(LIST, state, author(6), facts), { kind: "refused", why: "present-already" });
  assert.is(addList(LIST, undefined, author(5), { ...facts, differencesMax: 3 }).kind, "refused");
});

test("an author or a reason that no reader would take is refused in words", () => {
  for (const what of ["author", "reason"] as const) {
    const made = addEntry(target(), { ...author(20), [what]: "x".repeat(2_001) }, { pattern: "ABC123", reason: "seen", expiresMs: 2 }, 1);
    assert.equal(made, { kind: "refused", why: "too-long", what, charactersMax: 2_000 });
  }
});

test("a delete that an edit met stands for good when it is settled, and the entry comes back whole when it is restored", () => {
  for (const keepWins of [false, true]) {
    const state = emptyEntryState(ENTRY);
    const fold = (causalLength: number, set: EntryOp["set"], at: number): void => {
      const rid = `01999999-0000-7000-8000-0000000000${10 + at}` as EntryOp["rid"];
      foldOp(state, { ...author(20), rid, list: LIST, entry: ENTRY, causalLength, set, hlc: makeHlc(at, 0) }, makeHlc(at, 0));
    };
    fold(
      1,
      [
        ["pattern", "ABC123"],
        ["expiresMs", 99],
      ],
      1,
    );
    fold(2, [], 2);
    fold(1, [["reason", "still here"]], 3);
    const back = restoreEntry(target(state, keepWins), author(20), [["vehicle", "white van"]]);
    assert.equal(back.kind === "op" && [back.op.causalLength, new Map(back.op.set).get("pattern"), new Map(back.op.set).get("vehicle")], [
      3,
      "ABC123",
      "white van",
    ]);
    const gone = settleDelete(target(state, keepWins), author(20));
    assert.is(gone.kind === "op" && gone.op.causalLength, 4);
    fold(4, [], 4);
    assert.not.ok(isPresent(state, keepWins));
    assert.is(conflictingEdit(state), null);
  }
});

test.run();
