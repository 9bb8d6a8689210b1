/**
 * A token bucket that answers a full house with a slot: when a herd comes at once, each caller is told its own time to come back, so that
 * the herd returns as a line. It holds three numbers and knows no caller, so a refusal costs nothing.
 */
export interface AdmissionLimits {
  /** Callers let in a second, above 0. */
  readonly perSecond: number;
  /** Callers let in at once after a quiet time, at least 1. */
  readonly burst: number;
}

export interface Admission {
  readonly limits: AdmissionLimits;
  tokens: number;
  filledMs: number;
  /** The last slot that was given away. */
  slotMs: number;
}

export type Admitted = { readonly kind: "in" } | { readonly kind: "later"; readonly retryAfterMs: number };

/** Slots take only this share of the rate: the rest is for those who come for the first time, so that a slot is seldom missed. */
export const SLOT_SHARE = 0.8;
/** No slot lies further away; beyond it callers are spread by chance over the second half. */
export const SLOT_MAX_MS = 5 * 60_000;

export function newAdmission(limits: AdmissionLimits, nowMs: number): Admission {
  if (!(limits.perSecond > 0) || !(limits.burst >= 1)) throw new Error("admission: a rate above 0 and a burst of at least 1");
  return { limits, tokens: limits.burst, filledMs: nowMs, slotMs: nowMs };
}

/** Lets one caller in or names its slot. `nowMs` only runs forward; `random`: 0 <= n < 1. */
export function admit(state: Admission, nowMs: number, random: () => number): Admitted {
  const { perSecond, burst } = state.limits;
  state.tokens = Math.min(burst, state.tokens + (Math.max(0, nowMs - state.filledMs) * perSecond) / 1_000);
  state.filledMs = Math.max(state.filledMs, nowMs);
  if (state.tokens >= 1) {
    state.tokens -= 1;
    return { kind: "in" };
  }
  const slotMs = Math.max(state.slotMs, nowMs) + 1_000 / (perSecond * SLOT_SHARE);
  if (slotMs - nowMs > SLOT_MAX_MS) return { kind: "later", retryAfterMs: Math.round(SLOT_MAX_MS * (0.5 + random() / 2)) };
  state.slotMs = slotMs;
  return { kind: "later", retryAfterMs: Math.max(1, Math.round(slotMs - nowMs)) };
}
