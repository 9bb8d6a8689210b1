/** What a check prints: one JSON line a step, and the rules by which a run is green. */
export interface StepResult {
  readonly step: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly expected: unknown;
  readonly observed: unknown;
}

export interface Steps {
  /** Runs one step; an exception is a failed step with its words as `observed`. */
  readonly step: <Value>(
    name: string,
    expected: unknown,
    work: () => Promise<{ ok: boolean; observed: unknown; value?: Value }>,
  ) => Promise<Value | undefined>;
  readonly results: readonly StepResult[];
}

export function openSteps(print: (line: string) => void): Steps {
  const results: StepResult[] = [];
  return {
    results,
    step: async (name, expected, work) => {
      const startedMs = performance.now();
      const outcome = await work().catch((error: unknown) => ({
        ok: false,
        observed: error instanceof Error ? error.message : String(error),
        value: undefined,
      }));
      const result = { step: name, ok: outcome.ok, ms: Math.round(performance.now() - startedMs), expected, observed: outcome.observed };
      results.push(result);
      print(JSON.stringify(result));
      return outcome.value;
    },
  };
}
