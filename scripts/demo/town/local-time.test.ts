import { test } from "uvu";
import * as assert from "uvu/assert";
import { absTime, basicLocal, burntClock, isoLocal, localHour, vendorZone } from "./local-time.ts";

const zone = "America/New_York";
const winter = Date.parse("2026-11-22T19:52:07.045Z");
const summer = Date.parse("2026-07-04T04:00:00.000Z");

test("a camera writes the site's time with the offset of that day", () => {
  assert.is(isoLocal(winter, zone, "ms"), "2026-11-22T14:52:07.045-05:00");
  assert.is(isoLocal(summer, zone, "s"), "2026-07-04T00:00:00-04:00");
  assert.is(isoLocal(summer, "UTC", "s"), "2026-07-04T04:00:00+00:00");
});

test("the vendor's digit forms carry the same moment", () => {
  assert.is(absTime(winter, zone), "20261122145207045");
  assert.is(basicLocal(winter, zone), "20261122T145207-0500");
  assert.is(burntClock(winter, zone), "11-22-2026 Sun 14:52:07");
  assert.is(localHour(summer, zone), 0);
});

test("the vendor's zone has an inverted sign", () => {
  assert.is(vendorZone(winter, zone), "CST+5:00:00");
  assert.is(vendorZone(winter, "Asia/Kolkata"), "CST-5:30:00");
});

test.run();
