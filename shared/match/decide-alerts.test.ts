import { test } from "uvu";
import * as assert from "uvu/assert";
import type { MatchKind } from "../model/alert.ts";
import type { AlertId, Rid } from "../model/ids.ts";
import type { Entry } from "../model/watchlist.ts";
import { alertId } from "./alert-id.ts";
import { type AlertQuestion, decideAlerts } from "./decide-alerts.ts";
import { matchPlate } from "./match-plate.ts";
import { numberedId, SAMPLE_LIST, SAMPLE_VERSION, sampleEntry, sampleList, samplePlate } from "./sample-world.ts";
import { buildWatchlistIndex } from "./watchlist-index.ts";

const PASS = numberedId<Rid>(0x100);
const DETECTION = numberedId<Rid>(0x101);
const entry = sampleEntry(1, "ABC123");
const ALERT = alertId(PASS, entry.id);

function decide(read: string, entries: Entry[], known: [AlertId, MatchKind | null][] = [], more: Partial<AlertQuestion> = {}) {
  const index = buildWatchlistIndex([sampleList({ critical: true })], entries);
  const { matches } = matchPlate(index, samplePlate(read), 5_000);
  return decideAlerts({ detection: DETECTION, pass: PASS, test: false, matches, known: new Map(known), ...more });
}

test("a first match raises one alert with a finding that explains itself after the entry is gone", () => {
  const decision = decide("A8C123", [entry]);
  assert.equal(decision.raised, [ALERT]);
  assert.equal(decision.findings, [
    {
      alert: ALERT,
      pass: PASS,
      entry: entry.id,
      list: SAMPLE_LIST,
      detection: DETECTION,
      explanation: { kind: "confusable", plate: "A8C123", pattern: "ABC123", differences: [{ at: 1, read: "8", wanted: "B" }] },
      listVersion: SAMPLE_VERSION,
      listName: "Break-ins",
      listOwner: "Main & Maple",
      critical: true,
      reason: "seen at two break-ins",
      expiresMs: 2_000_000,
    },
  ]);
});

test("no match, nothing", () => {
  assert.equal(decide("XYZ789", [entry]), { findings: [], raised: [], test: false });
});

test("the same pass read again raises nothing and adds nothing", () => {
  assert.equal(decide("A8C123", [entry], [[ALERT, "confusable"]]), { findings: [], raised: [], test: false });
  assert.equal(decide("A8C123", [entry], [[ALERT, "exact"]]).findings, []);
});

test("a surer read of the same pass adds its finding and does not ring again", () => {
  const decision = decide("ABC123", [entry], [[ALERT, "confusable"]]);
  assert.equal(decision.raised, []);
  assert.equal(
    decision.findings.map((finding) => finding.explanation.kind),
    ["exact"],
  );
});

test("central adds its finding to an alert that the edge raised, without raising it again", () => {
  const decision = decide("A8C123", [entry], [[ALERT, null]]);
  assert.equal(decision.raised, []);
  assert.is(decision.findings.length, 1);
});

test("a revision that changes the plate to a watched one raises the alert of its detection's pass", () => {
  const first = decide("XBC123", [entry]);
  const revised = decide("ABC123", [entry], [], { detection: numberedId<Rid>(0x102) });
  assert.equal(first.raised, []);
  assert.equal(revised.raised, [ALERT]);
  assert.is(revised.findings[0]?.detection, numberedId<Rid>(0x102));
});

test("each entry that matches is an alert of its own, the surest first", () => {
  const second = sampleEntry(2, "AB*");
  const decision = decide("ABC123", [second, entry]);
  assert.equal(decision.raised, [ALERT, alertId(PASS, second.id)]);
});

test("of two entries only the one that is new rings", () => {
  const second = sampleEntry(2, "AB*");
  const decision = decide("ABC123", [second, entry], [[ALERT, "exact"]]);
  assert.equal(decision.raised, [alertId(PASS, second.id)]);
  assert.is(decision.findings.length, 1);
});

test("another pass of the same car is another alert", () => {
  const decision = decide("ABC123", [entry], [[ALERT, "exact"]], { pass: numberedId<Rid>(0x200) });
  assert.is(decision.raised.length, 1);
  assert.is.not(decision.raised[0], ALERT);
});

test("a test goes all the way through, marked", () => {
  const decision = decide("ABC123", [entry], [], { test: true });
  assert.is(decision.raised.length, 1);
  assert.ok(decision.test);
});

test("edge and central decide alike from the same index and name the alert alike", () => {
  assert.equal(decide("A8C123", [entry]), decide("A8C123", [{ ...entry }]));
});

test.run();
