/** What many seeds add up to, as one line for machines. */

import { HOUR_MS } from "./faults/plan.ts";
import type { SeedResult } from "./run-seed.ts";
import { INVARIANTS } from "./verdict/invariants.ts";

/** Faults and carriers that the design names and this simulator does not exercise; the README says where each is shown instead. */
export const NOT_EXERCISED: readonly string[] = [
  "neighbours as carriers and files for a site on their way down",
  "deliveries to people: open pages are the only targets so far",
  "erased payloads, EIO of a read",
];

/**
 * What a run must have lived through, each at least 50 times in 5,000 counted seeds: a simulator in which none of it happens any more
 * proves nothing. Told from 1,000 counted seeds on; below that chance decides.
 */
export const MARKS_NEEDED: readonly string[] = [
  "alert",
  "bundle-closed",
  "bundle-damaged",
  "bundle-late",
  "bundle-merged",
  "bundle-refused",
  "camera-repeat",
  "camera-retry",
  "card-lost-records",
  "card-very-low",
  "central-lower",
  "central-sees-fork",
  "clock-doubt",
  "command-done",
  "command-expired",
  "command-ran",
  "command-refused",
  "command-taken-known",
  "command-unknown",
  "credit-zero",
  "damaged-list-heals",
  "delta-applied",
  "error-bad-frame",
  "error-busy",
  "error-fenced",
  "exchange",
  "file-salvaged",
  "frame-drop",
  "frame-overtake",
  "frame-repeat",
  "frame-truncate",
  "gap-record",
  "image-dropped",
  "image-mismatch-said",
  "image-not-wanted-yet",
  "image-put-drop",
  "image-put-repeat",
  "image-put-resumed",
  "image-put-truncate",
  "image-refused",
  "image-stored",
  "killed-over-picture",
  "io-error",
  "killed-in-a-command",
  "left-closed",
  "left-damaged",
  "left-fork",
  "left-log-pruned",
  "life-by-witness",
  "list-of-two-centrals",
  "merge-duplicate",
  "projection-error",
  "pruned",
  "pruned-by-rule",
  "reaches-clone",
  "receipt-read",
  "rewind-closed",
  "rewind-fork",
  "rewind-gap",
  "sent-again-after-ack",
  "snapshot-applied",
  "stale-replica",
  "store-refused",
  "tombstone-forgotten",
  "tree-fork",
  "tree-restored",
  "tree-witness",
  "upload-torn",
];
const MARKS_PER_SEED_MIN = 50 / 5_000;
const MARKS_FROM_SEEDS = 1_000;

export class Summary {
  counted = 0;
  private readonly startedAt = performance.now();
  private readonly bad: { readonly seed: number; readonly first: string }[] = [];
  private readonly failures: string[] = [];
  private readonly faults = new Map<string, number>();
  private readonly marks = new Map<string, number>();
  private readonly looked = new Map<string, number>();
  private seeds = 0;
  private uncounted = 0;
  private records = 0;
  private excused = 0;
  private simulatedMs = 0;

  add(result: SeedResult): void {
    this.seeds += 1;
    if (result.isCounted) this.counted += 1;
    else this.uncounted += 1;
    const [first] = result.broken;
    if (first !== undefined) this.bad.push({ seed: result.seed, first: `invariant ${first.invariant}: ${first.words}` });
    this.records += result.records;
    this.excused += result.verdict.excused;
    this.simulatedMs += result.simulatedMs;
    addAll(this.faults, result.faults);
    addAll(this.marks, result.marks);
    addAll(this.looked, result.looked);
  }

  fail(seed: number, words: string): void {
    this.failures.push(`seed ${seed}: ${words}`);
  }

  isGood(): boolean {
    return this.bad.length === 0 && this.failures.length === 0 && this.counted > 0 && this.rareMarks().length === 0;
  }

  /** Marks that so many seeds should have hit more often. */
  rareMarks(): readonly string[] {
    if (this.counted < MARKS_FROM_SEEDS) return [];
    return MARKS_NEEDED.filter((name) => (this.marks.get(name) ?? 0) < this.counted * MARKS_PER_SEED_MIN);
  }

  progress(): string {
    return `${this.seeds} seeds, ${this.counted} counted, ${this.bad.length + this.failures.length} bad, ${Math.round(this.perHour())} counted an hour`;
  }

  /** The simulator's own check 28 is a test: `invariantsNotLookedAt` leaves it out. */
  line(): Readonly<Record<string, unknown>> {
    const seconds = this.seconds();
    const unlooked = Object.keys(INVARIANTS).filter((number) => !this.looked.has(number) && number !== "28");
    return {
      name: "sim",
      ok: this.isGood(),
      seeds: this.counted,
      seedsRun: this.seeds,
      bad: this.bad.length + this.failures.length,
      badSeeds: this.bad.slice(0, 20),
      failures: this.failures.slice(0, 5),
      seedsPerHour: Math.round(this.perHour()),
      simulatedDaysPerSecond: Number((this.simulatedMs / (24 * HOUR_MS) / seconds).toFixed(2)),
      seconds: Math.round(seconds),
      records: this.records,
      excused: this.excused,
      faults: sorted(this.faults),
      marks: sorted(this.marks),
      rareMarks: this.rareMarks(),
      invariants: Object.fromEntries(this.looked),
      invariantsNotLookedAt: unlooked.map((number) => `${number}: ${INVARIANTS[Number(number)]}`),
      notExercised: NOT_EXERCISED,
    };
  }

  private seconds(): number {
    return (performance.now() - this.startedAt) / 1000;
  }

  private perHour(): number {
    return (this.counted / Math.max(1e-3, this.seconds())) * 3_600;
  }
}

function addAll(into: Map<string, number>, counts: Readonly<Record<string, number | undefined>>): void {
  for (const [name, count] of Object.entries(counts)) into.set(name, (into.get(name) ?? 0) + (count ?? 0));
}

const sorted = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
