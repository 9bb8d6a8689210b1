import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bootOf } from "./boot-id.ts";
import { FLOOR_MS as FLOOR, testMachine } from "./test-machine.ts";

test("a machine that boots in 1970 counts on from the floor and says so", () => {
  const { machine, clock } = testMachine(40_000);
  machine.mono += 2_000;
  assert.equal(clock.moment(), { boot: clock.boot, monoMs: 7_000, wallMs: FLOOR + 2_000, clockQuality: 1 });
});

test("a possible time that nobody vouches for has quality 0", () => {
  assert.is(testMachine(FLOOR + 1).clock.quality(), 0);
});

test("a heartbeat tells the time, and it runs on by the monotonic clock", () => {
  const { machine, clock } = testMachine(40_000);
  clock.noteCentralTime(1_000_000, 20);
  machine.mono += 500;
  machine.wall = 0;
  assert.equal([clock.wallMs(), clock.quality()], [FLOOR + 1_000_500, 2]);
});

test("a much vaguer heartbeat that does not contradict is not followed", () => {
  const { clock } = testMachine(FLOOR + 1);
  clock.noteCentralTime(100, 10);
  const before = clock.wallMs();
  clock.noteCentralTime(400, 900);
  assert.is(clock.wallMs(), before);
  clock.noteCentralTime(5_000, 900);
  assert.is(clock.wallMs(), before + 5_000);
});

test("a time service is believed; a clock chip only when its time is possible", () => {
  const { machine, clock } = testMachine(FLOOR + 1);
  machine.ntp = true;
  assert.is(clock.quality(), 3);
  machine.ntp = false;
  machine.chip = true;
  assert.is(clock.quality(), 4);
  machine.wall = 1;
  assert.is(clock.quality(), 1);
});

test("the boot id stays for one boot of the kernel and changes with the next", () => {
  const home = mkdtempSync(join(tmpdir(), "edge-boot-"));
  let byte = 0;
  const random = (count: number) => new Uint8Array(count).fill(++byte);
  const first = bootOf(home, "kernel-a", random);
  assert.is(bootOf(home, "kernel-a", random), first);
  const second = bootOf(home, "kernel-b", random);
  assert.is.not(second, first);
  assert.is.not(bootOf(home, null, random), bootOf(home, null, random));
  rmSync(home, { recursive: true });
});

test.run();
