/** Every known-bad way must be caught within the seeds given, and the product as it is be green on the same ones. */
import { runCrew } from "./seed-crew.ts";
import type { SeedOrder } from "./seed-messages.ts";
import { VARIANT_NAMES } from "./variant.ts";

export interface CaughtVariant {
  readonly variant: string;
  /** Null: not within the seeds that were run. */
  readonly caughtAtSeed: number | null;
  readonly by: string;
}

export interface VariantRun {
  readonly from: number;
  readonly seeds: number;
  readonly workers: number;
  /** Only these; all when null. */
  readonly only: string | null;
  readonly progress: (words: string) => void;
}

export async function runVariants({ from, seeds, workers, only, progress }: VariantRun): Promise<readonly CaughtVariant[]> {
  const names = VARIANT_NAMES.filter((name) => only === null || name === only);
  const caught = new Map<string, CaughtVariant>();
  const orders = ordersOf(names, from, seeds, caught);
  await runCrew(
    workers,
    () => orders.next().value ?? undefined,
    (report) => {
      const variant = report.order.variant ?? "none";
      const broken = report.kind === "failed" ? report.words : report.result.broken[0];
      if (broken === undefined || caught.has(variant)) return;
      const by = typeof broken === "string" ? broken : `invariant ${broken.invariant}: ${broken.words}`;
      caught.set(variant, { variant, caughtAtSeed: report.order.seed, by });
      progress(`${variant}: caught at seed ${report.order.seed} by ${by}`);
    },
  );
  return names.map((variant) => caught.get(variant) ?? { variant, caughtAtSeed: null, by: "" });
}

/** One variant after another, each until it is caught. */
function* ordersOf(names: readonly string[], from: number, seeds: number, caught: ReadonlyMap<string, unknown>): Generator<SeedOrder> {
  for (const variant of names) {
    for (let seed = from; seed < from + seeds && !caught.has(variant); seed++) yield { seed, variant };
  }
}
