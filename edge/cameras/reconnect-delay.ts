export interface DelayBounds {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Doubling wait before the next try, a quarter up or down by chance so that cameras of one switch do not come back in step. */
export function reconnectDelayMs(failures: number, bounds: DelayBounds, random: () => number): number {
  const doubled = bounds.minMs * 2 ** Math.min(Math.max(failures - 1, 0), 16);
  return Math.round(Math.min(bounds.maxMs, Math.max(bounds.minMs, Math.min(doubled, bounds.maxMs) * (0.75 + random() / 2))));
}
