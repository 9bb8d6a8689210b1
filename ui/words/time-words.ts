/** Times for people: how long ago, and the exact moment in the site's zone with its abbreviation. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "just now", "4 min ago", "3 h ago", "2 days ago"; a moment ahead (an expiry, a wrong clock) is "in 5 days". Both in ms UTC. */
export function relativeTime(atMs: number, nowMs: number): string {
  const span = nowMs - atMs;
  if (Math.abs(span) < 45_000) return "just now";
  const words = spanWords(Math.abs(span));
  return span > 0 ? `${words} ago` : `in ${words}`;
}

/** A length of time in its largest fitting unit: "40 s", "12 min", "3 h", "2 days". */
export function spanWords(ms: number): string {
  if (ms < MINUTE) return `${Math.max(0, Math.round(ms / 1000))} s`;
  if (ms < HOUR) return `${Math.round(ms / MINUTE)} min`;
  if (ms < 36 * HOUR) return `${Math.round(ms / HOUR)} h`;
  const days = Math.round(ms / DAY);
  return days === 1 ? "1 day" : `${days} days`;
}

const formats = new Map<string, Intl.DateTimeFormat>();
function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone}|${JSON.stringify(options)}`;
  let made = formats.get(key);
  if (made === undefined) {
    try {
      made = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", ...options });
    } catch {
      // A zone this browser does not know must not blank the page; UTC is named as such.
      made = new Intl.DateTimeFormat("en-US", { timeZone: "UTC", hourCycle: "h23", ...options });
    }
    formats.set(key, made);
  }
  return made;
}

/** "Sat, Nov 22, 2026, 02:10:41 EST": the moment at the site. */
export function absoluteTime(atMs: number, zone: string): string {
  return format(zone, {
    weekday: "short",
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  }).format(atMs);
}

/** "02:10:41 EST", for rows where the day is clear. */
export function clockTime(atMs: number, zone: string): string {
  return format(zone, { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" }).format(atMs);
}

/** From here on a time is said to be about right, and by the minute. */
const ABOUT_FROM_MS = 30_000;

/** When a car passed, as sure as it is known. */
export type PassedWords =
  | { readonly kind: "known"; readonly explained: null }
  /** `text` instead of the exact time. */
  | { readonly kind: "about" | "unknown"; readonly text: string; readonly explained: string };

/** A time that is off by seconds is a time; by minutes it is "about"; when nobody can say, the moment of receipt is all there is. */
export function passedWords(atMs: number, uncertaintyMs: number | null, receivedMs: number, zone: string): PassedWords {
  if (uncertaintyMs === null) {
    const text = `time unknown, received ${minuteTime(receivedMs, zone)}`;
    const explained =
      "The site's machine did not know the time when this car passed. It is dated as soon as the machine does; the order is right already.";
    return { kind: "unknown", text, explained };
  }
  if (uncertaintyMs < ABOUT_FROM_MS) return { kind: "known", explained: null };
  const off = spanWords(uncertaintyMs);
  const explained = `The site's machine had no exact time when this car passed. It was worked out later and may be off by ${off} either way.`;
  return { kind: "about", text: `about ${minuteTime(atMs, zone)}, ± ${off}`, explained };
}

/** "14:03 EST". */
function minuteTime(atMs: number, zone: string): string {
  return format(zone, { hour: "2-digit", minute: "2-digit", timeZoneName: "short" }).format(atMs);
}

/** "Nov 22, 02:10 EST": short, with the day. */
export function dayTime(atMs: number, zone: string): string {
  return format(zone, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" }).format(atMs);
}
