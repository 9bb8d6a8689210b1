import { isNoPlate, latinUpper, PLATE_CHARACTERS_MAX } from "./normalise-plate.ts";

/**
 * What a watchlist entry names: a plate, or a pattern where `?` is exactly one character and `*` any run, the empty one included.
 * Patterns are kept in one canonical form (`**` is `*`, `*?` is `?*`), so equal patterns are equal texts.
 */
export type PlatePattern =
  | { readonly kind: "plate"; readonly text: string }
  | { readonly kind: "wildcard"; readonly text: string; readonly fixed: number; readonly lengthMin: number };

export type PatternRefusal = { readonly kind: "refused"; readonly why: "empty" | "not-a-plate" | "too-long" | "too-open" };

/** A wildcard with fewer fixed characters would ring for a large share of all traffic. */
export const PATTERN_FIXED_MIN = 2;
/** Longest text looked at; also bounds the cost of one comparison to 64 x 12 steps. */
export const PATTERN_TEXT_MAX = 64;

/** A person's text to a pattern. Refuses: nothing legible, a sentinel such as "unknown", over 12 characters, a wildcard with under 2 fixed characters. */
export function parsePattern(text: string): PlatePattern | PatternRefusal {
  if (text.length > PATTERN_TEXT_MAX) return { kind: "refused", why: "too-long" };
  if (isNoPlate(text)) return { kind: "refused", why: "not-a-plate" };
  const canonical = canonicalRuns(latinUpper(text).replace(/[^A-Z0-9*?]/g, ""));
  const fixed = canonical.replace(/[*?]/g, "").length;
  const lengthMin = canonical.replaceAll("*", "").length;
  if (canonical === "") return { kind: "refused", why: "empty" };
  if (lengthMin > PLATE_CHARACTERS_MAX) return { kind: "refused", why: "too-long" };
  if (!isWildcard(canonical)) return { kind: "plate", text: canonical };
  if (fixed < PATTERN_FIXED_MIN) return { kind: "refused", why: "too-open" };
  return { kind: "wildcard", text: canonical, fixed, lengthMin };
}

export function isWildcard(pattern: string): boolean {
  return pattern.includes("*") || pattern.includes("?");
}

const STAR = 0x2a;
const QUESTION = 0x3f;

/**
 * Does the plate fit the pattern? On a mismatch only the newest `*` is stretched: an earlier one never needs to be, so the cost is at
 * most pattern x plate steps and no pattern can blow it up (no regular expression is made from what people type).
 */
export function matchesPattern(pattern: string, plate: string): boolean {
  let at = 0;
  let inPlate = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (inPlate < plate.length) {
    const wanted = at < pattern.length ? pattern.charCodeAt(at) : -1;
    if (wanted === STAR) {
      starAt = at++;
      resumeAt = inPlate;
    } else if (wanted === QUESTION || wanted === plate.charCodeAt(inPlate)) {
      at++;
      inPlate++;
    } else if (starAt >= 0) {
      at = starAt + 1;
      inPlate = ++resumeAt;
    } else {
      return false;
    }
  }
  while (at < pattern.length && pattern.charCodeAt(at) === STAR) at++;
  return at === pattern.length;
}

/** Each run of wildcards as its `?`s followed by one `*` if it had any. */
function canonicalRuns(text: string): string {
  return text.replace(/[*?]+/g, (run) => run.replaceAll("*", "") + (run.includes("*") ? "*" : ""));
}
