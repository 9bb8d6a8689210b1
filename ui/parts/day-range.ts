/** Days as a chart needs them: no gaps, and from a place under the pointer to the day it stands for. */
const DAY_MS = 86_400_000;

/** Every day from the first to the last that is named (YYYY-MM-DD), at least `least` ending with the last; missing days count 0. */
export function fillDays(days: readonly (readonly [string, number])[], least: number, today: string): [string, number][] {
  const known = new Map(days);
  const names = [...known.keys(), today].sort();
  const last = Date.parse(names.at(-1)!);
  const first = Math.min(Date.parse(names[0]!), last - (least - 1) * DAY_MS);
  const filled: [string, number][] = [];
  for (let at = first; at <= last; at += DAY_MS) {
    const name = new Date(at).toISOString().slice(0, 10);
    filled.push([name, known.get(name) ?? 0]);
  }
  return filled;
}

/** Index of the day under `x` of a chart `width` wide with `count` days; outside counts as the nearest. */
export function dayAt(x: number, width: number, count: number): number {
  return Math.max(0, Math.min(count - 1, Math.floor((x / width) * count)));
}
