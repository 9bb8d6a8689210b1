/** What each bench gives back; `main.ts` adds machine and commit, prints it as the last line, and exits 1 when a target is missed. */
export interface BenchTarget {
  readonly what: string;
  readonly value: number;
  readonly op: "<=" | ">=";
  readonly limit: number;
  readonly ok: boolean;
}

export interface BenchResult {
  readonly name: string;
  readonly targets: readonly BenchTarget[];
  readonly params: Readonly<Record<string, string | number | boolean>>;
  /** What it is compared with, in words; measured in the same run. */
  readonly reference: string;
  readonly samples: number;
  readonly seconds: number;
  /** The figures that the bench is known by, under their published names. */
  readonly figures: Readonly<Record<string, number>>;
}

export function benchTarget(what: string, value: number, op: "<=" | ">=", limit: number): BenchTarget {
  return { what, value, op, limit, ok: op === "<=" ? value <= limit : value >= limit };
}
