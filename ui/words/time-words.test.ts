import { test } from "uvu";
import * as assert from "uvu/assert";
import { absoluteTime, clockTime, dayTime, passedWords, relativeTime, spanWords } from "./time-words.ts";

const NOW = Date.UTC(2026, 10, 22, 7, 12, 0);

test("a moment within 45 seconds is just now, on either side, so a clock slightly ahead does not show the future", () => {
  assert.is(relativeTime(NOW - 44_000, NOW), "just now");
  assert.is(relativeTime(NOW + 44_000, NOW), "just now");
});

test("times past and to come are told in their largest fitting unit", () => {
  assert.is(relativeTime(NOW - 12 * 60_000, NOW), "12 min ago");
  assert.is(relativeTime(NOW - 3 * 3_600_000, NOW), "3 h ago");
  assert.is(relativeTime(NOW - 5 * 86_400_000, NOW), "5 days ago");
  assert.is(relativeTime(NOW + 2 * 86_400_000, NOW), "in 2 days");
});

test("a length of time never shows a negative number and names one day in the singular", () => {
  assert.is(spanWords(0), "0 s");
  assert.is(spanWords(-5), "0 s");
  assert.is(spanWords(36 * 3_600_000), "2 days");
  assert.is(spanWords(35 * 3_600_000), "35 h");
});

test("the absolute time is in the site's zone with its abbreviation, in summer and in winter", () => {
  assert.is(clockTime(NOW, "America/New_York"), "02:12:00 EST");
  assert.match(absoluteTime(Date.UTC(2026, 6, 1, 16, 0, 0), "America/New_York"), /Jul 1, 2026.*12:00:00 EDT/);
  assert.match(dayTime(NOW, "America/New_York"), /Nov 22.*02:12.*EST/);
});

test("midnight is hour 00, not 24", () => {
  assert.is(clockTime(Date.UTC(2026, 10, 22, 5, 0, 0), "America/New_York"), "00:00:00 EST");
});

test("a zone that the browser does not know falls back to UTC and says so", () => {
  assert.is(clockTime(NOW, "Nowhere/Land"), "07:12:00 UTC");
});

test("T-74 a time is said as sure as it is known", () => {
  const at = Date.UTC(2026, 10, 22, 19, 3, 20);
  const zone = "America/New_York";
  assert.is(passedWords(at, 2_000, at, zone).kind, "known");
  const about = passedWords(at, 5 * 60_000, at, zone);
  assert.is(about.kind === "known" ? "" : about.text, "about 14:03 EST, ± 5 min");
  assert.match(about.explained ?? "", /off by 5 min either way/);
  const unknown = passedWords(0, null, at, zone);
  assert.is(unknown.kind === "known" ? "" : unknown.text, "time unknown, received 14:03 EST");
});

test.run();
