/**
 * How many bulk bytes (detections, pictures) one connection may have under way: what the way carries in a second, as its answers
 * show, and never less than 4 KiB. So an urgent record never stands behind more than about a second of them, however slow the line.
 *
 * A sample is what was delivered between two answers, over the time between them. Only samples taken while more was waiting may
 * lower the figure: two detections in a quiet night say nothing about the line.
 */
export const BULK_BYTES_MIN = 4 * 1024;
export const BULK_SECONDS = 1;
/** The figure is the best of so many samples: one late answer does not halve it, a line that became slow is known after as many. */
const SAMPLES = 6;
/** A Pi's monotonic clock goes in steps of 10 ms. */
const CLOCK_STEP_MS = 10;

export interface BulkWindow {
  /** Bytes answered so far, and when the last of them were. */
  delivered: number;
  deliveredMs: number;
  /** Bytes a second, the newest last. */
  readonly samples: number[];
}

/** What was known when a piece was sent; kept with it until its answer. */
export interface BulkMark {
  readonly delivered: number;
  readonly sinceMs: number;
  readonly isMoreWaiting: boolean;
}

export function newBulkWindow(): BulkWindow {
  return { delivered: 0, deliveredMs: 0, samples: [] };
}

/** Most bulk bytes under way together. */
export function bulkWindowBytes(window: BulkWindow): number {
  return Math.max(BULK_BYTES_MIN, Math.floor(Math.max(0, ...window.samples) * BULK_SECONDS));
}

/** Before a piece goes. `underWayBytes`: of the pieces before it that have no answer yet. */
export function markPiece(window: BulkWindow, nowMs: number, underWayBytes: number, isMoreWaiting: boolean): BulkMark {
  return { delivered: window.delivered, sinceMs: underWayBytes === 0 ? nowMs : window.deliveredMs, isMoreWaiting };
}

/** The answer to a piece has come. */
export function notePiece(window: BulkWindow, mark: BulkMark, bytes: number, nowMs: number): void {
  window.delivered += bytes;
  window.deliveredMs = nowMs;
  const elapsedMs = Math.max(CLOCK_STEP_MS, nowMs - mark.sinceMs);
  const perSecond = ((window.delivered - mark.delivered) * 1_000) / elapsedMs;
  if (!mark.isMoreWaiting && perSecond <= Math.max(0, ...window.samples)) return;
  window.samples.push(perSecond);
  if (window.samples.length > SAMPLES) window.samples.shift();
}
