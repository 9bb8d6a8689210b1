import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Moment } from "../../shared/log/chain.ts";
import type { BootId, CameraId, Rid } from "../../shared/model/ids.ts";
import { prepareSourceRows, SOURCE_KEPT_MS } from "./source-rows.ts";
import { makeTestStore, type TestStore } from "./test-store.ts";

const CAMERA = "01999999-0000-7000-8000-0000000000ca" as CameraId;
const RID = "01999999-0000-7000-8000-0000000000d1" as Rid;
const DAYS_40_MS = 40 * 24 * 3_600_000;
const [BY_CENTRAL, BY_SERVICE] = [2, 3];

let made: TestStore;
let rows: ReturnType<typeof prepareSourceRows>;
let seen: Moment;
test.before.each(async () => {
  made = await makeTestStore();
  rows = prepareSourceRows(made.store.db);
  seen = { ...made.now(), clockQuality: BY_CENTRAL };
});
test.after.each(() => made.remove());

const put = (at: Moment): void => {
  rows.putSource(CAMERA, "key", RID, at);
  rows.putEvent("event", RID, at);
};
/** What is still known, before and after the old ones are dropped; the two must agree. */
function knownAt(at: Moment): readonly [source: boolean, event: boolean] {
  const known = (): readonly [boolean, boolean] => [
    rows.detectionOfSource(CAMERA, "key", at) === RID,
    rows.detectionOfEvent("event", at) === RID,
  ];
  const before = known();
  rows.forgetOld(at);
  assert.equal(known(), before);
  return before;
}
const later = (at: Moment, byMs: number): Moment => ({ ...at, monoMs: at.monoMs + byMs, wallMs: at.wallMs + byMs });
const rebooted = (at: Moment): Moment => ({ ...at, boot: "00000000000000b2" as BootId, monoMs: 20_000 });

test("a camera's repeat is known for a day, and a new message after it", () => {
  put(seen);
  assert.equal(knownAt(later(seen, SOURCE_KEPT_MS)), [true, true]);
  assert.equal(knownAt(later(seen, SOURCE_KEPT_MS + 1)), [false, false]);
});

test("a central whose clock is forty days ahead makes no repeat a new message", () => {
  put(seen);
  assert.equal(knownAt({ ...later(seen, 60_000), wallMs: seen.wallMs + DAYS_40_MS }), [true, true]);
});

test("nor does it when the site starts again meanwhile, until that start is a day ago", () => {
  put(seen);
  const ahead = { ...rebooted(seen), wallMs: seen.wallMs + DAYS_40_MS };
  assert.is(knownAt(ahead)[0], true);
  assert.is(knownAt(later(ahead, SOURCE_KEPT_MS - 30_000))[0], true);
  assert.is(knownAt(later(ahead, SOURCE_KEPT_MS))[0], false);
});

test("where a time service keeps the time, a key of an earlier start is old after a day", () => {
  put({ ...seen, clockQuality: BY_SERVICE });
  assert.equal(knownAt({ ...rebooted(seen), clockQuality: BY_SERVICE, wallMs: seen.wallMs + SOURCE_KEPT_MS }), [true, true]);
  assert.equal(knownAt({ ...rebooted(seen), clockQuality: BY_SERVICE, wallMs: seen.wallMs + SOURCE_KEPT_MS + 1 }), [false, false]);
});

test("a time that nobody vouches for ages nothing", () => {
  put({ ...seen, wallMs: 0, clockQuality: 0 });
  assert.equal(knownAt({ ...rebooted(seen), clockQuality: BY_SERVICE }), [true, true]);
});

test("an event of before a long outage is not taken for the same vehicle, on central's word", () => {
  put(seen);
  assert.equal(knownAt({ ...rebooted(seen), wallMs: seen.wallMs + DAYS_40_MS }), [true, false]);
});

test.run();
