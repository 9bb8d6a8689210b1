import { test } from "uvu";
import * as assert from "uvu/assert";
import { durationWords, type UplinkStatus, uplinkWords } from "./uplink-status.ts";

const status = (changes: Partial<UplinkStatus>): UplinkStatus => ({
  state: "connected",
  sinceMs: 0,
  waiting: 0,
  imagesWaiting: 0,
  imagesHeld: null,
  lastContactMs: null,
  refusal: null,
  isMarked: false,
  ...changes,
});

test("a link that is down says for how long, that the site goes on, and what waits", () => {
  assert.is(uplinkWords(status({ state: "offline", waiting: 34 }), 12 * 60_000), "Uplink down 12 min. Still watching. 34 waiting.");
});

test("pictures that wait for their hours are told with their number and size", () => {
  const imagesHeld = { until: "22:00", count: 1_204, bytes: 96_400_000 };
  assert.is(uplinkWords(status({ imagesHeld }), 0), "Connected to central. Pictures wait until 22:00: 1,204 waiting, 96 MB.");
  assert.is(uplinkWords(status({ imagesHeld: { ...imagesHeld, count: 0 } }), 0), "Connected to central.");
});

test("a device whose key nobody at central has confirmed says that what it sends is marked, and what ends that", () => {
  assert.match(
    uplinkWords(status({ isMarked: true, waiting: 2 }), 0),
    /^Connected.*kept there and marked, until an administrator confirms.* 2 waiting\.$/,
  );
});

test("every other state has its sentence too", () => {
  assert.is(uplinkWords(status({}), 0), "Connected to central.");
  assert.is(uplinkWords(status({ state: "connecting", waiting: 1 }), 0), "Connecting to central. Watching. 1 waiting.");
  assert.is(uplinkWords(status({ state: "refused", refusal: "Ask for a new key." }), 0), "Ask for a new key. Still watching.");
  assert.is(uplinkWords(status({ state: "not-configured" }), 0), "No central is set up. This site watches on its own.");
});

test("a duration is told in the unit that a person would use", () => {
  const told = [-5, 59_000, 60_000, 3_599_000, 3_600_000, 47 * 3_600_000, 48 * 3_600_000].map(durationWords);
  assert.equal(told, ["0 s", "59 s", "1 min", "59 min", "1 h", "47 h", "2 days"]);
});

test.run();
