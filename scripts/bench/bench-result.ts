/** What a bench is given. */
export interface BenchOptions {
  /** Size of the data, where the bench has a choice; undefined: its own default. */
  readonly rows?: number;
  /** A run of seconds, to see that it works; its figures say little. */
  readonly short: boolean;
  /** Words for the person who waits. They go to standard error. */
  readonly progress: (words: string) => void;
}

export interface BenchFigures {
  /** The named figures of this bench; they stand at the top level of the result line. */
  readonly figures: Readonly<Record<string, unknown>>;
  readonly targets: readonly BenchTarget[];
  /** What was measured: sizes, rates, durations. */
  readonly params: Readonly<Record<string, unknown>>;
  /** What it was measured beside, in the same run, with the same durability. */
  readonly reference: string | Readonly<Record<string, unknown>>;
  /** How many measurements stand behind the figures. */
  readonly samples: number | Readonly<Record<string, number>>;
}

export interface BenchTarget {
  readonly what: string;
  readonly value: number;
  readonly op: "<=" | ">=" | "==";
  readonly limit: number;
  readonly ok: boolean;
}

/** What a file `NAME.bench.ts` exports. */
export interface Bench {
  readonly run: (options: BenchOptions) => Promise<BenchFigures>;
  /** Free space that it needs below the temporary folder, in MB; 500 when it does not say. */
  readonly FREE_DISK_MB?: number;
}

/** A target, judged. Not a number, as from a measurement that never came, misses every target. */
export function benchTarget(what: string, value: number, op: BenchTarget["op"], limit: number): BenchTarget {
  const ok = op === "<=" ? value <= limit : op === ">=" ? value >= limit : value === limit;
  return { what, value: rounded(value), op, limit, ok };
}

/** The value below which `share` (0 to 1) of the samples lie, by nearest rank; NaN without samples. Does not change the array. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Four significant digits: more would pretend. */
export function rounded(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : value;
}
