/** The session pair in the plain cases of recovery, sentence by sentence; `session-pair.law.test.ts` has the random ones. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EMPTY_LOG } from "../log/chain.ts";
import type { CollectorId, SessionId } from "../model/ids.ts";
import { encodeFrame } from "./encode.ts";
import type { Frame } from "./frames.ts";
import { assertNothingLost, assertSame, Connection, connect, EdgeDisk, sessionOf, world } from "./test-session-world.ts";

test("a backlog arrives whole, in order, in one connection", () => {
  const { disk, central } = world(1_000);
  const connection = connect(disk, central, 1);
  assertSame(disk, central);
  assert.ok([...connection.edge.flows.values()].every((flow) => flow.acknowledged === flow.next));
});

test("a credit of seven records is never exceeded and still drains the backlog", () => {
  const { disk, central, log } = world(100);
  central.creditRecords = 7;
  const sizes: number[] = [];
  connect(disk, central, 1, (frame) => {
    if (frame.type === "append") sizes.push(frame.fromSeq + frame.count - (central.rows.get(frame.logId)?.next ?? 0));
    return "deliver";
  });
  assertSame(disk, central);
  assert.ok(Math.max(...sizes) <= 7);
  assert.is(central.rows.get(log)!.next, 101);
});

test("duplicated frames change nothing and do not multiply", () => {
  const { disk, central } = world(300);
  const connection = connect(disk, central, 1, (frame) => (frame.type === "hello" ? "deliver" : "twice"));
  assertSame(disk, central);
  assert.ok(connection.frames < 200, `${connection.frames} turns`);
});

test("an APPEND lost on the way is named by REWIND and sent again", () => {
  const { disk, central } = world(300);
  let lost = false;
  connect(disk, central, 1, (frame) => {
    if (frame.type !== "append" || frame.fromSeq !== 50 || lost) return "deliver";
    lost = true;
    return "drop";
  });
  assert.ok(lost);
  assertSame(disk, central);
});

test("an ACK that never comes ends the connection, and the next one sends nothing twice", () => {
  const { disk, central } = world(120);
  const first = connect(disk, central, 1, (frame) => (frame.type === "ack" ? "drop" : "deliver"));
  first.atEdge({ type: "tick" }, 131_000);
  assert.ok(first.edgeEffects.some((effect) => effect.type === "close"));
  const resent: number[] = [];
  connect(disk, central, 2, (frame) => {
    if (frame.type === "append") resent.push(frame.fromSeq);
    return "deliver";
  });
  assertSame(disk, central);
  assert.equal(
    resent.filter((seq) => seq < 120),
    [],
    "what central has is not sent again",
  );
});

test("central restored from an older copy gets the missing records again", () => {
  const { disk, central, log } = world(200);
  connect(disk, central, 1);
  central.rows.set(log, { ...central.rows.get(log)!, next: 80, head: central.records.get(log)![79]!.hash });
  central.records.set(log, central.records.get(log)!.slice(0, 80));
  connect(disk, central, 2);
  assertSame(disk, central);
});

test("two branches of one log: a new one goes on from where they part, nothing is lost, and the other log does not wait", () => {
  const { disk, central, log, urgent } = world(20);
  connect(disk, central, 1);
  // The same log grew elsewhere (a copy of the card), and central took that branch.
  const copy = new EdgeDisk();
  for (const [logId, one] of disk.logs) copy.logs.set(logId, { ...one, records: [...one.records] });
  copy.grow(log, 7);
  connect(copy, central, 2);
  disk.grow(log, 5);
  disk.grow(urgent, 5);
  const third = connect(disk, central, 3);
  const left = third.edgeEffects.find((effect) => effect.type === "begin-again");
  assert.ok(left?.type === "begin-again" && left.why === "fork" && left.agreed.next <= 21);
  assert.is(central.rows.get(urgent)!.next, 6);
  assert.is(central.rows.get(log)!.status, "closed");
  assert.is(central.records.get(log)!.length, 28, "central keeps its branch");
  assertNothingLost(disk, central);
  assertNothingLost(copy, central);
});

test("T-60 a copied card: both go on in logs of their own, and neither stops the other again", () => {
  const { disk, central, log } = world(20);
  connect(disk, central, 1);
  const copy = new EdgeDisk();
  for (const [logId, one] of disk.logs) copy.logs.set(logId, { ...one, records: [...one.records] });
  for (let round = 0; round < 4; round++) {
    for (const [at, one] of [disk, copy].entries()) {
      const [active] = [...one.logs].find(([, { class: logClass }]) => logClass === "detections")!;
      one.grow(active, 3);
      connect(one, central, 10 + round * 2 + at);
    }
  }
  assertNothingLost(disk, central);
  assertNothingLost(copy, central);
  assert.ok(disk.left.size + copy.left.size <= 4, "each log of each is left at most once");
  assert.is(central.rows.get(log)!.status, "closed");
});

test("an edge put back from an old copy of its disk goes on, and what only central has stays there", () => {
  const { disk, central, log } = world(40);
  connect(disk, central, 1);
  const held = disk.logs.get(log)!;
  disk.logs.set(log, { ...held, records: held.records.slice(0, 15), head: { next: 15, head: held.records[14]!.hash } });
  disk.grow(log, 4);
  connect(disk, central, 2);
  assert.is(central.records.get(log)!.length, 41);
  assertNothingLost(disk, central);
});

test("an older session is fenced once a newer one has said HELLO", () => {
  const { disk, central, log } = world(10);
  const old = connect(disk, central, 1);
  connect(disk, central, 2);
  disk.grow(log, 1);
  old.atEdge({ type: "grown", logId: log, next: 12 }, 200_000);
  old.atEdge({ type: "tick" }, 200_300);
  old.settle(200_300);
  const close = old.edgeEffects.find((effect) => effect.type === "close");
  assert.ok(close?.type === "close" && /HELLO/.test(close.why));
});

test("an urgent record goes out at once while detections wait for their flush", () => {
  const { disk, central, log, urgent } = world(0);
  const connection = connect(disk, central, 1);
  disk.grow(log, 1);
  disk.grow(urgent, 1);
  connection.atEdge({ type: "grown", logId: log, next: 2 }, 100_010);
  assert.is(connection.up.length, 0);
  connection.atEdge({ type: "grown", logId: urgent, next: 2 }, 100_010);
  assert.is(connection.up.length, 1);
  connection.settle(100_020);
  connection.atEdge({ type: "tick" }, 100_260);
  connection.settle(100_260);
  assertSame(disk, central);
});

test("a log whose genesis names another collector is refused, and nothing of it is stored", () => {
  const { disk, central } = world(3);
  const stranger = new EdgeDisk();
  for (const [logId, log] of disk.logs) stranger.logs.set(logId, log);
  const connection = new Connection(stranger, central, () => "deliver");
  central.open = (hello) => {
    for (const log of hello.logs) {
      central.rows.set(log.logId, {
        logId: log.logId,
        collectorId: "01999999-0000-7000-8000-0000000000ff" as CollectorId,
        status: "new",
        deviceKey: null,
        session: hello.session,
        ...EMPTY_LOG,
      });
    }
  };
  connection.atEdge({ type: "connected", session: "1".repeat(32) as SessionId }, 0);
  connection.settle(0);
  assert.is(central.records.size, 0);
  assert.ok(connection.edgeEffects.some((effect) => effect.type === "log-refused"));
});

test("a record whose stored bytes were changed is refused twice, then the log is left where central stands, and the other log goes on", () => {
  const { disk, central, log, urgent } = world(3);
  connect(disk, central, 1);
  disk.grow(log, 3);
  disk.grow(urgent, 2);
  const damaged = disk.logs.get(log)!.records[5]!;
  damaged.payload![20]! ^= 1;
  const second = connect(disk, central, 2);
  const left = second.edgeEffects.find((effect) => effect.type === "begin-again");
  assert.ok(left?.type === "begin-again" && left.why === "damaged" && left.agreed.next === 4);
  assert.is(central.rows.get(urgent)!.next, 3);
  assert.is(central.rows.get(log)!.next, 4);
});

test("a log whose genesis was changed on the card before central had any of it is left like another, and its records are offered anew", () => {
  const { disk, central, log, urgent } = world(3);
  disk.logs.get(log)!.records[0]!.payload![20]! ^= 1;
  const connection = connect(disk, central, 1);
  const left = connection.edgeEffects.find((effect) => effect.type === "begin-again");
  assert.ok(left?.type === "begin-again" && left.logId === log && left.why === "damaged" && left.agreed.next === 0);
  assert.is(central.rows.get(urgent)!.next, disk.logs.get(urgent)!.records.length);
  assert.not.ok(connection.edgeEffects.some((effect) => effect.type === "log-refused"));
});

/** As a release writes it that has appended a field to every frame; what this one appended itself is left empty where it says nothing. */
function ofLaterRelease(frame: Frame): Uint8Array {
  const bytes = encodeFrame(frame);
  // HELLO is beyond the short form of an array, and has its own golden test.
  if (bytes[0]! > 0x9d) return bytes;
  const longer = new Uint8Array([...bytes, 0xc0, 0x07]);
  longer[0]! += 2;
  return longer;
}

test("a peer of the next release, which has more to say in every frame, is served whole", () => {
  const { disk, central } = world(300);
  const connection = new Connection(disk, central, () => "deliver");
  const grown = new Set<string>();
  connection.written = (frame) => {
    const bytes = ofLaterRelease(frame);
    if (bytes.length > encodeFrame(frame).length) grown.add(frame.type);
    return bytes;
  };
  connection.atEdge({ type: "connected", session: sessionOf(1) }, 100_000);
  connection.settle(100_000);
  assertSame(disk, central);
  assert.equal([...grown].sort(), ["ack", "append", "heartbeat", "welcome"]);
});

test.run();
