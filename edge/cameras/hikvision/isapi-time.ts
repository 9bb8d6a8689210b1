import { wallTimeToUtcMs } from "../zone-offset.ts";

/** A camera's clock reading as an instant, with the offset it stated (null: none, the site's zone was assumed). */
export interface CameraTime {
  readonly utcMs: number;
  readonly offsetMinutes: number | null;
}

const OFFSET_MINUTES_MAX = 14 * 60;
// 2026-05-07T17:48:03.847-05:00, 20260424T161627-0500, 20260424161627123: separators are optional, so is the offset.
const FORM = /^(\d{4})[-/.]?(\d\d)[-/.]?(\d\d)[T ]?(\d\d):?(\d\d):?(\d\d)(?:[.,]?(\d{1,9}))?\s*(Z|[+-]\d{1,2}:?\d\d)?$/i;
// 20200424T1616270000: basic form whose offset has lost its sign.
const SIGN_LOST = /^(\d{8}T\d{6})(\d{4})$/;

/**
 * Any of the forms that firmware writes; null for everything else. A time without offset is the site's wall time. Years are not judged:
 * a camera in 1970 or 2036 has seen a vehicle all the same, and the record keeps both clocks.
 */
export function parseCameraTime(text: string, timeZone: string): CameraTime | null {
  const lost = SIGN_LOST.exec(text.trim());
  // +00:00 survives the loss of its sign; any other offset could be either way, so the site's zone is the better guess.
  if (lost !== null) return parseCameraTime(lost[2] === "0000" ? `${lost[1]}Z` : lost[1]!, timeZone);
  const found = FORM.exec(text.trim());
  if (found === null) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const ms = found[7] === undefined ? 0 : Math.floor(Number(`0.${found[7]}`) * 1000);
  const wallMs = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  const back = new Date(wallMs);
  // 31 February or hour 25 would roll over into another day: malformed.
  const same =
    back.getUTCMonth() === month - 1 && back.getUTCDate() === day && back.getUTCHours() === hour && back.getUTCMinutes() === minute;
  if (year < 1970 || !same || second > 60) return null;
  const offsetMinutes = found[8] === undefined ? null : parseOffset(found[8]);
  if (found[8] !== undefined && offsetMinutes === null) return null;
  const utcMs = offsetMinutes === null ? wallTimeToUtcMs(timeZone, wallMs) : wallMs - offsetMinutes * 60_000;
  // Before the epoch there is no time that a record could hold (a factory clock east of Greenwich).
  return utcMs < 0 ? null : { utcMs, offsetMinutes };
}

/** Z, +05:30, -0500, -500; minutes east of UTC. */
function parseOffset(text: string): number | null {
  if (text.toUpperCase() === "Z") return 0;
  const digits = text.slice(1).replace(":", "");
  const minutes = Number(digits.slice(-2)) + Number(digits.slice(0, -2)) * 60;
  if (minutes > OFFSET_MINUTES_MAX || Number(digits.slice(-2)) > 59) return null;
  return text.startsWith("-") ? -minutes || 0 : minutes;
}

/**
 * POSIX zone of `System/time`, whose sign is the other way round: `CST-8:00:00` is UTC+8. Minutes east of UTC, summer time not
 * regarded; null when it is none.
 */
export function parsePosixZone(text: string): number | null {
  const found = /^[A-Za-z]{3,}([+-]?)(\d{1,2})(?::(\d\d))?(?::\d\d)?/.exec(text.trim());
  if (found === null) return null;
  const minutes = Number(found[2]) * 60 + Number(found[3] ?? 0);
  if (minutes > OFFSET_MINUTES_MAX) return null;
  return found[1] === "-" ? minutes : -minutes || 0;
}
