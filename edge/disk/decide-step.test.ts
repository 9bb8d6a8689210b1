import { test } from "uvu";
import * as assert from "uvu/assert";
import { type DiskLimits, type DiskNow, decideStep, levelOf, PIECE_STEPS, type PieceStep, type Step } from "./decide-step.ts";

const LIMITS: DiskLimits = { ballastBytes: 64, lowBytes: 512, veryLowBytes: 256, stopBytes: 64 };
const at = (freeBytes: number, changes: Partial<DiskNow> = {}): DiskNow => ({
  freeBytes,
  freeInsideBytes: 0,
  hasBallast: false,
  exhausted: new Set(),
  ...changes,
});

/** The steps taken when nothing helps: each gives up once and then has nothing left. */
function stepsAt(freeBytes: number, freeInsideBytes = 0): Step[] {
  const exhausted = new Set<PieceStep>();
  const steps: Step[] = [];
  for (let hasBallast = true; ; ) {
    const step = decideStep(at(freeBytes, { exhausted, hasBallast, freeInsideBytes }), LIMITS);
    if (step === "none" || step === "make-ballast") return steps;
    steps.push(step);
    if (step === "release-ballast") hasBallast = false;
    else exhausted.add(step);
  }
}

test("the steps come in their order, and what would be lost only goes when the disk is very low", () => {
  assert.equal(stepsAt(512), []);
  assert.equal(stepsAt(511), ["carried-bundles", "release-ballast", "stored-scenes", "stored-crops"]);
  const all = ["carried-bundles", "release-ballast", ...PIECE_STEPS.slice(1)];
  assert.equal(stepsAt(255), all);
  assert.equal(stepsAt(0), all);
});

test("a step that still gives something is taken before the next", () => {
  assert.is(decideStep(at(10), LIMITS), "carried-bundles");
  assert.is(decideStep(at(10, { exhausted: new Set(["carried-bundles"]) }), LIMITS), "stored-scenes");
  assert.is(decideStep(at(10, { exhausted: new Set(["carried-bundles", "stored-scenes"]) }), LIMITS), "stored-crops");
});

test("room inside the store's file keeps detections, it does not help pictures", () => {
  assert.equal(stepsAt(100, 1_000), ["carried-bundles", "release-ballast", "stored-scenes", "stored-crops", "unsent-scenes"]);
  assert.is(levelOf({ freeBytes: 10, freeInsideBytes: 1_000 }, LIMITS), "very-low");
  assert.is(levelOf({ freeBytes: 10, freeInsideBytes: 0 }, LIMITS), "full");
  assert.equal([levelOf(at(512), LIMITS), levelOf(at(511), LIMITS), levelOf(at(64), LIMITS)], ["fine", "low", "very-low"]);
});

test("the ballast is made again only when there is room for it twice over, and never when it is turned off", () => {
  assert.is(decideStep(at(639), LIMITS), "none");
  assert.is(decideStep(at(640), LIMITS), "make-ballast");
  assert.is(decideStep(at(640, { hasBallast: true }), LIMITS), "none");
  assert.is(decideStep(at(10_000), { ...LIMITS, ballastBytes: 0 }), "none");
});

test.run();
