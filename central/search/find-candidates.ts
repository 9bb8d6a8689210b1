import type { SearchMatch } from "../../shared/api/central-api.ts";
import { confusableDifferences } from "../../shared/match/match-plate.ts";
import { foldPlate, WEAK_PAIRS } from "../../shared/plate/confusable-glyphs.ts";
import { normalisePlate } from "../../shared/plate/normalise-plate.ts";
import { plateDistance } from "../../shared/plate/plate-distance.ts";
import { parsePattern } from "../../shared/plate/plate-pattern.ts";
import type { Tx } from "../db/open-db.ts";
import type { Refusal } from "../http/refusal.ts";
import { CANDIDATES_MAX, platesByFold, platesLike, platesSimilar } from "./plate-candidate-rows.ts";

export interface Candidate {
  readonly plate: string;
  /** 0: the plate itself. Results are ranked by it only for fuzzy. */
  readonly distance: number;
}

export interface Candidates {
  readonly kind: "candidates";
  /** What was asked for, in its canonical form. */
  readonly asked: string;
  readonly plates: readonly Candidate[];
  /** The dictionary holds more plates that fit than are followed. */
  readonly more: boolean;
}

/** A threshold of 0.5 loses 86 % of single-character misreads; short plates have few trigrams. */
const THRESHOLD = 0.4;
const THRESHOLD_SHORT = 0.3;
const SHORT_CHARACTERS_MAX = 5;
/** Fuzzy: farther than this is another plate; more than these are noise. */
const DISTANCE_MAX = 3;
const FUZZY_MAX = 50;
/** Characters of a weak pair (7/1, 4/A) that may be read as the other at once. */
const WEAK_SWAPS_MAX = 2;

/** The plates of the dictionary that a question means. The big table is never asked this. */
export async function findCandidates(tx: Tx, text: string, match: SearchMatch): Promise<Candidates | Refusal> {
  if (match === "wildcard") return byWildcard(tx, text);
  const asked = normalisePlate(text);
  if (asked === null) return { kind: "invalid", message: "This is not a plate: 1 to 12 letters and digits." };
  if (match === "exact") return { kind: "candidates", asked, plates: [{ plate: asked, distance: 0 }], more: false };
  const confusable = await platesByFold(tx, foldsOf(asked));
  if (match === "confusable") {
    const plates = confusable.filter((plate) => confusableDifferences(asked, plate) !== Number.POSITIVE_INFINITY);
    return {
      kind: "candidates",
      asked,
      plates: plates.map((plate) => ({ plate, distance: 0 })),
      more: confusable.length === CANDIDATES_MAX,
    };
  }
  const similar = await platesSimilar(tx, asked, asked.length <= SHORT_CHARACTERS_MAX ? THRESHOLD_SHORT : THRESHOLD);
  const ranked = [...new Set([...confusable, ...similar])]
    .map((plate) => ({ plate, distance: plateDistance(asked, plate, DISTANCE_MAX) }))
    .filter((candidate) => candidate.distance <= DISTANCE_MAX)
    .sort((a, b) => a.distance - b.distance || (a.plate < b.plate ? -1 : 1));
  return { kind: "candidates", asked, plates: ranked.slice(0, FUZZY_MAX), more: ranked.length > FUZZY_MAX };
}

async function byWildcard(tx: Tx, text: string): Promise<Candidates | Refusal> {
  const pattern = parsePattern(text);
  if (pattern.kind === "refused") {
    return {
      kind: "invalid",
      message: pattern.why === "too-open" ? "Give at least 2 characters besides * and ?." : "This is not a plate or a pattern of one.",
    };
  }
  // Canonical patterns hold A-Z0-9, * and ? only: nothing to escape.
  const plates = await platesLike(tx, pattern.text.replaceAll("?", "_").replaceAll("*", "%"));
  const followed = plates.slice(0, CANDIDATES_MAX).map((plate) => ({ plate, distance: 0 }));
  return { kind: "candidates", asked: pattern.text, plates: followed, more: plates.length > CANDIDATES_MAX };
}

/** The folded forms of a plate and of its readings with up to 2 characters of weak pairs (7/1, 4/A) swapped: at most 79. */
export function foldsOf(plate: string): string[] {
  const other = new Map(WEAK_PAIRS.flatMap(([a, b]) => [[a!, b!] as const, [b!, a!] as const]));
  let readings = new Set([plate]);
  for (let swaps = 0; swaps < WEAK_SWAPS_MAX; swaps++) {
    const next = new Set(readings);
    for (const reading of readings) {
      for (let at = 0; at < reading.length; at++) {
        const swapped = other.get(reading[at]!);
        if (swapped !== undefined && reading[at] === plate[at]) next.add(reading.slice(0, at) + swapped + reading.slice(at + 1));
      }
    }
    readings = next;
  }
  return [...new Set([...readings].map(foldPlate))];
}
