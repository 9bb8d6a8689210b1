import { test } from "uvu";
import * as assert from "uvu/assert";
import { visibleRange } from "./visible-range.ts";

const view = { height: 760, rowHeight: 76, rows: 10_000, overscan: 6 };

test("of ten thousand rows only those in view and a few around exist", () => {
  const { from, to } = visibleRange({ ...view, top: 76 * 5_000 });
  assert.is(from, 4_994);
  assert.is(to, 5_016);
});

test("the top has nothing above it and the end nothing below", () => {
  assert.equal(visibleRange({ ...view, top: 0 }), { from: 0, to: 16 });
  assert.is(visibleRange({ ...view, top: 76 * 10_000 }).to, 10_000);
});

test("an offset beyond the end, after the list shrank, shows its last rows", () => {
  assert.equal(visibleRange({ ...view, rows: 12, top: 500_000 }), { from: 0, to: 12 });
});

test("no rows are no rows", () => {
  assert.equal(visibleRange({ ...view, rows: 0, top: 0 }), { from: 0, to: 0 });
});

test("bouncing above the top, as phones do, changes nothing", () => {
  assert.equal(visibleRange({ ...view, top: -80 }), visibleRange({ ...view, top: 0 }));
});

test.run();
