/** What a person may type as a plate or pattern, cleaned as the programs clean it: A-Z0-9, ? for one character, * for any number. */
export type PatternInput =
  | { readonly kind: "pattern"; readonly pattern: string }
  | { readonly kind: "empty" }
  | { readonly kind: "too-wide" };

const PATTERN_MAX = 12;
/** Fewer fixed characters than this would fit half the town; the programs refuse it too. */
const FIXED_MIN = 3;

export function readPatternInput(text: string): PatternInput {
  const pattern = text
    .toUpperCase()
    .replace(/[^A-Z0-9?*]/g, "")
    .replace(/\*+/g, "*")
    .slice(0, PATTERN_MAX);
  if (pattern === "") return { kind: "empty" };
  const wild = /[?*]/.test(pattern);
  if (wild && pattern.replace(/[?*]/g, "").length < FIXED_MIN) return { kind: "too-wide" };
  return { kind: "pattern", pattern };
}
