/** Scripts of histories that once went wrong: kept as JSON under `regressions/`, and lived through again by every test run. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SeedPlan } from "./faults/plan.ts";

export interface Regression {
  readonly name: string;
  /** What went wrong, in one sentence. */
  readonly why: string;
  readonly plan: SeedPlan;
}

const FOLDER = join(import.meta.dirname, "regressions");

export function readRegressions(): readonly Regression[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".json"));
  return files
    .sort()
    .map((file) => ({ name: file.slice(0, -5), ...(JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as Omit<Regression, "name">) }));
}

/** Answers the file's name. */
export function writeRegression({ name, why, plan }: Regression): string {
  const file = join(FOLDER, `${name}.json`);
  writeFileSync(file, `${JSON.stringify({ why, plan }, null, 2)}\n`);
  return file;
}
