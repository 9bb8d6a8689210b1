import { test } from "uvu";
import * as assert from "uvu/assert";
import { clipped, expectedMatch, misread } from "./plates.ts";
import { seededRandom } from "./seeded-random.ts";
import { makeFleet } from "./vehicles.ts";

test("a misreading differs in one look-alike character and is expected to match", () => {
  const random = seededRandom("misread");
  for (let i = 0; i < 200; i++) {
    const said = misread("ABC1208", random);
    assert.is(said.length, 7);
    assert.is([..."ABC1208"].filter((letter, at) => letter !== said[at]).length, 1);
    assert.equal(expectedMatch(said, [{ plate: "ABC1208", reason: "" }]), { plate: "ABC1208", kind: "confusable" });
  }
});

test("a plate without look-alike characters is read as it is", () => {
  assert.is(misread("AFH347", seededRandom("x")), "AFH347");
});

test("a clipped plate and two differences match nothing", () => {
  const watched = [{ plate: "ABC1208", reason: "" }];
  assert.is(expectedMatch(clipped("ABC1208", seededRandom("x")), watched), null);
  assert.is(expectedMatch("A8C12O8", watched), null);
  assert.is(expectedMatch("ABC1308", watched), null);
  assert.equal(expectedMatch("ABC1208", watched), { plate: "ABC1208", kind: "exact" });
});

test("no unwatched vehicle looks like a watched one, and each watched one can be misread", () => {
  for (const seed of ["a", "b", "c"]) {
    const fleet = makeFleet(seededRandom(seed));
    for (const [i, { plate }] of fleet.vehicles.entries()) {
      const match = plate === null ? null : expectedMatch(plate, fleet.watched);
      assert.is(match !== null, fleet.watchedIndexes.includes(i), `${seed} ${plate}`);
    }
    for (const { plate } of fleet.watched) assert.is.not(misread(plate, seededRandom("y")), plate);
    assert.is(new Set(fleet.vehicles.map(({ plate }) => plate)).size, fleet.vehicles.length);
  }
});

test.run();
