import { test } from "uvu";
import * as assert from "uvu/assert";
import { newMeter } from "./uplink-meter.ts";

function meterAt() {
  let nowMs = 100;
  let monoMs = 0;
  const meter = newMeter(
    () => nowMs,
    () => monoMs,
  );
  return { meter, at: (ms: number) => (nowMs = ms), monoAt: (ms: number) => (monoMs = ms) };
}

test("it is connecting until the first contact or failure, and connected since the moment it was", () => {
  const { meter, at } = meterAt();
  assert.equal(meter.facts(), { state: "connecting", sinceMs: 100, lastContactMs: null, refusal: null, isMarked: false });
  at(200);
  meter.heard();
  meter.connected();
  at(300);
  meter.heard();
  assert.equal(meter.facts(), { state: "connected", sinceMs: 200, lastContactMs: 300, refusal: null, isMarked: false });
});

test("tries that fail one after the other keep the moment when the link went down", () => {
  const { meter, at } = meterAt();
  meter.connected();
  at(200);
  meter.disconnected(null);
  at(300);
  meter.disconnected(null);
  assert.is(meter.facts().state, "offline");
  assert.is(meter.facts().sinceMs, 200);
});

test("how long the link is down is counted through a jump of the wall clock", () => {
  const { meter, at, monoAt } = meterAt();
  at(Date.UTC(2091, 0, 1));
  monoAt(1_000);
  meter.connected();
  monoAt(5_000);
  meter.disconnected(null);
  at(Date.UTC(2026, 10, 23));
  monoAt(65_000);
  meter.disconnected(null);
  assert.is(meter.stateForMs(), 60_000);
});

test("a refusal is its own state with a sentence, until central takes us again", () => {
  const { meter } = meterAt();
  meter.disconnected("Ask the administrator.");
  assert.equal([meter.facts().state, meter.facts().refusal], ["refused", "Ask the administrator."]);
  meter.connected();
  assert.equal([meter.facts().state, meter.facts().refusal], ["connected", null]);
});

test("trouble with one log is told in words while the link stands", () => {
  const { meter } = meterAt();
  meter.connected();
  meter.logRefused();
  assert.is(meter.facts().state, "connected");
  assert.match(meter.facts().refusal!, /administrator/);
});

test("that central marks what is sent is told until it says otherwise, or until the next connection", () => {
  const { meter } = meterAt();
  meter.connected();
  meter.marked(true);
  meter.disconnected(null);
  assert.is(meter.facts().isMarked, true);
  meter.connected();
  assert.is(meter.facts().isMarked, false);
});

test.run();
