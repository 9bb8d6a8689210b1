import { test } from "uvu";
import * as assert from "uvu/assert";
import { reconnectDelayMs } from "./live-socket.ts";

test("the wait doubles from half a second and stops growing at twenty", () => {
  assert.is(reconnectDelayMs(0, 1), 500);
  assert.is(reconnectDelayMs(3, 1), 4_000);
  assert.is(reconnectDelayMs(60, 1), 20_000);
});

test("half of the wait is random, so that a hundred pages do not come back at once", () => {
  assert.is(reconnectDelayMs(3, 0), 2_000);
  assert.is(reconnectDelayMs(3, 0.5), 3_000);
});

test.run();
