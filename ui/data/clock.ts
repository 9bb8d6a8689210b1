/** The page's only clock: relative times redraw when it ticks, so one timer serves every row. */
import { signal } from "@preact/signals";

const TICK_MS = 10_000;
export const nowMs = signal(Date.now());

/** Starts the ticking; the returned function stops it. */
export function startClock(): () => void {
  const tick = () => {
    nowMs.value = Date.now();
  };
  const timer = setInterval(tick, TICK_MS);
  document.addEventListener("visibilitychange", tick);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", tick);
  };
}
