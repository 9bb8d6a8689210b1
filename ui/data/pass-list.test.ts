import { test } from "uvu";
import * as assert from "uvu/assert";
import type { DetectionView } from "../../shared/api/views.ts";
import { addToPasses, PASS_ROWS_MAX } from "./pass-list.ts";

const at = (id: string, second: number, pass = id, plate = "ABC123") =>
  ({ id, pass, plate, captured_at: new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString() }) as DetectionView;

test("rows are newest first whatever the order of arrival", () => {
  const rows = addToPasses(addToPasses([], [at("b", 20)]), [at("a", 10), at("c", 30), at("b2", 15)]);
  assert.equal(
    rows.map((row) => row.pass),
    ["c", "b", "b2", "a"],
  );
});

test("detections of one pass are one row that counts them and shows the newest", () => {
  const rows = addToPasses([], [at("a", 10, "a", "A8C123"), at("a2", 11, "a"), at("b", 12)]);
  assert.is(rows.length, 2);
  assert.is(rows[1]?.times, 2);
  assert.is(rows[1]?.detection.plate, "ABC123");
});

test("a detection that comes again replaces itself and is not counted twice", () => {
  const first = addToPasses([], [at("a", 10), at("a2", 11, "a")]);
  const again = addToPasses(first, [{ ...at("a2", 11, "a"), plate: "ABC124" } as DetectionView]);
  assert.is(again[0]?.times, 2);
  assert.is(again[0]?.detection.plate, "ABC124");
});

test("a late detection of a known pass does not take the lead from a newer one", () => {
  const rows = addToPasses(addToPasses([], [at("a2", 20, "a")]), [at("a1", 10, "a", "OLD111")]);
  assert.is(rows[0]?.detection.plate, "ABC123");
  assert.is(rows[0]?.times, 2);
});

test("the list is bounded: the oldest rows go", () => {
  const many = Array.from({ length: PASS_ROWS_MAX + 5 }, (_, second) => at(`d${second}`, second));
  const rows = addToPasses([], many);
  assert.is(rows.length, PASS_ROWS_MAX);
  assert.is(rows[0]?.pass, `d${PASS_ROWS_MAX + 4}`);
});

test("nothing new leaves the very same list, so nothing is drawn again", () => {
  const rows = addToPasses([], [at("a", 1)]);
  assert.is(addToPasses(rows, []), rows);
});

test.run();
