import type { Explanation, MatchKind } from "../model/alert.ts";
import type { EntryId, Plate } from "../model/ids.ts";
import type { Entry } from "../model/watchlist.ts";
import { confusionOfCodes } from "../plate/confusable-glyphs.ts";
import { explainMatch } from "../plate/explain-match.ts";
import { DIFFERENCES_MAX, type IndexedEntry, type IndexedList, type PlateIndex } from "./watchlist-index.ts";

/**
 * Which entries a plate concerns, the surest first: exact, then at most as many confusable characters as the list allows, then
 * wildcards. Trigrams and general edit distance have no say here: an alert sends people after a car.
 */
export interface PlateMatch {
  readonly entry: Entry;
  readonly list: IndexedList;
  readonly explanation: Explanation;
}

export interface MatchResult {
  /** Never of trusted lists. At most `MATCHES_MAX`. */
  readonly matches: readonly PlateMatch[];
  /** Confusable and wildcard matches that an exact match with a trusted list kept quiet. */
  readonly silenced: number;
  /** The trusted entries that did so; they are named where the count is shown. */
  readonly trustedBy: readonly EntryId[];
  /** Matches beyond `MATCHES_MAX`, dropped from the end of the order and only counted. */
  readonly dropped: number;
}

/**
 * `held`: every entry held now that has not expired at that moment. For the edge, at once: a Pi whose clock stands in 1970 must still
 * alert. `in-force-then`: it must also have been added by then. For central, that matches a week's backlog.
 */
export type MatchScope = "held" | "in-force-then";

/** One plate alerts for at most so many entries; only a list of overlapping patterns gets there. */
export const MATCHES_MAX = 64;

const ORDER: Readonly<Record<MatchKind, number>> = { exact: 0, confusable: 1, wildcard: 2 };

/** `atMs`: when the car passed, ms UTC. The same index, plate, moment and scope always give the same answer in the same order. */
export function matchPlate(index: PlateIndex, plate: Plate, atMs: number, scope: MatchScope = "held"): MatchResult {
  const found: PlateMatch[] = [];
  const trustedBy: EntryId[] = [];
  const take = (candidate: IndexedEntry, kind: MatchKind): void => {
    if (!counts(candidate.entry, plate, atMs, scope)) return;
    if (candidate.list.list.kind === "trusted") {
      if (kind === "exact") trustedBy.push(candidate.entry.id);
    } else {
      found.push({ ...candidate, explanation: explainMatch(kind, plate, candidate.entry.pattern) });
    }
  };
  index.forEachLookalike(plate, (candidate) => {
    const differences = confusableDifferences(plate, candidate.entry.pattern);
    if (differences === 0) take(candidate, "exact");
    else if (differences <= Math.min(DIFFERENCES_MAX, candidate.list.list.differencesMax)) take(candidate, "confusable");
  });
  index.forEachWildcard(plate, (candidate) => take(candidate, "wildcard"));
  return trustedBy.length > 0 ? silence(found, trustedBy) : bounded(found, 0, trustedBy);
}

/** How many characters differ, all of them confusable; Infinity when the lengths differ or any other character does. */
export function confusableDifferences(plate: string, wanted: string): number {
  if (plate.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let differences = 0;
  for (let at = 0; at < plate.length; at++) {
    const confusion = confusionOfCodes(plate.charCodeAt(at), wanted.charCodeAt(at));
    if (confusion === "none") return Number.POSITIVE_INFINITY;
    if (confusion !== "same") differences++;
  }
  return differences;
}

function counts(entry: Entry, plate: Plate, atMs: number, scope: MatchScope): boolean {
  if (entry.expiresMs <= atMs) return false;
  if (scope === "in-force-then" && entry.addedMs > atMs) return false;
  return !entry.exceptPlates.includes(plate);
}

function silence(found: readonly PlateMatch[], trustedBy: readonly EntryId[]): MatchResult {
  const exact = found.filter((match) => match.explanation.kind === "exact");
  return bounded(exact, found.length - exact.length, [...trustedBy].sort());
}

function bounded(found: PlateMatch[], silenced: number, trustedBy: readonly EntryId[]): MatchResult {
  const matches = found.sort(surestFirst).slice(0, MATCHES_MAX);
  return { matches, silenced, trustedBy, dropped: found.length - matches.length };
}

function surestFirst(a: PlateMatch, b: PlateMatch): number {
  return (
    ORDER[a.explanation.kind] - ORDER[b.explanation.kind] ||
    a.explanation.differences.length - b.explanation.differences.length ||
    // Ids last: the order may not depend on how the index was filled, or edge and central would show different ones.
    (a.entry.id < b.entry.id ? -1 : 1)
  );
}
