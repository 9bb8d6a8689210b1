import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeHlc } from "../../shared/clock/hlc.ts";
import { applyOp } from "../../shared/crdt/apply-op.ts";
import { emptyListState, type ListState, listFactsId } from "../../shared/crdt/list-state.ts";
import { encodeSnapshot } from "../../shared/crdt/snapshot-bytes.ts";
import { type BootId, type EntryId, type ListId, type Rid, uuid } from "../../shared/model/ids.ts";
import type { EntryOp } from "../../shared/model/watchlist.ts";
import { openWriter } from "./open-writer.ts";
import { openSnapshotQueue } from "./snapshot-queue.ts";
import { beginStaging, ROWS_PER_PIECE, type SnapshotStaging } from "./stage-snapshot.ts";
import { COLLECTOR, draftOf, makeTestStore, START_MS, type TestStore } from "./test-store.ts";

const SHARED = uuid<ListId>("01990000-0000-7000-8000-0000000000a2");
const [OLD, NEW] = ["b".repeat(32), "c".repeat(32)];

/** A list of `count` plates that begin with `letter`. */
function listOf(letter: string, count: number): ListState {
  const state = emptyListState(SHARED);
  const put = (entry: EntryId, at: number, set: EntryOp["set"]): void => {
    const hlc = makeHlc(START_MS + at, 0);
    const rid = uuid<Rid>(`01990000-0000-7000-8000-${(at + 1).toString(16).padStart(12, "0")}`);
    applyOp(state, { rid, list: SHARED, entry, causalLength: 1, set, hlc, effectiveHlc: hlc, reason: "", author: "Miriam" });
  };
  put(listFactsId(SHARED), 0, [
    ["listName", "Break-ins"],
    ["listKind", "shared"],
  ]);
  for (let at = 1; at <= count; at++) {
    put(uuid<EntryId>(`01990000-0000-7000-9000-${at.toString(16).padStart(12, "0")}`), at, [
      ["pattern", `${letter}${String(at).padStart(5, "0")}`],
      ["reason", "seen at two break-ins"],
      ["expiresMs", START_MS + 86_400_000],
    ]);
  }
  return state;
}

function isWatched({ store, now, clock }: TestStore, plate: string): boolean {
  // A pass of its own each time: a car that comes again soon is the same alert.
  clock.monoMs += 600_000;
  clock.wallMs += 1_000;
  return store.verb("appendDetection", draftOf(plate, now)).raised.length > 0;
}
/** A snapshot as its file, as the uplink hands it over. */
function fileOf({ home }: TestStore, bytes: Uint8Array): string {
  const path = join(home, "data", "snapshot.part");
  writeFileSync(path, bytes);
  return path;
}
const piece = ({ store, now }: TestStore, staging: SnapshotStaging): string => store.verb("stagePiece", staging, now()).kind;

/** `use` answers the store to remove where it is another one by then. */
async function withStore(use: (world: TestStore) => Promise<TestStore | undefined> | TestStore | undefined): Promise<void> {
  const world = await makeTestStore();
  world.store.verb("applySnapshot", SHARED, OLD, 40, encodeSnapshot(listOf("OLD", 3)), world.now());
  const left = await use(world);
  (left ?? world).remove();
}

test("the old list alerts until the last piece, the new one from then on, and the old rows go", async () => {
  await withStore((world) => {
    const next = listOf("NEW", 450);
    const staging = beginStaging(SHARED, NEW, 900, encodeSnapshot(next), "1");
    let pieces = 0;
    for (let said = "more"; said === "more"; said = piece(world, staging), pieces++) {
      assert.ok(isWatched(world, "OLD00001"), `before piece ${pieces}`);
      assert.not.ok(isWatched(world, "NEW00001"));
    }
    assert.ok(pieces > 2 * (450 / ROWS_PER_PIECE));
    assert.equal([isWatched(world, "OLD00002"), isWatched(world, "NEW00450")], [false, true]);
    const [held] = world.rows.lists.all();
    assert.equal([held?.generation, held?.cursor, held?.checksum], [NEW, 900, next.checksum]);
    assert.is(world.rows.lists.countEntries(SHARED), 450);
    while (world.store.verb("sweepParts", new Set<string>()));
    assert.is(world.db.prepare("select count(*) from entries").pluck().get(), 450);
    assert.is(world.db.prepare("select count(*) from feed_entries").pluck().get(), 451);
    return undefined;
  });
});

