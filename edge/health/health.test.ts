import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodeTail } from "../../shared/log/record.ts";
import { makeEdgeLogReader } from "../log/edge-log-reader.ts";
import { draftOf, makeTestStore, START_MS } from "../log/test-store.ts";
import { makeEdgeMetrics } from "./edge-metrics.ts";
import { freeBytesAt, heartbeatFacts } from "./heartbeat-facts.ts";
import { makeNoticeBoard, makeStandingNotice } from "./notice-board.ts";

test("a heartbeat tells what waits: bytes, since when, records", async () => {
  const world = await makeTestStore();
  const { home, db, rows, sign, now } = world;
  const reader = makeEdgeLogReader({ home, db, rows, sign, now });
  const facts = () =>
    heartbeatFacts({
      reader,
      cameras: () => [],
      freeBytes: () => freeBytesAt(home),
      version: "0.1.0",
      wallMsAt: (_logId, seq) => decodeTail(rows.logs.recordAt(2, seq)!.tail)!.wallMs,
    });
  for (const log of reader.logs()) world.store.verb("noteAcknowledged", log.logId, 1, 0);
  assert.equal([facts().spool.bytes, facts().spool.oldestMs, facts().health.waitingRecords], [0, null, 0]);
  world.clock.wallMs += 60_000;
  world.store.verb("appendDetection", draftOf("ABC123", now));
  assert.is(facts().spool.oldestMs, START_MS + 60_000);
  assert.is(facts().health.waitingRecords, 1);
  assert.ok(facts().spool.bytes > 100);
  assert.ok(facts().spool.freeBytes! > 0);
  assert.is(freeBytesAt("/nowhere/at/all"), null);
  world.remove();
});

test("a notice stands once, newest first, and trouble that has passed goes", () => {
  let nowMs = START_MS;
  const board = makeNoticeBoard(() => nowMs);
  board.put("alarm", "The disk is full.");
  board.put("info", "Open on this machine only.");
  board.put("alarm", "The disk is full.");
  assert.equal(
    board.notices().map((one) => one.words),
    ["The disk is full.", "Open on this machine only."],
  );
  nowMs += 2 * 3_600_000;
  assert.equal(
    board.notices().map((one) => one.words),
    ["Open on this machine only."],
  );
  board.take("Open on this machine only.");
  assert.equal(board.notices(), []);
  for (let n = 0; n < 100; n++) board.put("alarm", `trouble ${n}`);
  assert.is(board.notices().length, 20);
});

test("metrics are read when somebody asks", async () => {
  let stored = 3;
  const metrics = makeEdgeMetrics([{ name: "detections_stored", help: "Detections", read: () => stored }]);
  assert.match(await metrics.text(), /^chaverim_edge_detections_stored 3$/m);
  stored = 4;
  assert.match(await metrics.text(), /^chaverim_edge_detections_stored 4$/m);
});

test("one matter has one sentence, which goes when the matter is over", () => {
  const board = makeNoticeBoard(() => START_MS);
  const config = makeStandingNotice(board, "warning");
  const words = () => board.notices().map((notice) => notice.words);
  config.say("line 3 is wrong");
  config.say("line 5 is wrong");
  assert.equal(words(), ["line 5 is wrong"]);
  config.say(null);
  assert.equal(words(), []);
});

test.run();
