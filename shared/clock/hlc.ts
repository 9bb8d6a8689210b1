import type { Hlc } from "../model/ids.ts";
import { type ClockQuality, TRUSTED_QUALITY } from "./clock.ts";

/**
 * Hybrid logical clock of one actor, for edits only: 48-bit ms | 16-bit counter, as 16 hex digits (text order is time order). An edit
 * made after seeing another one is stamped later than it, whatever the wall clocks say. Ties between actors are broken by rid.
 */

/** How far a stamp may run ahead of trusted time, ms. */
export const HLC_AHEAD_MAX_MS = 5 * 60_000;
/** 2100-01-01. A stamp beyond is a broken clock; following it would leave no room to count on. */
export const HLC_MS_MAX = 4_102_444_800_000;
const COUNTER_MAX = 0xffff;

export const HLC_ZERO = "0000000000000000" as Hlc;

/** 16 hex digits to a stamp, lower case; null for anything else. */
export function parseHlc(text: unknown): Hlc | null {
  return typeof text === "string" && /^[0-9a-f]{16}$/i.test(text) ? (text.toLowerCase() as Hlc) : null;
}

/** A stamp from its parts; ms is cut to 0..2^48-1, a counter outside 0..65535 throws. */
export function makeHlc(ms: number, counter: number): Hlc {
  if (!Number.isInteger(counter) || counter < 0 || counter > COUNTER_MAX) throw new Error("an HLC counter has 16 bits");
  const whole = Math.min(Math.max(0, Math.floor(ms)), 0xffffffffffff);
  return (whole.toString(16).padStart(12, "0") + counter.toString(16).padStart(4, "0")) as Hlc;
}

/** The stamp's milliseconds UTC. */
export function hlcMs(hlc: Hlc): number {
  return Number.parseInt(hlc.slice(0, 12), 16);
}

export function hlcCounter(hlc: Hlc): number {
  return Number.parseInt(hlc.slice(12), 16);
}

/** The next stamp of this actor: strictly after `last`, at the wall clock where that is later. */
export function tickHlc(last: Hlc, wallMs: number): Hlc {
  const wall = makeHlc(Math.min(wallMs, HLC_MS_MAX), 0);
  return wall > last ? wall : successor(last);
}

/**
 * This actor has seen `seen`: the stamp to keep, so that its next edit is later. With a trusted clock a stamp from the future moves us
 * to 5 minutes ahead at most; without one, to 2100 at most. Never goes back.
 */
export function receiveHlc(last: Hlc, seen: Hlc, wallMs: number, quality: ClockQuality): Hlc {
  const limitMs = quality >= TRUSTED_QUALITY ? wallMs + HLC_AHEAD_MAX_MS : HLC_MS_MAX;
  const followed = minHlc(seen, makeHlc(Math.min(limitMs, HLC_MS_MAX), 0));
  return followed > last ? followed : last;
}

/** What decides between edits: min(stamp, receipt at central + 5 minutes), so that a bad clock can neither be refused nor win for years. */
export function effectiveHlc(hlc: Hlc, receiptMs: number): Hlc {
  return minHlc(hlc, makeHlc(receiptMs + HLC_AHEAD_MAX_MS, 0));
}

function minHlc(a: Hlc, b: Hlc): Hlc {
  return a < b ? a : b;
}

function successor(hlc: Hlc): Hlc {
  const counter = hlcCounter(hlc);
  if (counter < COUNTER_MAX) return makeHlc(hlcMs(hlc), counter + 1);
  const next = makeHlc(hlcMs(hlc) + 1, 0);
  if (next <= hlc) throw new Error("the HLC has no later stamp");
  return next;
}
