/** The core of the edge on lines of different speed: bulk bytes under way follow what the line carries, urgent ones never wait for them. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { BULK_BYTES_MIN, bulkWindowBytes } from "../flow/bulk-window.ts";
import type { LogId } from "../model/ids.ts";
import { beginImagePiece, endImagePiece } from "./edge-bulk.ts";
import { stepEdge } from "./edge-session.ts";
import { newEdgeSession } from "./edge-session-state.ts";
import type { Append, Welcome } from "./frames.ts";
import { SAMPLE_FRAMES } from "./golden/sample-frames.ts";
import { sessionOf, sourceOf, world } from "./test-session-world.ts";

const CREDIT = { nextAccepted: 100_000, bytesOutstanding: 262_144 };
const WELCOME = SAMPLE_FRAMES.find((one) => one.type === "welcome") as Welcome;

/** An edge with a backlog, welcomed at nothing; each APPEND is answered `answerMs` after the one before it. */
function open(detections: number, drainMax = 50) {
  const made = world(detections);
  const source = { ...sourceOf(made.disk), recordsMax: 50, drainMax };
  const state = newEdgeSession();
  let nowMs = 1_000_000;
  const waiting: Append[] = [];
  const step = (event: Parameters<typeof stepEdge>[1]): Append[] => {
    const appends = stepEdge(state, event, nowMs, source).flatMap((effect) =>
      effect.type === "send" && effect.frame.type === "append" ? [effect.frame] : [],
    );
    waiting.push(...appends);
    return appends;
  };
  step({ type: "connected", session: sessionOf(1) });
  const logs = [...made.disk.logs.keys()].map((logId) => {
    return { logId, next: 0, head: new Uint8Array(32), durable: 0, status: "new" as const, credit: CREDIT };
  });
  step({ type: "frame", frame: { ...WELCOME, logs, feeds: [] } });
  const answer = (afterMs: number): Append[] => {
    nowMs += afterMs;
    const { logId, fromSeq, count } = waiting.shift()!;
    const next = fromSeq + count;
    const head = source.hashAt(logId, next - 1)!;
    return step({ type: "frame", frame: { type: "ack", logId, next, head, durable: 0, credit: CREDIT, notes: [], signature: null } });
  };
  const grow = (logId: LogId): Append[] => {
    made.disk.grow(logId, 1);
    return step({ type: "grown", logId, next: made.disk.logs.get(logId)!.head.next });
  };
  const underWay = () => [...state.flows.get(made.log)!.underWay].reduce((sum, piece) => sum + piece.bytes, 0);
  return { state, made, waiting, answer, grow, underWay, now: () => nowMs };
}

test("before anything is measured a backlog begins with 4 KiB, however large the credit", () => {
  const { underWay } = open(3_000);
  assert.ok(underWay() > 0 && underWay() <= BULK_BYTES_MIN, `${underWay()} bytes`);
});

test("on a slow line never more than a second of it is under way; on a fast one the credit is the bound again", () => {
  const slow = open(3_000);
  let most = 0;
  for (let turn = 0; turn < 60; turn++) {
    const bytes = slow.waiting[0]!.bytes.length;
    slow.answer((bytes * 1_000) / 8_000);
    most = Math.max(most, slow.underWay());
  }
  assert.ok(most <= 8_000 * 1.1, `${most} bytes under way at 8000 a second`);
  assert.is(bulkWindowBytes(slow.state.bulk.window), 8_000);
  const fast = open(3_000);
  for (let turn = 0; turn < 20; turn++) fast.answer(1);
  assert.ok(bulkWindowBytes(fast.state.bulk.window) > 100_000);
  assert.is(fast.state.flows.get(fast.made.log)!.underWay.length, 4);
});

test("a backlog goes in APPENDs of more than a batch, as far as the line lets; what is waiting in a quiet hour goes as a batch", () => {
  const draining = open(3_000, 256);
  for (let turn = 0; turn < 6; turn++) draining.answer(1);
  assert.ok(
    draining.waiting.every((append) => append.count > 50),
    `${draining.waiting.map((append) => append.count)}`,
  );
  const quiet = open(50, 256);
  assert.ok(quiet.waiting.every((append) => append.count <= 50));
});

test("an urgent record goes at once when the line is full of detections", () => {
  const { grow, made, answer, waiting } = open(3_000);
  // The genesis of the urgent log is what was sent first.
  assert.is(waiting[0]?.logId, made.urgent);
  answer(100);
  assert.is(grow(made.urgent)[0]?.logId, made.urgent);
});

test("pictures and detections share the line, and a picture leaves half of it to detections that are under way", () => {
  const { state, underWay, answer, now } = open(3_000);
  for (let turn = 0; turn < 30; turn++) answer(150);
  const windowBytes = bulkWindowBytes(state.bulk.window);
  const piece = beginImagePiece(state.bulk, state.flows, 1_000_000, now());
  assert.ok(piece.bytes <= Math.max(BULK_BYTES_MIN, windowBytes / 2), `${piece.bytes} of ${windowBytes}`);
  answer(150);
  assert.ok(underWay() + piece.bytes <= windowBytes + BULK_BYTES_MIN, "together within the window");
  endImagePiece(state.bulk, piece, "lost", now());
  assert.is(state.bulk.imageBytes, 0);
});

test("alone on the line a picture takes the whole window, and its answers are measured too", () => {
  const { state, now } = open(0);
  state.flows.clear();
  const first = beginImagePiece(state.bulk, state.flows, 60_000, now());
  assert.is(first.bytes, BULK_BYTES_MIN);
  endImagePiece(state.bulk, first, "arrived", now() + 100);
  assert.is(beginImagePiece(state.bulk, state.flows, 60_000, now() + 100).bytes, 40_960);
});

test.run();
