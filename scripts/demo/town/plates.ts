import type { SeededRandom } from "./seeded-random.ts";

/** Letters and digits that plate readers take for one another; the town's cameras err within these sets. */
const CONFUSABLE_SETS: readonly string[] = ["0OQD", "1IL", "2Z", "5S", "6G", "8B"];

export interface WatchedPlate {
  readonly plate: string;
  readonly reason: string;
}

export interface WatchMatch {
  readonly plate: string;
  readonly kind: "exact" | "confusable";
}

/** A plate in one of the shapes of the region: ABC1234 (NY, PA), A12BCD (NJ), AZ12345 (CT). */
export function newPlate(random: SeededRandom, shape: "LLLDDDD" | "LDDLLL" | "LLDDDDD"): string {
  return [...shape].map((kind) => (kind === "L" ? random.pick([..."ABCDEFGHJKLMNPRSTUVWXYZ"]) : String(random.whole(0, 9)))).join("");
}

/** The plate with one character taken for another that looks like it; unchanged when it has none of these characters. */
export function misread(plate: string, random: SeededRandom): string {
  const places = [...plate].flatMap((letter, at) => {
    const set = CONFUSABLE_SETS.find((candidates) => candidates.includes(letter));
    return set === undefined ? [] : [{ at, others: [...set].filter((other) => other !== letter) }];
  });
  if (places.length === 0) return plate;
  const { at, others } = random.pick(places);
  return plate.slice(0, at) + random.pick(others) + plate.slice(at + 1);
}

/** The plate with its first or last character cut off, as at the edge of a frame. */
export function clipped(plate: string, random: SeededRandom): string {
  return random.chance(0.5) ? plate.slice(1) : plate.slice(0, -1);
}

/** What a reader of the watchlist should say of a plate as read: the same, one look-alike apart, or nothing. */
export function expectedMatch(said: string, watched: readonly WatchedPlate[]): WatchMatch | null {
  const exact = watched.find((entry) => entry.plate === said);
  if (exact !== undefined) return { plate: exact.plate, kind: "exact" };
  const near = watched.find((entry) => oneLookAlikeApart(said, entry.plate));
  return near === undefined ? null : { plate: near.plate, kind: "confusable" };
}

function oneLookAlikeApart(said: string, wanted: string): boolean {
  if (said.length !== wanted.length) return false;
  const differing = [...said].flatMap((letter, at) => (letter === wanted[at] ? [] : [[letter, wanted[at]!] as const]));
  return differing.length === 1 && differing.every(([a, b]) => CONFUSABLE_SETS.some((set) => set.includes(a) && set.includes(b)));
}
