import { test } from "uvu";
import * as assert from "uvu/assert";
import { type BootId, type CameraId, type Rid, uuid } from "../model/ids.ts";
import {
  decidePass,
  emptyPassState,
  joinPass,
  noteRevision,
  OPEN_PASSES_MAX,
  PARKED_MS,
  type PassMoment,
  type PassState,
  PLATES_PER_PASS_MAX,
  rebuildPasses,
  SAME_PASS_MS,
} from "./group-passes.ts";
import { numberedId, samplePlate } from "./sample-world.ts";

const CAMERA = uuid<CameraId>("01900000-0000-7000-8000-00000000cafe");
const OTHER_CAMERA = uuid<CameraId>("01900000-0000-7000-8000-00000000beef");
const BOOT = "00000000000000b1" as BootId;

/** Times in seconds; without `camera seconds` the monotonic clock decides. */
function moment(number: number, plate: string | null, monoSeconds: number, more: Partial<PassMoment> = {}): PassMoment {
  return {
    rid: numberedId<Rid>(number),
    camera: CAMERA,
    cameraTimeMs: null,
    plate: plate === null ? null : samplePlate(plate),
    direction: "unknown",
    test: false,
    boot: BOOT,
    monoMs: monoSeconds * 1000,
    ...more,
  };
}

/** The passes of detections as the numbers of their first ones. */
function passesOf(moments: PassMoment[], state: PassState = emptyPassState()): number[] {
  return moments.map((each) => Number.parseInt(joinPass(state, each).slice(-12), 16));
}

test("reads of one car within 15 s are one pass, named by the first", () => {
  assert.equal(passesOf([moment(1, "ABC123", 0), moment(2, "A8C123", 3), moment(3, "ABC123", 6)]), [1, 1, 1]);
});

test("15 s is still the same pass, a millisecond more is not", () => {
  const at = (ms: number) => moment(2, "A8C123", 0, { monoMs: ms });
  assert.equal(passesOf([moment(1, "ABC123", 0), at(SAME_PASS_MS)]), [1, 1]);
  assert.equal(passesOf([moment(1, "ABC123", 0), at(SAME_PASS_MS + 1)]), [1, 2]);
});

test("the 15 s run from the last read, not the first", () => {
  const plates = ["ABC123", "A8C123", "ABC123", "A8C123", "A8CI23"];
  assert.equal(passesOf(plates.map((plate, at) => moment(at + 1, plate, at * 14))), [1, 1, 1, 1, 1]);
});

test("any plate of the pass will do: a misread in between does not break it", () => {
  assert.equal(passesOf([moment(1, "ABC123", 0), moment(2, "ABC12", 2), moment(3, "ABC1", 4), moment(4, "ABC123", 6)]), [1, 1, 1, 1]);
});

test("a weighted distance of 1 joins, more does not", () => {
  assert.equal(passesOf([moment(1, "ABC123", 0), moment(2, "A8C1Z3", 1)]), [1, 1]);
  assert.equal(passesOf([moment(1, "ABC123", 0), moment(2, "AXC123", 1)]), [1, 1]);
  assert.equal(passesOf([moment(1, "ABC123", 0), moment(2, "A8C124", 1)]), [1, 2]);
});

test("two cars one behind the other are two passes, each taking its own reads", () => {
  assert.equal(passesOf([moment(1, "ABC123", 0), moment(2, "XYZ789", 1), moment(3, "ABC123", 2), moment(4, "XYZ789", 3)]), [1, 2, 1, 2]);
});

test("where two passes would take it, the newer one does", () => {
  assert.equal(passesOf([moment(1, "ABC123", 0), moment(2, "ABD124", 1), moment(3, "ABC124", 2)]), [1, 2, 2]);
});

test("a parked car read again within 5 minutes is the same pass, as long as it takes", () => {
  const reads = Array.from({ length: 30 }, (_, at) => moment(at + 1, "ABC123", at * 290));
  assert.equal(new Set(passesOf(reads)), new Set([1]));
});

