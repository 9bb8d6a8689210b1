import type { SeedResult } from "./run-seed.ts";

/** To a worker: run this seed. `variant`: one of the known-bad ways by name, null for the product as it is. */
export interface SeedOrder {
  readonly seed: number;
  readonly variant: string | null;
}

/** From a worker. `failed`: the simulator itself threw. */
export type SeedReport =
  | { readonly kind: "result"; readonly order: SeedOrder; readonly result: SeedResult }
  | { readonly kind: "failed"; readonly order: SeedOrder; readonly words: string };
