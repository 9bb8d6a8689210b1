/** Why what was typed is not a plate or pattern; the rule itself is the shared one, so page and programs agree. */
import { type PatternRefusal, parsePattern } from "../../shared/plate/plate-pattern.ts";

const WORDS: Readonly<Record<PatternRefusal["why"], string>> = {
  empty: "Type a plate: letters and digits, ? for one character, * for any number.",
  "not-a-plate": "That is a word for no plate. Type letters and digits.",
  "too-long": "A plate has at most 12 characters.",
  "too-open": "This pattern fits too many cars. Give at least 2 letters or digits.",
};

/** The canonical pattern of what a person typed, or the words that say what is wrong with it. */
export function readPattern(
  text: string,
): { readonly ok: true; readonly pattern: string } | { readonly ok: false; readonly words: string } {
  const parsed = parsePattern(text);
  return parsed.kind === "refused" ? { ok: false, words: WORDS[parsed.why] } : { ok: true, pattern: parsed.text };
}
