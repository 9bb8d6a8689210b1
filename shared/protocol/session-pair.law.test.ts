/**
 * Random lines: frames dropped, repeated and the connection cut at any of them, central busy or restored meanwhile. Whatever happened,
 * after some good connections each record is at central exactly once, in its place.
 */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Frame } from "./frames.ts";
import { ANSWER_TIMEOUT_MS, APPENDS_IN_FLIGHT_MAX, LINK_TIMEOUT_MS } from "./limits.ts";
import { assertSame, type CentralDisk, Connection, connect, type EdgeDisk, type Fate, sessionOf, world } from "./test-session-world.ts";

const SEED = 0xc0ffee;
const RUNS = 150;

interface Line {
  /** One number for each frame that crosses, used round and round. */
  readonly fates: readonly number[];
  /** The connection is cut after so many frames. */
  readonly cutAfter: number;
  /** Records that are written while it stands. */
  readonly grows: readonly number[];
  /** Central has lost so many records of each log before it. */
  readonly restored: number;
  /** Every so-many-th merge finds the database away; 0 never. */
  readonly busyEvery: number;
}

const line: fc.Arbitrary<Line> = fc.record({
  fates: fc.array(fc.nat(99), { minLength: 1, maxLength: 40 }),
  cutAfter: fc.oneof(fc.constant(10_000), fc.nat(60)),
  grows: fc.array(fc.integer({ min: 1, max: 70 }), { maxLength: 4 }),
  restored: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 }) }),
  busyEvery: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 2, max: 5 }) }),
});

/** 15 % lost, 15 % twice; a WELCOME may be lost like any other frame. */
function fateOf(number: number): Fate {
  if (number < 15) return "drop";
  return number < 30 ? "twice" : "deliver";
}

function liveThrough(disk: EdgeDisk, central: CentralDisk, one: Line, session: number): void {
  let crossed = 0;
  let merges = 0;
  central.restore(one.restored);
  central.isAway = () => one.busyEvery > 0 && ++merges % one.busyEvery === 0;
  const fate = () => (crossed >= one.cutAfter ? "drop" : fateOf(one.fates[crossed++ % one.fates.length]!));
  const connection = new Connection(disk, central, fate, "new");
  let nowMs = session * 1_000_000;
  connection.atEdge({ type: "connected", session: sessionOf(session) }, nowMs);
  connection.settle(nowMs);
  for (const [at, count] of one.grows.entries()) {
    const logId = [...disk.logs.keys()][at % disk.logs.size]!;
    disk.grow(logId, count);
    connection.atEdge({ type: "grown", logId, next: disk.logs.get(logId)!.head.next }, nowMs);
    connection.settle(nowMs);
    nowMs += 300;
    connection.atEdge({ type: "tick" }, nowMs);
    connection.settle(nowMs);
  }
  for (const untilMs = nowMs + ANSWER_TIMEOUT_MS; nowMs < untilMs; nowMs += 2_000) {
    connection.atEdge({ type: "tick" }, nowMs);
    connection.settle(nowMs);
  }
  central.isAway = () => false;
  assert.ok(connection.appendsInFlightMost <= APPENDS_IN_FLIGHT_MAX);
  assert.not.ok(
    connection.edgeEffects.some((effect) => effect.type === "begin-again" || effect.type === "log-refused"),
    "nothing here is a fork",
  );
}

test("over any line, after some good connections each record is at central exactly once (seed 0xc0ffee)", () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), fc.integer({ min: 3, max: 200 }), fc.nat(150), (lines, credit, backlog) => {
      const { disk, central } = world(backlog);
      central.creditRecords = credit;
      for (const [at, one] of lines.entries()) liveThrough(disk, central, one, at + 1);
      for (let session = 50; session < 52; session++) connect(disk, central, session);
      assertSame(disk, central);
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

test("frames that come twice never multiply, and nothing is sent that central has (seed 0xc0ffee)", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 400 }), (twice, backlog) => {
      const { disk, central } = world(backlog);
      let crossed = 0;
      let appends = 0;
      connect(disk, central, 1, (frame: Frame) => {
        if (frame.type === "append") appends += 1;
        return twice[crossed++ % twice.length] ? "twice" : "deliver";
      });
      assertSame(disk, central);
      assert.ok(appends <= Math.ceil((backlog + 1) / 50) + 1, `${appends} APPENDs for ${backlog} records`);
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

test("a silent line is given up within the link's timeout, whatever was lost (seed 0xc0ffee)", () => {
  fc.assert(
    fc.property(fc.nat(30), fc.nat(200), (cutAfter, backlog) => {
      const { disk, central } = world(backlog);
      let crossed = 0;
      const connection = new Connection(disk, central, () => (crossed++ >= cutAfter ? "drop" : "deliver"));
      connection.atEdge({ type: "connected", session: sessionOf(1) }, 0);
      for (let nowMs = 0; nowMs <= LINK_TIMEOUT_MS + 5_000; nowMs += 5_000) {
        connection.settle(nowMs);
        connection.atEdge({ type: "tick" }, nowMs);
      }
      assert.is(connection.edge.phase, "closed");
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

test.run();
