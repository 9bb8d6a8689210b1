import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { effectiveHlc, makeHlc } from "../clock/hlc.ts";
import { type EntryId, type Rid, uuid } from "../model/ids.ts";
import type { EntryField, EntryOp, FeedOp, FieldValue } from "../model/watchlist.ts";
import { applyOp } from "./apply-op.ts";
import { checksumOf } from "./list-checksum.ts";
import { emptyListState, type ListState, parseSnapshotRows, snapshotRows } from "./list-state.ts";
import { addOwnOp, applyPiece, newReplica, openReplica, replaceFeed, viewEntries } from "./overlay.ts";
import { LIST, sampleEntryId } from "./sample-ops.ts";

/** Few entries, few stamps, short causal lengths: so that ops collide in every way there is. A failure prints its seed. */
const RUNS = { numRuns: 300 };
const GENERATION = "a".repeat(32);
const FACTS = LIST as string as EntryId;

const entryField: fc.Arbitrary<readonly [EntryField, FieldValue]> = fc.oneof(
  fc.tuple(fc.constantFrom<EntryField>("pattern", "reason", "vehicle", "note"), fc.constantFrom("A1", "B2", "C*9")),
  fc.tuple(fc.constant<EntryField>("expiresMs"), fc.integer({ min: 0, max: 3 })),
  fc.tuple(fc.constant<EntryField>("exceptPlate"), fc.constantFrom("P1", "P2")),
  fc.tuple(fc.constantFrom<EntryField>("listCritical", "listKeepWins"), fc.boolean()),
);

const feedOp: fc.Arbitrary<FeedOp> = fc
  .record({
    entry: fc.constantFrom(sampleEntryId(1), sampleEntryId(2), FACTS),
    causalLength: fc.integer({ min: 1, max: 5 }),
    set: fc.array(entryField, { maxLength: 4 }),
    madeMs: fc.integer({ min: 0, max: 6 }),
    author: fc.constantFrom("Dana", "Ruth"),
  })
  .map(({ madeMs, ...op }) => ({
    ...op,
    rid: "" as Rid,
    list: LIST,
    reason: "",
    hlc: makeHlc(madeMs, 0),
    effectiveHlc: makeHlc(madeMs, 0),
  }));

const feed: fc.Arbitrary<FeedOp[]> = fc.array(feedOp, { maxLength: 14 }).map((ops) => ops.map((op, at) => ({ ...op, rid: ridOf(at) })));

/** Not in the order of the stamps, so that ties go either way. */
function ridOf(at: number): Rid {
  return uuid<Rid>(`01900000-0000-7000-8000-${((at * 7919) % 65_536).toString(16).padStart(12, "0")}`);
}

function fold(ops: Iterable<FeedOp>, onto = emptyListState(LIST)): ListState {
  for (const op of ops) applyOp(onto, op);
  return onto;
}

function sameList(a: ListState, b: ListState): void {
  assert.equal(snapshotRows(a), snapshotRows(b));
  assert.equal(a.checksum, b.checksum);
}

