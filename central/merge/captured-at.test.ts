import { test } from "uvu";
import * as assert from "uvu/assert";
import type { BootId } from "../../shared/model/ids.ts";
import { capturedAtMs } from "./captured-at.ts";

const received = Date.UTC(2026, 10, 22, 12);
const boot = "0011223344556677" as BootId;
const moment = (more = {}) => ({ boot, monoMs: 60_000, wallMs: received - 1_000, clockQuality: 3, ...more });

test("a trusted wall clock is believed, an untrusted one is not", () => {
  assert.is(capturedAtMs(moment(), [], received), received - 1_000);
  assert.is(capturedAtMs(moment({ clockQuality: 1, wallMs: 0 }), [], received), received);
});

test("the sharpest clock-fix of that very boot decides", () => {
  const fixes = [
    { boot, utcMinusMonoMs: received - 100_000, uncertaintyMs: 500, monoMs: null, source: "heartbeat" },
    { boot, utcMinusMonoMs: received - 90_000, uncertaintyMs: 20, monoMs: null, source: "ntp" },
    { boot: "ffffffffffffffff" as BootId, utcMinusMonoMs: 0, uncertaintyMs: 1, monoMs: null, source: "ntp" },
  ];
  assert.is(capturedAtMs(moment(), fixes, received), received - 30_000);
});

test("no time lies beyond receipt + 5 minutes or before the oldest month", () => {
  assert.is(capturedAtMs(moment({ wallMs: Date.UTC(2036, 0, 1) }), [], received), received + 300_000);
  assert.is(capturedAtMs(moment({ wallMs: 0 }), [], received), Date.UTC(2024, 10, 1));
});

test.run();
