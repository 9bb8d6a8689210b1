import { test } from "uvu";
import * as assert from "uvu/assert";
import { createBackoff } from "./backoff.ts";
import { type Loop, runLoop, type Sleep, type TurnOutcome } from "./run-loop.ts";

/** A loop whose sleeps end when the test says so (or their signal aborts); `sleeps` tells what was asked for. */
function world(turn: () => TurnOutcome | Promise<TurnOutcome>) {
  const stopper = new AbortController();
  const sleeps: number[] = [];
  const errors: { error: unknown; waitMs: number }[] = [];
  let wake: (() => void) | null = null;
  let turns = 0;
  const sleep: Sleep = (ms, signal) => {
    sleeps.push(ms);
    if (ms === 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      wake = resolve;
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  };
  const loop: Loop = runLoop({
    signal: stopper.signal,
    intervalMs: 5_000,
    sleep,
    backoff: createBackoff(() => 0),
    turn: () => {
      turns++;
      return turn();
    },
    onError: (error, waitMs) => errors.push({ error, waitMs }),
  });
  return { loop, sleeps, errors, stop: () => stopper.abort(), pass: () => wake?.(), turns: () => turns };
}

/** Lets everything run that needs no further event. */
async function settle(): Promise<void> {
  for (let round = 0; round < 50; round++) await Promise.resolve();
}

test("it works once at the start and then waits for the interval", async () => {
  const { sleeps, turns, pass, stop, loop } = world(() => "idle");
  await settle();
  assert.is(turns(), 1);
  assert.equal(sleeps, [5_000]);
  pass();
  await settle();
  assert.is(turns(), 2);
  stop();
  await loop.done;
});

test("a nudge wakes it at once, and many nudges are one", async () => {
  const { turns, stop, loop } = world(() => "idle");
  await settle();
  loop.nudge();
  loop.nudge();
  loop.nudge();
  await settle();
  assert.is(turns(), 2);
  stop();
  await loop.done;
});

test("a nudge during a turn is not lost: another turn follows", async () => {
  let finish: (outcome: TurnOutcome) => void = () => {};
  const { turns, stop, loop } = world(() => new Promise((resolve) => (finish = resolve)));
  await settle();
  loop.nudge();
  finish("idle");
  await settle();
  assert.is(turns(), 2);
  finish("idle");
  await settle();
  assert.is(turns(), 2);
  stop();
  await loop.done;
});

test("turns never overlap", async () => {
  let running = 0;
  let most = 0;
  const { stop, loop } = world(async (): Promise<TurnOutcome> => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    return "idle";
  });
  for (let at = 0; at < 20; at++) {
    loop.nudge();
    await settle();
  }
  stop();
  await loop.done;
  assert.is(most, 1);
});

test("while there is more it goes on, giving way to everything else in between", async () => {
  let left = 4;
  const { sleeps, turns, stop, loop } = world(() => (--left > 0 ? "more" : "idle"));
  await settle();
  assert.is(turns(), 4);
  assert.equal(sleeps, [0, 0, 0, 5_000]);
  stop();
  await loop.done;
});

test("a failed turn is reported, waits its backoff, and a nudge does not cut that short", async () => {
  const { errors, sleeps, turns, pass, stop, loop } = world(() => {
    throw new Error("no database");
  });
  await settle();
  assert.is(errors.length, 1);
  assert.is(errors[0]?.waitMs, 1_000);
  loop.nudge();
  await settle();
  assert.is(turns(), 1);
  assert.equal(sleeps, [1_000]);
  pass();
  await settle();
  assert.is(turns(), 2);
  stop();
  await loop.done;
});

test("a rejected turn is a failed turn, and the loop lives on", async () => {
  let failing = true;
  const { errors, turns, pass, stop, loop, sleeps } = world(async (): Promise<TurnOutcome> => {
    if (failing) throw new Error("gone");
    return "idle";
  });
  await settle();
  failing = false;
  pass();
  await settle();
  assert.is(turns(), 2);
  assert.is(errors.length, 1);
  assert.equal(sleeps, [1_000, 5_000]);
  stop();
  await loop.done;
});

test("its signal ends it, asleep, in a backoff or at work", async () => {
  const asleep = world(() => "idle");
  await settle();
  asleep.stop();
  await asleep.loop.done;

  const backingOff = world(() => {
    throw new Error("no");
  });
  await settle();
  backingOff.stop();
  await backingOff.loop.done;

  let finish: (outcome: TurnOutcome) => void = () => {};
  const working = world(() => new Promise((resolve) => (finish = resolve)));
  await settle();
  working.stop();
  finish("more");
  await working.loop.done;
  assert.equal([asleep.turns(), backingOff.turns(), working.turns()], [1, 1, 1]);
});

test("an error that the end itself causes is not reported", async () => {
  let fail: (error: Error) => void = () => {};
  const { errors, stop, loop } = world(() => new Promise((_, reject) => (fail = reject)));
  await settle();
  stop();
  fail(new Error("aborted"));
  await loop.done;
  assert.equal(errors, []);
});

test("a loop whose signal is aborted before it began does nothing", async () => {
  const { turns, stop, loop } = world(() => "idle");
  stop();
  await loop.done;
  assert.is(turns(), 0);
});

test.run();
