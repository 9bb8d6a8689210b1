import { stripVTControlCharacters } from "node:util";

/** What uvu prints at the end of a file. */
export interface Totals {
  readonly total: number;
  readonly passed: number;
  readonly skipped: number;
}

export interface Ending {
  /** Exit code; null when it was killed. */
  readonly code: number | null;
  readonly why: "ended" | "timeout" | "interrupted";
  readonly timeoutMs: number;
  readonly output: string;
  /** Processes that it left running. */
  readonly leftovers: readonly string[];
}

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly skipReasons: readonly string[];
  /** What is wrong with the file as a whole, beyond its failed tests. */
  readonly problems: readonly string[];
}

/** The totals in a file's output; undefined when it ended before uvu counted. */
export function readTotals(output: string): Totals | undefined {
  const plain = stripVTControlCharacters(output);
  const [total, passed, skipped] = ["Total", "Passed", "Skipped"].map((word) => {
    const figures = [...plain.matchAll(new RegExp(`^ {2}${word}: +(\\d+)\\s*$`, "gm"))];
    return figures.length === 0 ? undefined : Number(figures.at(-1)?.[1]);
  });
  return total === undefined || passed === undefined || skipped === undefined ? undefined : { total, passed, skipped };
}

/** Lines `skip: reason`, by which a test file says why it skips (uvu forgets even the name of a skipped test). */
export function readSkipReasons(output: string): readonly string[] {
  return [...stripVTControlCharacters(output).matchAll(/^skip: (.+)$/gm)].map((match) => match[1]?.trim() ?? "");
}

/** Judges one file by how its process ended. Every doubt is a failure: a run must never look greener than it was. */
export function judge(ending: Ending, skips: "allowed" | "are-failures"): Outcome {
  const totals = readTotals(ending.output);
  const skipReasons = readSkipReasons(ending.output);
  const problems: string[] = [];
  if (ending.why === "interrupted") problems.push("interrupted");
  if (ending.why === "timeout") problems.push(hangs(ending.timeoutMs, totals));
  if (totals === undefined && ending.why === "ended")
    problems.push(`ended with ${ending.code ?? "a signal"} before its tests were counted`);
  if (totals?.total === 0 && totals.skipped === 0) problems.push("holds no test");
  const failedTests = totals === undefined ? 0 : totals.total - totals.passed;
  if (totals !== undefined && ending.why === "ended" && failedTests === 0 && ending.code !== 0) {
    problems.push(`its tests passed, but it ended with ${ending.code ?? "a signal"}`);
  }
  if (ending.leftovers.length > 0) problems.push(`left running: ${ending.leftovers.join(", ")}`);
  const skipped = totals?.skipped ?? 0;
  if (skipped > 0 && skipReasons.length === 0) problems.push("skips without a reason: print a line `skip: why` beside test.skip");
  const refused = skips === "are-failures" ? skipped : 0;
  if (refused > 0) problems.push(`${refused} skipped, and CHAVERIM_NO_SKIP=1 allows none`);
  const failed = failedTests + refused + (problems.length > (refused > 0 ? 1 : 0) ? 1 : 0);
  return { passed: totals?.passed ?? 0, failed, skipped: skipped - refused, skipReasons, problems };
}

function hangs(timeoutMs: number, totals: Totals | undefined): string {
  const when = totals === undefined ? "in a test" : "after its tests: something is still open";
  return `hangs (${when}); killed after ${timeoutMs / 1000} s`;
}