test("5 minutes is still parked, a millisecond more is another pass", () => {
  assert.equal(passesOf([moment(1, "ABC123", 0), moment(2, "ABC123", 0, { monoMs: PARKED_MS })]), [1, 1]);
  assert.equal(passesOf([moment(1, "ABC123", 0), moment(2, "ABC123", 0, { monoMs: PARKED_MS + 1 })]), [1, 2]);
});

test("for a parked car only the identical plate counts", () => {
  assert.equal(passesOf([moment(1, "ABC123", 0), moment(2, "A8C123", 60)]), [1, 2]);
});

test("a car that is known to come back the other way is another pass", () => {
  const coming = moment(1, "ABC123", 0, { direction: "approaching" });
  assert.equal(passesOf([coming, moment(2, "ABC123", 120, { direction: "leaving" })]), [1, 2]);
  assert.equal(passesOf([coming, moment(2, "ABC123", 120, { direction: "approaching" })]), [1, 1]);
  assert.equal(passesOf([coming, moment(2, "ABC123", 120)]), [1, 1]);
  assert.equal(passesOf([moment(1, "ABC123", 0), moment(2, "ABC123", 120, { direction: "leaving" })]), [1, 1]);
});

test("within 15 s a changed direction is a wobble of the camera, not another car", () => {
  const reads = [moment(1, "ABC123", 0, { direction: "approaching" }), moment(2, "ABC123", 5, { direction: "leaving" })];
  assert.equal(passesOf(reads), [1, 1]);
});

test("the camera's own time decides where both have it, whenever they were received", () => {
  const shot = (number: number, cameraSeconds: number, monoSeconds: number) =>
    moment(number, number % 2 ? "ABC123" : "A8C123", monoSeconds, { cameraTimeMs: 1_700_000_000_000 + cameraSeconds * 1000 });
  assert.equal(passesOf([shot(1, 0, 0), shot(2, 10, 600)]), [1, 1]);
  assert.equal(passesOf([shot(1, 0, 0), shot(2, 60, 1)]), [1, 2]);
});

test("where one has no camera time, receipt decides", () => {
  const timed = moment(1, "ABC123", 0, { cameraTimeMs: 1_700_000_000_000 });
  assert.equal(passesOf([timed, moment(2, "A8C123", 10)]), [1, 1]);
  assert.equal(passesOf([timed, moment(2, "A8C123", 16)]), [1, 2]);
});

test("a read that was sent late joins, and does not pull the pass back in time", () => {
  const shot = (number: number, plate: string, cameraSeconds: number) =>
    moment(number, plate, number, { cameraTimeMs: 1_700_000_000_000 + cameraSeconds * 1000 });
  assert.equal(passesOf([shot(1, "ABC123", 20), shot(2, "A8C123", 8), shot(3, "ABCI23", 34)]), [1, 1, 1]);
});

test("a new boot begins new passes", () => {
  assert.equal(passesOf([moment(1, "ABC123", 0), moment(2, "ABC123", 1, { boot: "00000000000000b2" as BootId })]), [1, 2]);
});

test("no plate is a pass of its own and takes no others", () => {
  assert.equal(
    passesOf([moment(1, null, 0), moment(2, null, 1), moment(3, "ABC123", 2), moment(4, null, 3), moment(5, "ABC123", 4)]),
    [1, 2, 3, 4, 3],
  );
});

test("a test is a pass of its own, so the real car after it still rings", () => {
  const reads = [
    moment(1, "ABC123", 0, { test: true }),
    moment(2, "ABC123", 1),
    moment(3, "ABC123", 2, { test: true }),
    moment(4, "ABC123", 3),
  ];
  assert.equal(passesOf(reads), [1, 2, 3, 2]);
});

test("cameras do not share passes", () => {
  assert.equal(passesOf([moment(1, "ABC123", 0), moment(2, "ABC123", 1, { camera: OTHER_CAMERA })]), [1, 2]);
});

