import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeHlc } from "../../shared/clock/hlc.ts";
import { applyOp } from "../../shared/crdt/apply-op.ts";
import { emptyListState } from "../../shared/crdt/list-state.ts";
import { encodeSnapshot } from "../../shared/crdt/snapshot-bytes.ts";
import { decodeRehome } from "../../shared/log/payloads/rehome-payload.ts";
import { SALT_BYTES } from "../../shared/log/record.ts";
import type { EntryOp, FeedOp } from "../../shared/model/watchlist.ts";
import { loadOwnOps } from "./load-lists.ts";
import { beginStaging } from "./stage-snapshot.ts";
import { draftOf, LIST, makeTestStore, START_MS, type TestStore, watch } from "./test-store.ts";

const [OLD, NEW] = ["b".repeat(32), "c".repeat(32)];
const asFeed = (op: EntryOp): FeedOp => ({ ...op, effectiveHlc: op.hlc });
const overlay = ({ rows }: TestStore): EntryOp[] => loadOwnOps(rows, LIST);

function isWatched({ store, now, clock }: TestStore, plate = "ABC123"): boolean {
  clock.monoMs += 600_000;
  clock.wallMs += 1_000;
  return store.verb("appendDetection", draftOf(plate, now)).raised.length > 0;
}

/** Central publishes ops, from a position on. */
const publish = ({ store, now }: TestStore, from: number, ops: readonly EntryOp[], generation = OLD): void =>
  void store.verb("applyDelta", LIST, generation, from, from + ops.length, ops.map(asFeed), now());

/** Central lives anew, with a list that holds these ops. */
const restore = ({ store, now }: TestStore, ops: readonly EntryOp[]): void =>
  void store.verb("applySnapshot", LIST, NEW, ops.length, encodeSnapshot(stateOf(ops)), now());

function stateOf(ops: readonly EntryOp[]) {
  const state = emptyListState(LIST);
  for (const op of ops) applyOp(state, asFeed(op));
  return state;
}

function edit({ store, now }: TestStore, entry: string, presence: "edit" | "delete"): EntryOp {
  const set: EntryOp["set"] = presence === "edit" ? [["expiresMs", START_MS + 9 * 86_400_000]] : [];
  const made = store.verb("applyOwnOp", { list: LIST, entry, set, presence, reason: "x", author: "Dov", moment: now() });
  if (made.kind !== "op") throw new Error(made.why);
  return made.op;
}

/** A home whose people have put ABC123 on the site's list; central has published that. `ops`: the list's facts, the plate. */
async function withPublished(
  use: (world: TestStore, ops: readonly [EntryOp, EntryOp], entry: string) => TestStore | undefined,
): Promise<void> {
  const world = await makeTestStore();
  const entry = watch(world, "ABC123");
  const [facts, plate] = overlay(world) as [EntryOp, EntryOp];
  publish(world, 0, [facts, plate]);
  assert.equal(overlay(world), []);
  (use(world, [facts, plate], entry) ?? world).remove();
}

test("a plate of the site's own people, published and then lost by a central that was restored, alerts on until it is published again", () =>
  withPublished((first, [facts, plate]) => {
    restore(first, [facts]);
    assert.ok(isWatched(first));
    const world = first.reopen();
    assert.ok(isWatched(world), "after a restart too");
    publish(world, 1, [plate], NEW);
    assert.equal([overlay(world), isWatched(world)], [[], true]);
    return world;
  }));

test("so it is when the whole list was lost, its name and kind among it, and when the list comes in pieces", () =>
  withPublished((world) => {
    const staging = beginStaging(LIST, NEW, 0, encodeSnapshot(emptyListState(LIST)), "1");
    while (world.store.verb("stagePiece", staging, world.now()).kind === "more");
    assert.equal([overlay(world).length, isWatched(world)], [2, true]);
    return undefined;
  }));

