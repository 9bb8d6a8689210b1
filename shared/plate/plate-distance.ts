import { confusionOfCodes } from "./confusable-glyphs.ts";

/**
 * How far two reads of what may be one plate lie apart: the cheapest series of edits, where taking a character for one that looks like
 * it costs less than any other edit. Serves passes ("near-equal": at most 1) and the ranking of fuzzy search; never raises an alert.
 */
export const STRONG_SUBSTITUTION = 0.5;
export const WEAK_SUBSTITUTION = 0.7;
export const OTHER_EDIT = 1;

// Counted in tenths: 0.7 + 0.3 is not 1 in floating point, and a pass is decided at exactly 1.
const TENTHS = 10;
const COST = { same: 0, strong: STRONG_SUBSTITUTION * TENTHS, weak: WEAK_SUBSTITUTION * TENTHS, none: OTHER_EDIT * TENTHS } as const;
const INSERTION = OTHER_EDIT * TENTHS;
const FAR = 0x7fff;

/**
 * Weighted edit distance, or Infinity when it is over `boundMax` (then the work stops early). Only the diagonals that can stay within
 * the bound are computed.
 */
export function plateDistance(a: string, b: string, boundMax: number): number {
  if (a === b) return 0;
  const bound = Math.round(boundMax * TENTHS);
  const band = Math.floor(bound / INSERTION);
  if (Math.abs(a.length - b.length) > band) return Number.POSITIVE_INFINITY;
  let row = Int16Array.from({ length: b.length + 1 }, (_, column) => (column <= band ? column * INSERTION : FAR));
  for (let inA = 1; inA <= a.length; inA++) {
    const next = nextRow(row, a.charCodeAt(inA - 1), b, inA, band);
    if (smallest(next) > bound) return Number.POSITIVE_INFINITY;
    row = next;
  }
  const total = row[b.length]!;
  return total <= bound ? total / TENTHS : Number.POSITIVE_INFINITY;
}

function nextRow(row: Int16Array, code: number, b: string, inA: number, band: number): Int16Array<ArrayBuffer> {
  const next = new Int16Array(b.length + 1).fill(FAR);
  if (inA <= band) next[0] = inA * INSERTION;
  const last = Math.min(b.length, inA + band);
  for (let inB = Math.max(1, inA - band); inB <= last; inB++) {
    const substituted = row[inB - 1]! + COST[confusionOfCodes(code, b.charCodeAt(inB - 1))];
    next[inB] = Math.min(substituted, row[inB]! + INSERTION, next[inB - 1]! + INSERTION, FAR);
  }
  return next;
}

function smallest(row: Int16Array): number {
  let least = FAR;
  for (const cost of row) if (cost < least) least = cost;
  return least;
}
