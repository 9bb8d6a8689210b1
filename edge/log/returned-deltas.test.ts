import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeHlc } from "../../shared/clock/hlc.ts";
import { applyOp } from "../../shared/crdt/apply-op.ts";
import { emptyListState, listFactsId } from "../../shared/crdt/list-state.ts";
import { encodeSnapshot } from "../../shared/crdt/snapshot-bytes.ts";
import { decodeReturnedDelta } from "../../shared/log/payloads/returned-delta-payload.ts";
import { decodeTail, RECORD_KINDS, SALT_BYTES } from "../../shared/log/record.ts";
import { type EntryId, type Incarnation, type ListId, type Rid, uuid } from "../../shared/model/ids.ts";
import type { FeedOp } from "../../shared/model/watchlist.ts";
import { encodeFrame } from "../../shared/protocol/encode.ts";
import { encodeFeedOp } from "../../shared/protocol/feed-op.ts";
import { makeTestStore, START_MS, type TestStore } from "./test-store.ts";

const SHARED = uuid<ListId>("01990000-0000-7000-8000-0000000000a2");
const [OLD, NEW] = ["b".repeat(32) as Incarnation, "c".repeat(32) as Incarnation];
const idOf = (kind: string, at: number): string => `01990000-0000-7000-${kind}-${at.toString(16).padStart(12, "0")}`;

/** The op at a position; 0 makes the list. */
function opAt(at: number): FeedOp {
  const hlc = makeHlc(START_MS + at, 0);
  const set: FeedOp["set"] =
    at === 0
      ? [["listName", "Break-ins"]]
      : [
          ["pattern", `P${at}`],
          ["expiresMs", START_MS + 9e8],
        ];
  const entry = at === 0 ? listFactsId(SHARED) : uuid<EntryId>(idOf("9000", at));
  return { rid: uuid<Rid>(idOf("8000", at)), list: SHARED, entry, causalLength: 1, set, hlc, effectiveHlc: hlc, reason: "", author: "Dov" };
}

function frameOf(from: number, to: number): Uint8Array {
  const ops = Array.from({ length: to - from }, (_, at) => encodeFeedOp(opAt(from + at)));
  const claim = { list: SHARED, generation: OLD, from, to, runningHash: new Uint8Array(32), checksum: new Uint8Array(32) };
  return encodeFrame({ type: "delta", ...claim, ops, signature: new Uint8Array(64).fill(from) });
}

function take({ store, now }: TestStore, from: number, to: number): void {
  const ops = Array.from({ length: to - from }, (_, at) => opAt(from + at));
  store.verb("applyDelta", SHARED, OLD, from, to, ops, now(), frameOf(from, to));
}

/** Central was restored: its list holds only the first `count` ops. */
function restore({ store, now }: TestStore, count: number): void {
  const state = emptyListState(SHARED);
  for (let at = 0; at < count; at++) applyOp(state, opAt(at));
  store.verb("applySnapshot", SHARED, NEW, count, encodeSnapshot(state), now());
  while (store.verb("returnDeltas", SHARED, NEW, now()) > 0);
}

const returnedBy = ({ db }: TestStore): string[] =>
  (db.prepare("select tail, payload from records order by log, seq").all() as { tail: Uint8Array; payload: Uint8Array }[]).flatMap(
    ({ tail, payload }) => {
      if (decodeTail(new Uint8Array(tail))?.kind !== RECORD_KINDS["returned-delta"]) return [];
      return [Buffer.from(decodeReturnedDelta(new Uint8Array(payload).subarray(SALT_BYTES))!).toString("hex")];
    },
  );

async function withStore(use: (world: TestStore) => void): Promise<void> {
  const world = await makeTestStore();
  use(world);
  world.remove();
}
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("what a restored central has lost is given back, byte for byte, once; what it still has is not", () =>
  withStore((world) => {
    take(world, 0, 3);
    take(world, 3, 5);
    take(world, 5, 6);
    restore(world, 4);
    assert.equal(returnedBy(world), [hex(frameOf(3, 5)), hex(frameOf(5, 6))]);
    restore(world, 4);
    assert.is(returnedBy(world).length, 2);
  }));

test("a new life that lost nothing is given nothing", () =>
  withStore((world) => {
    take(world, 0, 6);
    restore(world, 6);
    assert.equal(returnedBy(world), []);
    assert.is(world.db.prepare("select count(*) from held_deltas").pluck().get(), 0);
  }));

test("what two backups hold is not kept, and a frame that fits no record neither", () =>
  withStore((world) => {
    take(world, 0, 3);
    take(world, 3, 6);
    world.store.verb("noteFeedDurable", SHARED, OLD, 4);
    // A position of another generation says nothing of this one's.
    world.store.verb("noteFeedDurable", SHARED, NEW, 9);
    world.store.verb("applyDelta", SHARED, OLD, 6, 7, [opAt(6)], world.now(), new Uint8Array(17_000));
    restore(world, 0);
    assert.equal(returnedBy(world), [hex(frameOf(3, 6))]);
  }));

test("many are given back a few at a time, each within 64 records of a checkpoint", () =>
  withStore((world) => {
    for (let at = 0; at < 200; at++) take(world, at, at + 1);
    restore(world, 0);
    assert.is(returnedBy(world).length, 200);
    const next = world.db.prepare("select next from checkpoints order by log, next").pluck().all() as number[];
    assert.ok(next.every((one, at) => at === 0 || one - next[at - 1]! <= 64));
  }));

test.run();