test("a lost edit whose log was left, with what two backups held of it, is offered again in the log that goes on", () =>
  withPublished((world, [facts, plate]) => {
    const urgent = () => world.rows.logs.activeLogs().find((one) => one.class === "urgent")!;
    const { logId, head } = urgent();
    world.store.verb("noteAcknowledged", logId, head.next, head.next);
    world.store.verb("beginAgain", logId, head, "closed", world.now());
    while (world.store.isOffering()) world.store.verb("offerAgain", world.now());
    assert.is(urgent().head.next, 1, "nothing of it is offered: two backups hold it");
    restore(world, [facts]);
    while (world.store.isOffering()) world.store.verb("offerAgain", world.now());
    const { n, head: after } = urgent();
    const carried = world.rows.logs.recordAt(n, after.next - 1)!.payload!;
    assert.is(decodeRehome(carried.subarray(SALT_BYTES))?.record.tail.rid, plate.rid);
    return undefined;
  }));

test("so it is when a copy of central, which runs in the same life, sends an earlier position of the list", () =>
  withPublished((world, [facts]) => {
    world.store.verb("applySnapshot", LIST, OLD, 1, encodeSnapshot(stateOf([facts])), world.now());
    assert.equal([overlay(world).length, isWatched(world)], [1, true]);
    return undefined;
  }));

test("what the restored central still has does not come back as an own edit", () =>
  withPublished((world, ops) => {
    restore(world, ops);
    assert.equal([overlay(world), isWatched(world)], [[], true]);
    // Nor in the life after that, if only that one lost it, is it forgotten.
    world.store.verb("applySnapshot", LIST, "d".repeat(32), 1, encodeSnapshot(stateOf(ops.slice(0, 1))), world.now());
    assert.equal([overlay(world).length, isWatched(world)], [1, true]);
    return undefined;
  }));

test("a deleted plate stays deleted: where the restored central shows it again, and where nobody knows it any more", () =>
  withPublished((world, ops, entry) => {
    const gone = edit(world, entry, "delete");
    publish(world, 2, [gone]);
    restore(world, ops);
    assert.equal([overlay(world).map(({ rid }) => rid), isWatched(world)], [[gone.rid], false]);
    publish(world, 2, [gone], NEW);
    world.store.verb("applySnapshot", LIST, "d".repeat(32), 1, encodeSnapshot(stateOf(ops.slice(0, 1))), world.now());
    assert.equal([overlay(world), isWatched(world)], [[], false]);
    return undefined;
  }));

test("an edit whose stamp central had cut does not win again over a later one that the snapshot shows", () =>
  withPublished((world, ops, entry) => {
    world.clock.wallMs += 1_000;
    const mine = edit(world, entry, "edit");
    const cut: FeedOp = { ...mine, effectiveHlc: ops[1].hlc };
    const rid = `${mine.rid.slice(0, -1)}${mine.rid.endsWith("0") ? "1" : "0"}` as EntryOp["rid"];
    const later: FeedOp = { ...mine, rid, effectiveHlc: makeHlc(START_MS + 500, 0), set: [["expiresMs", START_MS + 5 * 86_400_000]] };
    world.store.verb("applyDelta", LIST, OLD, 2, 4, [cut, later], world.now());
    const state = stateOf(ops);
    applyOp(state, cut);
    applyOp(state, later);
    world.store.verb("applySnapshot", LIST, NEW, 4, encodeSnapshot(state), world.now());
    assert.equal([overlay(world), world.rows.lists.entryOf(LIST, entry as never)?.expiresMs], [[], START_MS + 5 * 86_400_000]);
    return undefined;
  }));

test("what two backups hold is not kept", () =>
  withPublished((world) => {
    const kept = () => world.db.prepare("select count(*) from published_ops").pluck().get();
    assert.is(kept(), 2);
    world.store.verb("noteFeedDurable", LIST, OLD, 1);
    assert.is(kept(), 2, "this one knows only the end of the piece");
    world.store.verb("noteFeedDurable", LIST, OLD, 2);
    assert.is(kept(), 0);
    return undefined;
  }));

test.run();