test("after a revision the corrected plate joins too", () => {
  const state = emptyPassState();
  assert.equal(passesOf([moment(1, "XXX999", 0)], state), [1]);
  noteRevision(state, CAMERA, numberedId<Rid>(1), samplePlate("ABC123"));
  assert.equal(passesOf([moment(2, "ABC123", 3)], state), [1]);
});

test("a revision of a pass that is closed, or without a plate, changes nothing", () => {
  const state = emptyPassState();
  noteRevision(state, CAMERA, numberedId<Rid>(1), samplePlate("ABC123"));
  passesOf([moment(1, "XXX999", 0)], state);
  noteRevision(state, CAMERA, numberedId<Rid>(1), null);
  assert.equal(passesOf([moment(2, "ABC123", 3)], state), [2]);
});

test("asking changes nothing", () => {
  const state = rebuildPasses([{ ...moment(1, "ABC123", 0), pass: numberedId<Rid>(1) }]);
  const before = structuredClone(state);
  assert.is(decidePass(state, moment(2, "A8C123", 1)), numberedId<Rid>(1));
  assert.is(decidePass(state, moment(3, "XYZ789", 1)), numberedId<Rid>(3));
  assert.equal(state, before);
});

test("rebuilt from the log, the passes go on as if nothing had happened", () => {
  const plates = ["ABC123", "A8C123", "XYZ789", "ABC12", "XYZ7B9", "QQQ111", null, "ABC123", "0OO000", "OOO000"] as const;
  const all = Array.from({ length: 300 }, (_, at) =>
    moment(at + 1, plates[(at * 7) % plates.length] ?? null, at * 4 + (at % 3) * 5, {
      direction: at % 5 ? "unknown" : at % 2 ? "leaving" : "approaching",
    }),
  );
  for (const cut of [1, 57, 150, 299]) {
    const live = emptyPassState();
    const past = all.slice(0, cut).map((each) => ({ ...each, pass: joinPass(live, each) }));
    const rebuilt = rebuildPasses(past);
    assert.equal(passesOf(all.slice(cut), rebuilt), passesOf(all.slice(cut), live), `cut at ${cut}`);
  }
});

/** Plates that are all further than 1 from one another. */
function distinctPlate(at: number): string {
  const letter = (of: number): string => "ACEHJKMNPRTVWXY".charAt(of % 15).repeat(3);
  return letter(at) + letter(Math.floor(at / 15)) + letter(Math.floor(at / 225));
}

test("open passes are bounded", () => {
  const state = emptyPassState();
  for (let at = 0; at < OPEN_PASSES_MAX * 2; at++) joinPass(state, moment(at + 1, distinctPlate(at), 1));
  assert.is(state.cameras.get(CAMERA)!.open.length, OPEN_PASSES_MAX);
});

test("the plates of one pass are bounded, and the first is kept", () => {
  const state = emptyPassState();
  joinPass(state, moment(1, "ABC123", 0));
  for (let at = 0; at < 60; at++) noteRevision(state, CAMERA, numberedId<Rid>(1), samplePlate(distinctPlate(at)));
  const plates = state.cameras.get(CAMERA)!.open[0]!.plates;
  assert.is(plates.length, PLATES_PER_PASS_MAX);
  assert.equal([plates[0], plates.at(-1)], ["ABC123", distinctPlate(59)]);
});

test("when too many are open the one that was quiet longest is closed", () => {
  const state = emptyPassState();
  joinPass(state, moment(1, distinctPlate(0), 0));
  for (let at = 1; at < OPEN_PASSES_MAX; at++) joinPass(state, moment(at + 1, distinctPlate(at), 1));
  joinPass(state, moment(9001, distinctPlate(0), 2));
  joinPass(state, moment(9002, distinctPlate(OPEN_PASSES_MAX), 3));
  assert.is(decidePass(state, moment(9003, distinctPlate(0), 4)), numberedId<Rid>(1));
  assert.is(decidePass(state, moment(9004, distinctPlate(1), 4)), numberedId<Rid>(9004));
});

test.run();
