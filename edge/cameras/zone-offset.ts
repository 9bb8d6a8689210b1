const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone: isZone(timeZone) ? timeZone : "UTC",
    hourCycle: "h23",
    era: "short",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formatters.set(timeZone, made);
  return made;
}

/** A wrong zone costs the right time, never the detection; the configuration refuses it earlier. */
function isZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone }) !== null;
  } catch {
    return false;
  }
}

/** Milliseconds east of UTC that the zone (IANA name) keeps at this instant. */
function offsetMsAt(timeZone: string, utcMs: number): number {
  const part: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatterOf(timeZone).formatToParts(utcMs)) part[type] = Number(value);
  const wall = Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!);
  return wall - Math.floor(utcMs / 1000) * 1000;
}

/**
 * The instant at which clocks of the zone show this wall time (given as if it were UTC, in ms). Where clocks go back the later of both
 * is taken, where they jump forward the time that would have been.
 */
export function wallTimeToUtcMs(timeZone: string, wallMs: number): number {
  const first = wallMs - offsetMsAt(timeZone, wallMs);
  return wallMs - offsetMsAt(timeZone, first);
}
