import { cpus } from "node:os";
import { parseArgs } from "node:util";

/** What a run is asked to do; see the README for the commands. */
export interface SimOptions {
  readonly mode: "seeds" | "one" | "shrink" | "variants" | "differential";
  readonly from: number;
  readonly seeds: number;
  /** Ends after so long even when seeds are left. */
  readonly minutes: number;
  readonly workers: number;
  /** Only this variant, by name. */
  readonly variant: string | null;
  /** The differential test on a real PostgreSQL server. */
  readonly postgres: boolean;
}

const SEEDS = 200;
/** A known-bad variant must be caught within so many seeds. */
export const VARIANT_SEEDS = 200;

/** Reads the command line; a text says what is wrong with it. */
export function readOptions(args: readonly string[]): SimOptions | string {
  const number = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const known = {
    seeds: number,
    from: number,
    minutes: number,
    seed: number,
    workers: number,
    variant: number,
    variants: flag,
    shrink: flag,
    postgres: flag,
    differential: number,
  };
  try {
    const { values } = parseArgs({ args: [...args], options: known });
    const numbers = [values.seeds, values.from, values.minutes, values.seed, values.workers, values.differential].map((text) =>
      text === undefined ? undefined : Number(text),
    );
    if (numbers.some((value) => value !== undefined && !(Number.isFinite(value) && value > 0))) return "every number must be above 0";
    const [seeds, from, minutes, seed, workers, differential] = numbers;
    const isVariants = values.variants || values.variant !== undefined;
    return {
      mode:
        seed !== undefined
          ? values.shrink
            ? "shrink"
            : "one"
          : differential !== undefined
            ? "differential"
            : isVariants
              ? "variants"
              : "seeds",
      from: seed ?? from ?? 1,
      seeds:
        seed === undefined
          ? (seeds ?? differential ?? (isVariants ? VARIANT_SEEDS : minutes === undefined ? SEEDS : Number.MAX_SAFE_INTEGER))
          : 1,
      minutes: minutes ?? Number.POSITIVE_INFINITY,
      workers: workers ?? Math.max(1, cpus().length),
      variant: values.variant ?? null,
      postgres: values.postgres,
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
