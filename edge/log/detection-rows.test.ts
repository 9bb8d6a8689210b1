import Database from "better-sqlite3";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { BootId, CameraId, Rid } from "../../shared/model/ids.ts";
import { prepareDetectionRows } from "./detection-rows.ts";
import { migrate } from "./schema.ts";

const CAMERA = "cam" as CameraId;
const NOW_MS = 1_795_363_200_000;
const HOUR_MS = 3_600_000;

test("a day is counted by minutes; other cameras and what lies outside are left out", () => {
  const db = new Database(":memory:");
  migrate(db);
  const rows = prepareDetectionRows(db);
  const put = (name: string, agoMs: number, camera = CAMERA) =>
    rows.insert({
      rid: name as Rid,
      log: 1,
      seq: 1,
      pass: name as Rid,
      camera,
      plate: null,
      boot: "b" as BootId,
      monoMs: 1,
      wallMs: NOW_MS - agoMs,
      test: false,
    });
  put("a", 1);
  put("b", 1_777);
  put("c", HOUR_MS + 1);
  put("d", 24 * HOUR_MS - 1);
  put("old", 24 * HOUR_MS + 1);
  put("other", 5, "other" as CameraId);
  const now = NOW_MS / 60_000;
  const counts = rows.perMinute(CAMERA, now - 24 * 60, now);
  db.close();
  assert.equal(
    counts.map(({ minute, count }) => [minute - now, count]),
    [
      [-24 * 60, 1],
      [-61, 1],
      [-1, 2],
    ],
  );
});

test.run();
