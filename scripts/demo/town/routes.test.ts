import { test } from "uvu";
import * as assert from "uvu/assert";
import { type PlannedRead, planTown } from "./routes.ts";
import { seededRandom } from "./seeded-random.ts";
import { makeFleet } from "./vehicles.ts";

function reads(seed: string, minutes: number, perMinute = 30): PlannedRead[] {
  const fleet = makeFleet(seededRandom(seed));
  const found: PlannedRead[] = [];
  for (const read of planTown({ fleet, perMinute, malformedChance: 0.02, duplicateChance: 0.03 }, seededRandom(`${seed}/plan`))) {
    if (read.atMs > minutes * 60_000) return found;
    found.push(read);
  }
  return found;
}

test("the same seed drives the same town, another seed another", () => {
  assert.equal(reads("one", 20), reads("one", 20));
  assert.not.equal(reads("one", 20).slice(0, 20), reads("two", 20).slice(0, 20));
});

test("reads come in time order, from the first minute on, at about the wanted rate", () => {
  const hour = reads("rate", 60);
  for (let i = 1; i < hour.length; i++) assert.ok(hour[i]!.atMs >= hour[i - 1]!.atMs);
  assert.ok(hour.length / 60 > 24 && hour.length / 60 < 38, `${hour.length / 60} a minute`);
  assert.ok(hour.filter((read) => read.atMs < 60_000).length >= 10, "vehicles are under way at the start");
});

test("nobody is at both sites at once, and the way between them takes minutes", () => {
  const bridge = new Set(["Bridge west", "Bridge east", "Oak ramp"]);
  const last = new Map<number, PlannedRead>();
  let crossings = 0;
  for (const read of reads("travel", 120, 12)) {
    const before = last.get(read.vehicle);
    if (before !== undefined && bridge.has(before.camera) !== bridge.has(read.camera)) {
      const seconds = (read.atMs - before.atMs) / 1000;
      assert.ok(seconds > 55, `${seconds} s between the sites`);
      if (seconds < 260) crossings++;
    }
    last.set(read.vehicle, read);
  }
  assert.ok(crossings > 20, `${crossings} crossings`);
});

test("a day has every case: misread, corrected, without plate, parked, together, weak cameras", () => {
  const fleet = makeFleet(seededRandom("cases"));
  const day = reads("cases", 6 * 60);
  const truth = (read: PlannedRead): string => fleet.vehicles[read.vehicle]?.plate ?? "noPlate";
  const wrong = day.filter((read) => read.said !== truth(read));
  assert.ok(wrong.length / day.length > 0.05 && wrong.length / day.length < 0.2, `${wrong.length} of ${day.length} wrong`);
  assert.ok(day.some((read) => read.kind === "corrected"));
  assert.ok(day.some((read) => read.said === "noPlate"));
  assert.ok(day.some((read) => read.said === "unknown"));
  assert.ok(day.filter((read) => read.kind === "parked").length > 100);
  assert.ok(day.some((read) => read.quirk === "malformed") && day.some((read) => read.quirk === "duplicate"));
  for (const [ahead, behind] of fleet.followers) {
    const lead = day.filter((read) => read.vehicle === ahead && read.camera === "North gate");
    const tail = day.filter((read) => read.vehicle === behind && read.camera === "North gate");
    const together = lead.filter((read) => tail.some((other) => other.atMs > read.atMs - 4_000 && other.atMs - read.atMs < 30_000));
    assert.ok(lead.length > 0 && together.length >= lead.length * 0.8, `${together.length} of ${lead.length}`);
  }
});

test("a corrected reading follows a wrong one of the same pass and is right", () => {
  const fleet = makeFleet(seededRandom("correct"));
  const all = reads("correct", 240);
  for (const read of all.filter(({ kind }) => kind === "corrected")) {
    assert.is(read.said, fleet.vehicles[read.vehicle]!.plate);
    assert.ok(all.some((other) => other.pass === read.pass && other.atMs < read.atMs && other.said !== read.said) || read.atMs < 10_000);
  }
});

test.run();
