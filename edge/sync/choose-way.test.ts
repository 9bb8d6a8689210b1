import { test } from "uvu";
import * as assert from "uvu/assert";
import { chooseWays, DOUBT_MS, type WayEnd } from "./choose-way.ts";

const SILENT: WayEnd = { openMs: 0, refused: null, retryAfterMs: null, next: "wait" };
const HEARD: WayEnd = { ...SILENT, openMs: 5_000 };
const BLOCKED: WayEnd = { ...SILENT, next: "exchange" };
const RETRY_MS = 10 * 60_000;

/** Tries after one another, each ended as named; answers by which way each went, ms by POST. */
function tries(ends: readonly WayEnd[], ways = chooseWays(RETRY_MS)) {
  return ends.map((end) => {
    const exchangeMs = ways.exchangeForMs(0);
    return { exchangeMs, atOnce: ways.ended(end, 0) };
  });
}

test("an HTTP answer that is no WebSocket is followed at once by POST for the whole time", () => {
  assert.equal(tries([BLOCKED, HEARD]), [
    { exchangeMs: 0, atOnce: true },
    { exchangeMs: RETRY_MS, atOnce: false },
  ]);
});

test("after two WebSockets that brought nothing POST is tried, and where that brings nothing either the WebSocket again", () => {
  const went = tries([SILENT, SILENT, SILENT, SILENT, SILENT, SILENT]).map(({ exchangeMs }) => exchangeMs);
  assert.equal(went, [0, 0, DOUBT_MS, 0, 0, DOUBT_MS]);
});

test("where POST works and the WebSocket still brings nothing, POST is used for the whole time, without a wait between", () => {
  const went = tries([SILENT, SILENT, { ...HEARD, next: "socket" }, SILENT]);
  assert.equal(went[2], { exchangeMs: DOUBT_MS, atOnce: true });
  const ways = chooseWays(RETRY_MS);
  tries([SILENT, SILENT], ways);
  assert.is(ways.exchangeForMs(0), DOUBT_MS);
  assert.ok(ways.ended({ ...HEARD, next: "socket" }, DOUBT_MS));
  assert.is(ways.exchangeForMs(DOUBT_MS), 0);
  assert.ok(ways.ended(SILENT, DOUBT_MS));
  assert.is(ways.exchangeForMs(DOUBT_MS), RETRY_MS);
});

test("a connection that central ends with a word, or that was open, says nothing against WebSockets", () => {
  const words = [HEARD, { ...SILENT, refused: "key" }, { ...SILENT, retryAfterMs: 300 }];
  for (const word of words) assert.is(tries([SILENT, word, SILENT, SILENT])[3]!.exchangeMs, 0);
});

test("a POST that fails after it had worked goes on by POST", () => {
  assert.is(tries([BLOCKED, HEARD, HEARD])[2]!.exchangeMs, RETRY_MS);
});

test.run();
