/** How a camera at a site writes its clock: ISO with offset, vendor's digit forms, and the text burnt into pictures. */
interface LocalTime {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly weekday: string;
  readonly hour: string;
  readonly minute: string;
  readonly second: string;
  readonly milli: string;
  /** "+05:30", "-04:00". */
  readonly offset: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localTime(atMs: number, zone: string): LocalTime {
  let format = formats.get(zone);
  if (format === undefined) {
    const two = "2-digit";
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      year: "numeric",
      month: two,
      day: two,
      weekday: "short",
      hour: two,
      minute: two,
      second: two,
      hourCycle: "h23",
      timeZoneName: "longOffset",
    });
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(atMs).map((part) => [part.type, part.value]));
  const offset = (parts.timeZoneName ?? "GMT").replace("GMT", "") || "+00:00";
  const of = (name: string): string => parts[name] ?? "";
  const milli = String(((Math.floor(atMs) % 1000) + 1000) % 1000).padStart(3, "0");
  return {
    year: of("year"),
    month: of("month"),
    day: of("day"),
    weekday: of("weekday"),
    hour: of("hour"),
    minute: of("minute"),
    second: of("second"),
    milli,
    offset,
  };
}

/** `2026-05-07T17:48:03.847-05:00`, or without the milliseconds as some firmware writes it. */
export function isoLocal(atMs: number, zone: string, precision: "ms" | "s"): string {
  const t = localTime(atMs, zone);
  return `${t.year}-${t.month}-${t.day}T${t.hour}:${t.minute}:${t.second}${precision === "ms" ? `.${t.milli}` : ""}${t.offset}`;
}

/** `20260424T161627-0500`, the plate list's capture time. */
export function basicLocal(atMs: number, zone: string): string {
  const t = localTime(atMs, zone);
  return `${t.year}${t.month}${t.day}T${t.hour}${t.minute}${t.second}${t.offset.replace(":", "")}`;
}

/** `20260507174803847`: 17 digits of local time, the vendor's absTime and the head of its picture names. */
export function absTime(atMs: number, zone: string): string {
  const t = localTime(atMs, zone);
  return `${t.year}${t.month}${t.day}${t.hour}${t.minute}${t.second}${t.milli}`;
}

/** The text a camera burns into its picture: `11-22-2026 Sun 14:52:07`. */
export function burntClock(atMs: number, zone: string): string {
  const t = localTime(atMs, zone);
  return `${t.month}-${t.day}-${t.year} ${t.weekday} ${t.hour}:${t.minute}:${t.second}`;
}

/** Hour of the day at the site, 0-23. */
export function localHour(atMs: number, zone: string): number {
  return Number(localTime(atMs, zone).hour);
}

/** The vendor's zone text has an inverted sign and fixed letters: UTC-5 is `CST+5:00:00`. */
export function vendorZone(atMs: number, zone: string): string {
  const { offset } = localTime(atMs, zone);
  const sign = offset.startsWith("-") ? "+" : "-";
  return `CST${sign}${Number(offset.slice(1, 3))}:${offset.slice(4, 6)}:00`;
}
