import { test } from "uvu";
import * as assert from "uvu/assert";
import { BULK_BYTES_MIN, type BulkMark, bulkWindowBytes, markPiece, newBulkWindow, notePiece } from "./bulk-window.ts";

test("nothing measured yet: 4 KiB", () => {
  assert.is(bulkWindowBytes(newBulkWindow()), BULK_BYTES_MIN);
});

/** A line of so many bytes a second and so much delay, filled for `seconds` with pieces of a quarter of the window. */
function fill(bytesPerSecond: number, roundTripMs: number, seconds: number, window = newBulkWindow(), fromMs = 0) {
  const pieces: { bytes: number; answeredMs: number; mark: BulkMark }[] = [];
  let nowMs = fromMs;
  let freeMs = fromMs;
  let most = 0;
  let delivered = 0;
  while (nowMs < fromMs + seconds * 1_000) {
    const underWay = () => pieces.reduce((sum, one) => sum + one.bytes, 0);
    for (let room = bulkWindowBytes(window) - underWay(); pieces.length < 4; room = bulkWindowBytes(window) - underWay()) {
      const bytes = Math.min(65_536, Math.max(BULK_BYTES_MIN, Math.floor(bulkWindowBytes(window) / 4)));
      if (bytes > room) break;
      const mark = markPiece(window, nowMs, underWay(), true);
      freeMs = Math.max(freeMs, nowMs) + (bytes * 1_000) / bytesPerSecond;
      pieces.push({ bytes, answeredMs: freeMs + roundTripMs, mark });
    }
    most = Math.max(most, underWay());
    const done = pieces.shift()!;
    nowMs = Math.max(nowMs, done.answeredMs);
    notePiece(window, done.mark, done.bytes, nowMs);
    delivered += done.bytes;
  }
  return { window, most, perSecond: (delivered * 1_000) / (nowMs - fromMs), nowMs };
}

test("on 256 kbit/s and 300 ms the line is used well, and never more than about a second of it is under way", () => {
  const { window, most, perSecond } = fill(32_000, 300, 120);
  assert.ok(perSecond > 0.6 * 32_000, `${Math.round(perSecond)} bytes a second`);
  assert.ok(most <= 34_000, `${most} bytes under way`);
  assert.ok(bulkWindowBytes(window) <= 34_000);
});

test("on a fast line the window is open after a few answers", () => {
  const { window } = fill(10_000_000, 5, 1);
  assert.ok(bulkWindowBytes(window) > 500_000, `${bulkWindowBytes(window)}`);
});

test("a line that becomes slow is known after a few answers, one that becomes fast again too", () => {
  const fast = fill(1_000_000, 50, 5);
  const slow = fill(8_000, 50, 120, fast.window, fast.nowMs);
  assert.ok(bulkWindowBytes(slow.window) < 9_000, `${bulkWindowBytes(slow.window)}`);
  const again = fill(1_000_000, 50, 5, slow.window, slow.nowMs);
  assert.ok(bulkWindowBytes(again.window) > 200_000, `${bulkWindowBytes(again.window)}`);
});

test("a few bytes in a quiet time do not make the line slow", () => {
  const { window, nowMs } = fill(1_000_000, 50, 5);
  const before = bulkWindowBytes(window);
  for (let at = 1; at <= 20; at++) notePiece(window, markPiece(window, nowMs + at * 5_000, 0, false), 150, nowMs + at * 5_000 + 60);
  assert.is(bulkWindowBytes(window), before);
});

test("an answer within the same step of the clock is no endless speed", () => {
  const window = newBulkWindow();
  notePiece(window, markPiece(window, 100, 0, true), 5_000, 100);
  assert.is(bulkWindowBytes(window), 500_000);
});

test.run();