test("a crash in the middle leaves the old list in force, and what was written is removed", async () => {
  await withStore((world) => {
    const staging = beginStaging(SHARED, NEW, 900, encodeSnapshot(listOf("NEW", 450)), "1");
    for (let pieces = 0; pieces < 5; pieces++) assert.is(piece(world, staging), "more");
    const again = world.reopen();
    assert.equal([isWatched(again, "OLD00003"), isWatched(again, "NEW00003")], [true, false]);
    assert.equal([again.rows.lists.all()[0]?.generation, again.rows.lists.countEntries(SHARED)], [OLD, 3]);
    while (again.store.verb("sweepParts", new Set<string>()));
    assert.is(again.db.prepare("select count(*) from feed_entries").pluck().get(), 4);
    return again;
  });
});

test("after the swap the list is the same when it is loaded from the file, own ops on top", async () => {
  await withStore((world) => {
    const own = { list: SHARED, entry: null, presence: "add" as const, reason: "seen", author: "Dov", moment: world.now() };
    const staging = beginStaging(SHARED, NEW, 900, encodeSnapshot(listOf("NEW", 300)), "1");
    piece(world, staging);
    world.store.verb("applyOwnOp", {
      ...own,
      set: [
        ["pattern", "MINE1"],
        ["reason", "seen"],
        ["expiresMs", START_MS + 9e6],
      ],
    });
    while (piece(world, staging) === "more");
    assert.ok(isWatched(world, "MINE1"), "an unsent plate does not vanish with a snapshot");
    const again = world.reopen();
    assert.equal([isWatched(again, "MINE1"), isWatched(again, "NEW00300"), isWatched(again, "OLD00001")], [true, true, false]);
    assert.is(again.rows.lists.countEntries(SHARED), 301);
    return again;
  });
});

test("a file that breaks off, or holds a row twice, changes nothing", async () => {
  await withStore((world) => {
    const bytes = encodeSnapshot(listOf("NEW", 450));
    const twice = encodeSnapshot(listOf("NEW", 2));
    const other = { ...listOf("NEW", 2), list: uuid<ListId>("01990000-0000-7000-8000-0000000000a3") };
    for (const [at, wrong] of [bytes.subarray(0, bytes.length - 9), new Uint8Array([...twice, 1]), encodeSnapshot(other)].entries()) {
      for (const source of [wrong, fileOf(world, wrong)]) {
        const staging = beginStaging(SHARED, NEW, 900, source, `${at} ${typeof source}`);
        let said = "more";
        while (said === "more") said = piece(world, staging);
        assert.is(said, "unreadable");
        staging.close();
      }
    }
    assert.equal([isWatched(world, "OLD00001"), world.rows.lists.all()[0]?.cursor], [true, 40]);
    return undefined;
  });
});

test("a detection does not wait for a snapshot that came before it", async () => {
  await withStore(async (world) => {
    world.store.close();
    world.db.close();
    const answered: string[] = [];
    const writer = await openWriter({
      home: world.home,
      collector: COLLECTOR,
      seed: world.seed,
      now: world.now,
      onNews: () => {},
      onDeath: () => assert.unreachable(),
    });
    const source = fileOf(world, encodeSnapshot(listOf("NEW", 5_000)));
    const snapshot = writer.applySnapshot(SHARED, NEW, 900, source).then(({ kind }) => answered.push(kind));
    await writer.appendDetection(draftOf("OLD00001", world.now)).then(({ raised }) => answered.push(`old list: ${raised.length} alert`));
    await snapshot;
    const missing = await writer.applySnapshot(SHARED, NEW, 901, `${source}.gone`).catch((error: Error) => error.message);
    assert.type(missing, "string", "a file that is not there is told, and the writer goes on");
    await writer.appendDetection(draftOf("NEW05000", world.now)).then(({ raised }) => answered.push(`new list: ${raised.length} alert`));
    assert.equal(answered, ["old list: 1 alert", "applied", "new list: 1 alert"]);
    await writer.close();
    return makeTestStore(world);
  });
});

test("small snapshots are taken over at once", () => {
  const moment = { boot: "00000000000000b1" as BootId, monoMs: 1, wallMs: 1, clockQuality: 3 };
  const queue = openSnapshotQueue(
    { run: () => ({ outcomes: [{ ok: true, value: false }], news: [] }) },
    () => moment,
    () => assert.unreachable(),
  );
  assert.not.ok(queue.take({ id: 1, moment, verb: "applySnapshot", args: [SHARED, NEW, 1, new Uint8Array(1_000)] }));
  assert.not.ok(queue.piece());
});

test.run();
