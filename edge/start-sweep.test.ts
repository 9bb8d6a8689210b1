import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeNoticeBoard } from "./health/notice-board.ts";
import { isDamage } from "./log/salvage-file.ts";
import { draftOf, makeTestStore } from "./log/test-store.ts";
import type { Closers } from "./start-store.ts";
import { type StartedSweep, startSweep, sweepWords } from "./start-sweep.ts";

test("people read how many records the card has changed, whether central has them, and what to do", () => {
  assert.is(sweepWords({ atCentral: 0, notSent: 0 }), null);
  assert.is(
    sweepWords({ atCentral: 1, notSent: 0 }),
    "1 record on this disk is not what was signed any more. Central has every one. The card is wearing out: replace it soon.",
  );
  assert.match(sweepWords({ atCentral: 4, notSent: 3 })!, /^7 records .* Central has not got 3 of them: they will be named as lost\./);
});

/** A store of some records under the running sweep; `warned` is its log. */
async function sweptSite() {
  const site = await makeTestStore();
  for (let at = 0; at < 20; at++) site.store.verb("appendDetection", draftOf(`ABC${at}`, site.now));
  const { logId, n } = site.rows.logs.activeLogs().find((one) => one.class === "detections")!;
  const board = makeNoticeBoard(() => site.clock.wallMs);
  const warned: string[] = [];
  const damage: unknown[] = [];
  const closers: Closers = [];
  const clock = { wallMs: () => site.clock.wallMs };
  const log = pino({}, { write: (line) => void warned.push(line) });
  const sweep = startSweep({ store: { rows: site.rows, clock }, notices: board, onDamage: (error) => damage.push(error), log }, closers);
  const flip = (seq: number) =>
    site.store.db.prepare("update records set payload = cast(payload || 'x' as blob) where log = ? and seq = ?").run(n, seq);
  const end = () => {
    for (const close of closers) void close();
    site.remove();
  };
  return { site, logId, board, warned, damage, sweep, flip, end };
}

async function until(isSo: () => boolean): Promise<void> {
  for (let at = 0; at < 200 && !isSo(); at++) await delay(50);
  assert.ok(isSo());
}

test("a record that the card has changed stands on the page and goes up as one alarm that each heartbeat says alike", async () => {
  const { site, logId, board, warned, sweep, flip, end } = await sweptSite();
  assert.equal(sweep.alarms(), []);
  site.store.verb("noteAcknowledged", logId, 15, 0);
  flip(3);
  await until(() => sweep.alarms().length > 0);
  const told = (of: StartedSweep) =>
    of.alarms().map(({ code, words, sinceMs }) => [code, sinceMs, words.includes("Central has every one.")]);
  const sinceMs = site.clock.wallMs;
  assert.equal(told(sweep), [["RECORDS_DAMAGED", sinceMs, true]]);
  const [alarm] = sweep.alarms();
  site.clock.wallMs += 60_000;
  flip(4);
  await until(() => warned.length === 2);
  assert.equal(sweep.alarms(), [alarm], "more of the same is no other alarm");
  assert.equal(
    board.notices().map(({ level, words }) => [level, words]),
    [["warning", sweepWords({ atCentral: 2, notSent: 0 })]],
  );
  flip(17);
  await until(() => warned.length === 3);
  assert.match(sweep.alarms()[0]!.words, /Central has not got all of them/);
  assert.is(sweep.alarms()[0]!.sinceMs, sinceMs);
  end();
});

test("damage of the file itself is handed on, and is no record's", async () => {
  const { site, damage, sweep, end } = await sweptSite();
  site.store.db.prepare("update logs set status = 'aCtive' where class = 'urgent'").run();
  await until(() => damage.length > 0);
  assert.is(isDamage(damage[0]), true);
  assert.equal(sweep.alarms(), []);
  end();
});

test.run();
