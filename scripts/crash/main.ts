/**
 * `npm run crash -- [PART ...] [--kills N] [--cuts N] [--edges N] [--database-kills N] [--seed TEXT] [--json]`: without a part all of
 * them. Progress goes to standard error; the last line of standard output is the result as JSON. Exit 1 when anything was lost, doubled
 * or broken, or a control passed; 2 when it could not run.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { describeCommit, describeMachine } from "../bench/machine.ts";
import { removePrograms } from "./crash-edge.ts";
import { compileWitness, hasCompiler } from "./disk-witness.ts";
import { PARTS, type Part, type PartResult, RUN_PART, type Run } from "./run-part.ts";

process.exitCode = await main().catch((error: Error) => cannotRun(error.stack ?? error.message));

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      kills: { type: "string", default: "1000" },
      cuts: { type: "string", default: "300" },
      edges: { type: "string", default: "3" },
      "database-kills": { type: "string", default: "5" },
      seed: { type: "string", default: "crash" },
      json: { type: "boolean", default: false },
    },
  });
  const unknown = positionals.find((word) => !PARTS.includes(word as Part));
  if (unknown !== undefined) return cannotRun(`no part is called ${unknown}; there are: ${PARTS.join(", ")}`);
  const counts = [values.kills, values.cuts, values.edges, values["database-kills"]].map(Number);
  if (!counts.every((count) => Number.isSafeInteger(count) && count > 0)) return cannotRun("each count is a whole number above 0");
  if (!hasCompiler()) return cannotRun("a C compiler (cc) is needed: what stands between an edge and its disk is compiled at each run");
  const [kills, cuts, edges, databaseKills] = counts as [number, number, number, number];
  const startedMs = performance.now();
  const seconds = (): number => Math.round((performance.now() - startedMs) / 100) / 10;
  const folder = mkdtempSync(join(tmpdir(), "chaverim-crash-"));
  // PostgreSQL may run as another user, who has to come through here.
  chmodSync(folder, 0o711);
  const parts = positionals.length === 0 ? PARTS : (positionals as Part[]);
  const progress = (words: string): void => console.error(`${seconds().toFixed(1).padStart(7)} s  ${words}`);
  try {
    const run: Run = { folder, library: compileWitness(folder), seed: values.seed, kills, cuts, edges, databaseKills, progress };
    const results: PartResult[] = [];
    for (const part of parts) results.push(await RUN_PART[part](run));
    return report(results, { parts, kills, cuts, edges, databaseKills, seed: values.seed }, seconds(), values.json);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    removePrograms();
  }
}

function cannotRun(words: string): number {
  console.error(words);
  return 2;
}

function report(results: readonly PartResult[], params: Readonly<Record<string, unknown>>, seconds: number, json: boolean): number {
  const targets = results.flatMap((result) => result.targets);
  const ok = targets.length > 0 && targets.every((target) => target.ok);
  if (!json)
    for (const { what, value, op, limit, ok: met } of targets) console.log(`${met ? "ok  " : "MISS"}  ${what}: ${value} (${op} ${limit})`);
  const figures = Object.assign({}, ...results.map((result) => result.figures)) as Record<string, unknown>;
  const commit = describeCommit(import.meta.dirname);
  console.log(JSON.stringify({ name: "crash", ok, targets, params, seconds, machine: describeMachine(), commit, ...figures }));
  return ok ? 0 : 1;
}
