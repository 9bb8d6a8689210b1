/** Why a plate matched, in words a volunteer can check against the picture. */
import type { Explanation } from "../../shared/model/alert.ts";

/** One or two sentences; every differing character is named with its partner and place. */
export function explanationWords(explanation: Explanation): string {
  const { kind, plate, pattern, differences } = explanation;
  if (kind === "exact") return `Every character matches ${pattern}.`;
  if (kind === "wildcard") return `${plate} fits the pattern ${pattern}. Nothing else was compared.`;
  const parts = differences.map((one) => `${one.read} was read where the entry has ${one.wanted} (${ordinal(one.at + 1)} character)`);
  const same = plate.length - differences.length;
  return `Entry ${pattern}, read as ${plate}: ${joinWords(parts)}. The other ${same} match.`;
}

/** A few words for a row: "exact", "8 for B", "fits A8C*". */
export function explanationShort(explanation: Explanation): string {
  if (explanation.kind === "exact") return "exact";
  if (explanation.kind === "wildcard") return `fits ${explanation.pattern}`;
  return explanation.differences.map((one) => `${one.read} for ${one.wanted}`).join(", ");
}

function joinWords(parts: readonly string[]): string {
  if (parts.length <= 1) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

function ordinal(n: number): string {
  const tail = n % 100 >= 11 && n % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return `${n}${tail}`;
}