function shuffled<T>(items: readonly T[], order: readonly number[]): T[] {
  return items
    .map((item, at) => ({ item, key: order[at] ?? 0 }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

const order = fc.array(fc.integer(), { minLength: 14, maxLength: 14 });

test("merge commutes: any order of ops gives one list and one checksum", () => {
  fc.assert(
    fc.property(feed, order, (ops, keys) => sameList(fold(ops), fold(shuffled(ops, keys)))),
    RUNS,
  );
});

test("merge repeats: ops applied again, some or all, change nothing", () => {
  fc.assert(
    fc.property(feed, order, (ops, keys) => sameList(fold(ops), fold([...ops, ...shuffled(ops, keys), ...ops.slice(3)]))),
    RUNS,
  );
});

test("merge regroups: folding on from a snapshot of any part is folding all", () => {
  fc.assert(
    fc.property(feed, fc.nat(14), fc.nat(14), (ops, first, second) => {
      let state = emptyListState(LIST);
      for (const part of [ops.slice(0, first), ops.slice(first, first + second), ops.slice(first + second)]) {
        state = parseSnapshotRows(LIST, snapshotRows(fold(part, state)))!;
      }
      sameList(state, fold(ops));
    }),
    RUNS,
  );
});

test("the checksum kept up op by op is the one computed from what is held", () => {
  fc.assert(
    fc.property(feed, (ops) => {
      const state = fold(ops);
      assert.equal(checksumOf(state.entries.values()), state.checksum);
    }),
    RUNS,
  );
});

test("a deleted entry returns only with a larger causal length", () => {
  fc.assert(
    fc.property(feed, (ops) => {
      const state = emptyListState(LIST);
      const deletedAt = new Map<EntryId, number>();
      for (const op of ops) {
        applyOp(state, op);
        for (const entry of state.entries.values()) {
          const length = deletedAt.get(entry.id);
          if (entry.causalLength % 2 === 0) deletedAt.set(entry.id, entry.causalLength);
          else if (length !== undefined) assert.ok(entry.causalLength > length);
        }
      }
      for (const entry of state.entries.values()) {
        const lengths = ops.filter((op) => op.entry === entry.id).map((op) => op.causalLength);
        assert.is(entry.causalLength, Math.max(...lengths));
      }
    }),
    RUNS,
  );
});

/** A history: each op is made at one of two edges or elsewhere; central publishes all of them in one order, with stamps cut by receipt. */
const history = fc.record({
  ops: feed,
  places: fc.array(fc.constantFrom("north", "south", "elsewhere"), { minLength: 14, maxLength: 14 }),
  receiptMs: fc.constantFrom(0, 3, 1_000_000),
  order,
  cuts: fc.array(fc.nat(5), { minLength: 14, maxLength: 14 }),
});

test("overlay and feed converge: when all own ops are brought back, every edge holds what central holds", () => {
  fc.assert(
    fc.property(history, ({ ops, places, receiptMs, order: keys, cuts }) => {
      const made = ops.map((op) => ({ ...op, hlc: makeHlc(Number.parseInt(op.hlc.slice(0, 12), 16) * 400_000, 0) }));
      const published = shuffled(made, keys).map((op) => ({ ...op, effectiveHlc: effectiveHlc(op.hlc, receiptMs) }));
      const central = fold(published);
      for (const place of ["north", "south"]) {
        const own = made.filter((_, at) => places[at] === place);
        const replica = newReplica(LIST);
        replica.generation = GENERATION;
        // Own ops are made and pieces arrive in turns, always before the feed brings the op back.
        for (const op of own) addOwnOp(replica, op);
        let from = 0;
        for (const cut of [...cuts, published.length]) {
          const to = Math.min(published.length, from + cut);
          applyPiece(replica, { generation: GENERATION, from: Math.max(0, from - 1), to, ops: published.slice(Math.max(0, from - 1), to) });
          from = to;
        }
        assert.is(replica.overlay.size, 0);
        assert.is(replica.merged.size, 0);
        sameList(replica.feed, central);
        assert.equal([...viewEntries(replica)], [...viewEntries(openReplica(central, GENERATION, published.length))]);
      }
    }),
    RUNS,
  );
});

test("a snapshot at any moment loses no own op, and the feed after it converges all the same", () => {
  fc.assert(
    fc.property(history, fc.nat(14), ({ ops, places, order: keys }, snapshotAt) => {
      const published = shuffled(ops, keys);
      const own = ops.filter((_, at) => places[at] === "north");
      const replica = newReplica(LIST);
      for (const op of own) addOwnOp(replica, op);
      const at = Math.min(snapshotAt, published.length);
      replaceFeed(replica, fold(published.slice(0, at)), GENERATION, at);
      const everything = fold([...published.slice(0, at), ...own.map((op: EntryOp) => ({ ...op, effectiveHlc: op.hlc }))]);
      const view = [...viewEntries(replica)].map((entry) => JSON.stringify(entry)).sort();
      assert.equal(view, [...viewEntries(openReplica(everything, GENERATION, 0))].map((entry) => JSON.stringify(entry)).sort());
      applyPiece(replica, { generation: GENERATION, from: at, to: published.length, ops: published.slice(at) });
      sameList(replica.feed, fold(published));
      assert.is(replica.overlay.size, 0);
    }),
    RUNS,
  );
});

test.run();
