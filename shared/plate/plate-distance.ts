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
 * Two rows that every call uses again: a busy site compares a car with dozens of open passes, and rows made for each character of each
 * were a fifth of what appending a detection costs. They grow with the longest read ever seen.
 */
let before = new Int16Array(32);
let row = new Int16Array(32);

/**
 * Weighted edit distance, or Infinity when it is over `boundMax` (then the work stops early). Only the diagonals that can stay within
 * the bound are computed.
 */
export function plateDistance(a: string, b: string, boundMax: number): number {
  if (a === b) return 0;
  const bound = Math.round(boundMax * TENTHS);
  const band = Math.floor(bound / INSERTION);
  if (Math.abs(a.length - b.length) > band) return Number.POSITIVE_INFINITY;
  if (row.length <= b.length) [before, row] = [new Int16Array(b.length + 1), new Int16Array(b.length + 1)];
  for (let column = 0; column <= b.length; column++) row[column] = column <= band ? column * INSERTION : FAR;
  for (let inA = 1; inA <= a.length; inA++) {
    [before, row] = [row, before];
    if (fillRow(a.charCodeAt(inA - 1), b, inA, band) > bound) return Number.POSITIVE_INFINITY;
  }
  const total = row[b.length]!;
  return total <= bound ? total / TENTHS : Number.POSITIVE_INFINITY;
}

/** Computes `row` from `before`; answers the least of it. Beside the band stands one FAR each, which is as far as the next row looks. */
function fillRow(code: number, b: string, inA: number, band: number): number {
  const first = Math.max(1, inA - band);
  const last = Math.min(b.length, inA + band);
  row[first - 1] = first === 1 && inA <= band ? inA * INSERTION : FAR;
  let least = row[first - 1]!;
  for (let inB = first; inB <= last; inB++) {
    const substituted = before[inB - 1]! + COST[confusionOfCodes(code, b.charCodeAt(inB - 1))];
    const cost = Math.min(substituted, before[inB]! + INSERTION, row[inB - 1]! + INSERTION, FAR);
    row[inB] = cost;
    if (cost < least) least = cost;
  }
  if (last < b.length) row[last + 1] = FAR;
  return least;
}
