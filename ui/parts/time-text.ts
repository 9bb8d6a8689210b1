/** A moment: relative to read, absolute on hover, in the site's zone. */
import { nowMs } from "../data/clock.ts";
import { html } from "../html.ts";
import { absoluteTime, clockTime, dayTime, relativeTime } from "../words/time-words.ts";

export interface TimeTextProps {
  at: string | null;
  zone: string;
  /** What is shown; the title always has the full moment. */
  show?: "relative" | "clock" | "day" | "absolute" | "both";
  never?: string;
}

export function TimeText({ at, zone, show = "relative", never = "never" }: TimeTextProps) {
  if (at === null) return html`<span>${never}</span>`;
  const atMs = Date.parse(at);
  const full = absoluteTime(atMs, zone);
  if (show === "clock") return html`<time datetime=${at} title=${full}>${clockTime(atMs, zone)}</time>`;
  if (show === "day") return html`<time datetime=${at} title=${full}>${dayTime(atMs, zone)}</time>`;
  if (show === "absolute") return html`<time datetime=${at} title=${full}>${full}</time>`;
  const ago = relativeTime(atMs, nowMs.value);
  return html`<time datetime=${at} title=${full}>${show === "both" ? `${clockTime(atMs, zone)} · ${ago}` : ago}</time>`;
}
