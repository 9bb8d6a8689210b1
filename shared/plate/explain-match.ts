import type { CharacterDifference, Explanation, MatchKind } from "../model/alert.ts";

/**
 * Why a plate matched a pattern, in the form that people see. An alert is a lead: the page shows each differing character, so that the
 * person who compares it with the picture knows where to look. A wildcard has no differences: its fixed characters are all equal.
 */
export function explainMatch(kind: MatchKind, plate: string, pattern: string): Explanation {
  return { kind, plate, pattern, differences: kind === "confusable" ? differencesOf(plate, pattern) : [] };
}

/** Positions where two texts of the same length differ; throws on different lengths (a confusable match never has them). */
export function differencesOf(plate: string, wanted: string): CharacterDifference[] {
  if (plate.length !== wanted.length) throw new Error("differences are named only between plates of one length");
  const differences: CharacterDifference[] = [];
  for (let at = 0; at < plate.length; at++) {
    if (plate[at] !== wanted[at]) differences.push({ at, read: plate[at]!, wanted: wanted[at]! });
  }
  return differences;
}
