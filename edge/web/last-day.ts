import type { CameraId } from "../../shared/model/ids.ts";
import type { MinuteCount } from "../log/detection-rows.ts";

/** Detections of a camera per hour of the last day, oldest first; the newest hour ends with the minute that runs. */
export type LastDay = (camera: CameraId, nowMs: number) => readonly number[];

export interface CountedDetections {
  /** Minutes since 1970, `to` exclusive. */
  readonly perMinute: (camera: CameraId, from: number, to: number) => readonly MinuteCount[];
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
/** The page asks each second. */
const KEPT_MS = 30_000;

interface Counted {
  readonly atMs: number;
  readonly minutes: Map<number, number>;
  readonly hours: readonly number[];
}

/**
 * Counts a day once and from then on only what has come since: a busy day is 288,000 rows, which are a tenth of a second in which no camera
 * is read. Detections are stored under the time of their receipt, so only the minutes since the last look can have changed; a clock that
 * was set back, or forward by a day, is counted anew.
 */
export function makeLastDay(detections: CountedDetections): LastDay {
  const held = new Map<CameraId, Counted>();
  return (camera, nowMs) => {
    const known = held.get(camera);
    if (known !== undefined && Math.abs(nowMs - known.atMs) < KEPT_MS) return known.hours;
    const counted = countTo(detections, camera, nowMs, known);
    held.set(camera, counted);
    return counted.hours;
  };
}

function countTo(detections: CountedDetections, camera: CameraId, nowMs: number, known: Counted | undefined): Counted {
  const end = Math.floor(nowMs / MINUTE_MS) + 1;
  const oldest = end - DAY_MINUTES;
  const isOn = known !== undefined && nowMs >= known.atMs && Math.floor(known.atMs / MINUTE_MS) >= oldest;
  const minutes = isOn ? known.minutes : new Map<number, number>();
  const from = isOn ? Math.floor(known.atMs / MINUTE_MS) : oldest;
  for (const { minute, count } of detections.perMinute(camera, from, end)) minutes.set(minute, count);
  const hours = new Array<number>(24).fill(0);
  for (const [minute, count] of minutes) {
    if (minute < oldest) minutes.delete(minute);
    else hours[Math.floor((minute - oldest) / 60)]! += count;
  }
  return { atMs: nowMs, minutes, hours };
}
