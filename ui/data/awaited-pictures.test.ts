import { test } from "uvu";
import * as assert from "uvu/assert";
import { ASKED_AT_ONCE_MAX, askAgainMs, makePictureWatch, type PictureAnswer } from "./awaited-pictures.ts";

/** A clock that moves only when told, and programs' answers as the test says. */
function world(answer: (sha256: string) => PictureAnswer) {
  let nowMs = 0;
  let hidden = false;
  const asked: string[] = [];
  const timers: { atMs: number; call: () => void }[] = [];
  const watch = makePictureWatch({
    ask: async (sha256) => {
      asked.push(sha256);
      return answer(sha256);
    },
    nowMs: () => nowMs,
    later: (ms, call) => timers.push({ atMs: nowMs + ms, call }),
    isHidden: () => hidden,
  });
  const pass = async (ms: number) => {
    const until = nowMs + ms;
    for (;;) {
      const next = timers.findIndex((timer) => timer.atMs <= until);
      if (next === -1) break;
      const [timer] = timers.splice(next, 1);
      nowMs = timer!.atMs;
      timer!.call();
      await new Promise((resolve) => setImmediate(resolve));
    }
    nowMs = until;
  };
  return { watch: watch.watch, asked, timers, pass, hide: (is: boolean) => (hidden = is) };
}

test("a picture that arrives is told once, within a few seconds, and not asked for again", async () => {
  let there = false;
  const { watch, asked, pass, timers } = world(() => (there ? "here" : "not-yet"));
  let told = 0;
  watch("a", () => told++);
  await pass(3_000);
  assert.is(told, 0);
  there = true;
  await pass(6_000);
  assert.is(told, 1);
  const before = asked.length;
  await pass(60_000);
  assert.is(asked.length, before);
  assert.is(timers.length, 0);
});

test("the longer a picture keeps one waiting the more rarely it is asked for, and a gone one never again", async () => {
  const { watch, asked, pass } = world((sha256) => (sha256 === "gone" ? "gone" : "not-yet"));
  watch("slow", () => {});
  watch("gone", () => {});
  await pass(600_000);
  assert.is(asked.filter((one) => one === "gone").length, 1);
  assert.ok(asked.length < 30, `${asked.length}`);
  assert.is(askAgainMs(0), 800);
  assert.is(askAgainMs(99), 30_000);
});

test("a whole feed that waits is asked for a few at a time, a hidden page asks nothing, one out of sight is let go", async () => {
  const { watch, asked, pass, hide, timers } = world(() => "not-yet");
  const stops = Array.from({ length: 40 }, (_, at) => watch(`p${at}`, () => {}));
  await pass(1_000);
  assert.is(asked.length, ASKED_AT_ONCE_MAX);
  hide(true);
  await pass(60_000);
  assert.is(asked.length, ASKED_AT_ONCE_MAX);
  for (const stop of stops) stop();
  hide(false);
  await pass(60_000);
  assert.is(asked.length, ASKED_AT_ONCE_MAX);
  assert.is(timers.length, 0);
});

test.run();
