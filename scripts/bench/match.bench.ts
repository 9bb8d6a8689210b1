import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { matchPlate } from "../../shared/match/match-plate.ts";
import { sampleEntry, sampleList, samplePlate } from "../../shared/match/sample-world.ts";
import { buildWatchlistIndex, type WatchlistIndex } from "../../shared/match/watchlist-index.ts";
import type { Plate } from "../../shared/model/ids.ts";
import type { Entry } from "../../shared/model/watchlist.ts";
import { type BenchFigures, type BenchOptions, benchTarget } from "./bench-result.ts";

/**
 * 100,000 watched plates: how many reads a second are matched, exactly and with one confusable character, and what the index costs in
 * memory, beside a plain Map from plate to entry (that can only do the exact half). A tenth of the reads are watched, as no site has.
 */
const ENTRIES = 100_000;
const READS = 200_000;
const LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ";
/** A plate character that OCR confuses -> what it is read as. */
const READ_AS: Readonly<Record<string, string>> = {
  B: "8",
  S: "5",
  Z: "2",
  G: "6",
  D: "0",
  L: "1",
  "8": "B",
  "5": "S",
  "2": "Z",
  "6": "G",
  "0": "D",
  "1": "L",
};

export async function run(options: BenchOptions): Promise<BenchFigures> {
  const gc = collector();
  const turnMs = options.short ? 300 : 2_000;
  const map = measured(gc, () => new Map(watched().map((entry) => [entry.pattern, entry])));
  const index = measured(gc, () => buildWatchlistIndex([sampleList()], watched()));
  const reads = { exact: readPlates("exact"), confusable: readPlates("one-confused") };
  const found = { exact: countFound(index.value, reads.exact), confusable: countFound(index.value, reads.confusable) };
  const mapPerSecond = perSecond(turnMs, reads.exact, (plate) => map.value.get(plate));
  const exactPerSecond = perSecond(turnMs, reads.exact, (plate) => matchPlate(index.value, plate, 0));
  const confusablePerSecond = perSecond(turnMs, reads.confusable, (plate) => matchPlate(index.value, plate, 0));
  return {
    targets: [
      benchTarget("exact reads matched a second", exactPerSecond, ">=", 100_000),
      benchTarget("reads with one confusable character matched a second", confusablePerSecond, ">=", 100_000),
      benchTarget("memory beside a plain Map with the same entries", index.mb / map.mb, "<=", 1.25),
      benchTarget("watched plates found, exact", found.exact, ">=", READS / 10),
      benchTarget("watched plates found, one character confused", found.confusable, ">=", READS / 10),
    ],
    params: { entries: ENTRIES, reads: READS, watchedShare: 0.1, short: options.short },
    reference: "Map<plate, entry>.get over the same entries and reads",
    samples: READS,
    figures: { exactPerSecond, confusablePerSecond, mapPerSecond, residentMb: index.mb, mapResidentMb: map.mb },
  };
}

/** The n-th plate of a fixed town: all different, in the usual form of three letters and four digits. */
function plateOf(number: number): string {
  const scrambled = (number * 7_919) % 121_670_000;
  const letters = Math.floor(scrambled / 10_000);
  const letter = (of: number): string => LETTERS[of % LETTERS.length]!;
  return (
    letter(letters) + letter(Math.floor(letters / 23)) + letter(Math.floor(letters / 529)) + String(scrambled % 10_000).padStart(4, "0")
  );
}

function watched(): Entry[] {
  return Array.from({ length: ENTRIES }, (_, at) => sampleEntry(at + 1, plateOf(at)));
}

/** Every tenth read is a watched plate, as it is or with its first confusable character misread; the others are other cars. */
function readPlates(how: "exact" | "one-confused"): Plate[] {
  return Array.from({ length: READS }, (_, at) => {
    const plate = plateOf(at % 10 === 0 ? (at * 37) % ENTRIES : ENTRIES + at);
    return samplePlate(how === "exact" || at % 10 !== 0 ? plate : misread(plate));
  });
}

function misread(plate: string): string {
  const at = [...plate].findIndex((character) => READ_AS[character] !== undefined);
  return at < 0 ? plate : plate.slice(0, at) + READ_AS[plate[at]!] + plate.slice(at + 1);
}

function countFound(index: WatchlistIndex, reads: readonly Plate[]): number {
  return reads.filter((plate) => matchPlate(index, plate, 0).matches.length > 0).length;
}

function perSecond(turnMs: number, reads: readonly Plate[], look: (plate: Plate) => unknown): number {
  for (const plate of reads.slice(0, 20_000)) look(plate);
  const from = performance.now();
  let done = 0;
  let found = 0;
  while (performance.now() - from < turnMs) {
    for (let at = 0; at < 10_000; at++) if (look(reads[(done + at) % reads.length]!) !== undefined) found++;
    done += 10_000;
  }
  // Uses what was found, or the optimiser may leave the looking out.
  if (found < 0) throw new Error("impossible");
  return Math.round((done * 1000) / (performance.now() - from));
}

/** Builds something and says what it keeps alive: JavaScript heap and typed arrays, after collection. */
function measured<T>(gc: () => void, build: () => T): { readonly value: T; readonly mb: number } {
  gc();
  const before = process.memoryUsage();
  const value = build();
  gc();
  const after = process.memoryUsage();
  const bytes = after.heapUsed - before.heapUsed + (after.arrayBuffers - before.arrayBuffers);
  return { value, mb: Math.round((bytes / 2 ** 20) * 10) / 10 };
}

/** The collector that `--expose-gc` gives, without the flag on the command line. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  return () => {
    gc();
    gc();
  };
}
