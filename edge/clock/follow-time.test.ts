import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ClockFix } from "../../shared/clock/clock-quality.ts";
import { followTime } from "./follow-time.ts";
import { BOOT, FLOOR_MS as FLOOR, testMachine } from "./test-machine.ts";

const YEAR = 365 * 24 * 3_600_000;

function world(wallMs: number, known: ClockFix[] = []) {
  const { machine, clock } = testMachine(wallMs);
  const written: string[] = [];
  const said: (string | null)[] = [];
  const time = followTime({
    clock,
    known,
    append: async (utcMs, uncertaintyMs, source, moment) => {
      written.push(`${source} ${utcMs - moment.monoMs} ±${uncertaintyMs}`);
    },
    doubt: (words) => void said.push(words),
    warn: () => assert.unreachable(),
  });
  const central = (atMs: number, uncertaintyMs = 20) => time.noteCentral(atMs - clock.wallMs(), uncertaintyMs);
  return { machine, clock, time, written, said, central };
}

test("T-74 a boot in 1970 is dated by the first heartbeat, once, and again only by something sharper", () => {
  const { machine, central, written } = world(40_000);
  central(FLOOR + 60_000, 200);
  machine.mono += 1_000;
  central(FLOOR + 61_000, 150);
  assert.equal(written, [`heartbeat ${FLOOR + 55_000} ±200`]);
  central(FLOOR + 61_000, 90);
  assert.is(written.length, 2);
});

test("a time service that comes minutes after boot dates the boot without any central", () => {
  const { machine, time, written } = world(40_000);
  time.look();
  assert.equal(written, []);
  Object.assign(machine, { wall: FLOOR + 90_000, mono: 65_000, ntp: true });
  time.look();
  time.look();
  assert.equal(written, [`ntp ${FLOOR + 25_000} ±100`]);
});

test("a program that starts again in the same boot does not write what is in the log already", () => {
  const known = [{ boot: BOOT, monoMs: 4_000, utcMs: FLOOR + 4_000, uncertaintyMs: 20, source: 2 as const }];
  const { central, written } = world(40_000, known);
  central(FLOOR + 5_000);
  assert.equal(written, []);
});

test("a fix that the disk did not take is tried again with the next one that central tells", async () => {
  const { clock } = testMachine(40_000);
  const tried: number[] = [];
  const warned: string[] = [];
  const time = followTime({
    clock,
    known: [],
    append: async (utcMs) => {
      tried.push(utcMs);
      if (tried.length === 1) throw new Error("the disk is full");
    },
    doubt: () => undefined,
    warn: (words) => void warned.push(words),
  });
  for (let told = 0; told < 3; told++) {
    time.noteCentral(FLOOR + 60_000 - clock.wallMs(), 20);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal([tried.length, warned], [2, ["clock fix not stored: the disk is full"]]);
});

test("a central in 1970 or 2036 is not followed, and people are told", () => {
  for (const wrong of [40_000, FLOOR + 10 * YEAR]) {
    const { clock, central, written, said } = world(FLOOR + 1_000);
    central(wrong);
    assert.equal([written, clock.quality()], [[], 0]);
    assert.match(said.at(-1)!, /wrong by years/);
    central(FLOOR + 2_000);
    assert.is(said.at(-1), null);
    assert.is(clock.quality(), 2);
  }
});

test("central's clock jumps by an hour: followed only when it says so three times, and never against a time service", () => {
  const { machine, clock, central, written, said } = world(40_000);
  central(FLOOR);
  const jumped = FLOOR + 3_600_000;
  central(jumped);
  central(jumped);
  assert.is(clock.wallMs(), FLOOR);
  assert.match(said.at(-1)!, /60 min ahead/);
  central(jumped);
  assert.is(clock.wallMs(), jumped);
  assert.is(written.length, 2);
  Object.assign(machine, { wall: FLOOR, ntp: true });
  for (let times = 0; times < 5; times++) central(jumped);
  assert.is(clock.wallMs(), FLOOR);
});

test.run();
