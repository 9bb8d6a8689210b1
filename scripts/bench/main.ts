import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { Bench, BenchFigures } from "./bench-result.ts";
import { describeCommit, describeMachine, freeDiskMb } from "./machine.ts";

/**
 * `npm run bench -- NAME [--rows N] [--short] [--json]`: runs `NAME.bench.ts`. Progress goes to standard error; the last line of standard
 * output is the result as JSON (with `--json` the only one). Exit 1 when a target is missed, 2 when the bench could not run.
 */
const FREE_DISK_MB = 500;

// A bench that throws could not run: what is missing or broken is said, and no figure is claimed.
const broken = (error: unknown) => cannotRun(error instanceof Error ? (error.stack ?? error.message) : String(error));
process.on("uncaughtException", (error) => process.exit(broken(error)));
process.exitCode = await main().catch(broken);

async function main(): Promise<number> {
  const given = readArguments();
  if (typeof given === "string") return cannotRun(given);
  const names = await benchNames(given.folder);
  if (given.name === undefined) {
    console.log(names.length === 0 ? "no benches" : names.join("\n"));
    return 0;
  }
  if (!names.includes(given.name)) return cannotRun(`no bench is called ${given.name}; there are: ${names.join(", ")}`);
  const bench = (await import(pathToFileURL(path.join(given.folder, `${given.name}.bench.ts`)).href)) as Bench;
  const needsMb = bench.FREE_DISK_MB ?? FREE_DISK_MB;
  const freeMb = await freeDiskMb(os.tmpdir());
  if (freeMb < needsMb) return cannotRun(`${needsMb} MB must be free in ${os.tmpdir()}, there are ${freeMb}`);
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 100) / 10;
  const progress = (words: string) => console.error(`${seconds().toFixed(1).padStart(6)} s  ${words}`);
  const found = await bench.run({ ...(given.rows === undefined ? {} : { rows: given.rows }), short: given.short, progress });
  return report(given.name, found, seconds(), given.json);
}

function report(name: string, found: BenchFigures, seconds: number, json: boolean): number {
  const ok = found.targets.length > 0 && found.targets.every((target) => target.ok);
  if (!json)
    for (const { what, value, op, limit, ok: met } of found.targets)
      console.log(`${met ? "ok  " : "MISS"}  ${what}: ${value} (${op} ${limit})`);
  const { targets, params, reference, samples, figures } = found;
  const commit = describeCommit(import.meta.dirname);
  console.log(JSON.stringify({ name, ok, targets, params, reference, samples, seconds, machine: describeMachine(), commit, ...figures }));
  return ok ? 0 : 1;
}

function cannotRun(reason: string): number {
  console.error(reason);
  return 2;
}

async function benchNames(folder: string): Promise<readonly string[]> {
  const names = (await fs.readdir(folder)).filter((name) => name.endsWith(".bench.ts"));
  return names.map((name) => name.replace(/\.bench\.ts$/, "")).sort();
}

interface Given {
  readonly name: string | undefined;
  readonly folder: string;
  readonly rows: number | undefined;
  readonly short: boolean;
  readonly json: boolean;
}

function readArguments(): Given | string {
  const option = { rows: { type: "string" }, short: { type: "boolean" }, json: { type: "boolean" }, folder: { type: "string" } } as const;
  try {
    const { values, positionals } = parseArgs({ options: option, allowPositionals: true });
    const rows = values.rows === undefined ? undefined : Number(values.rows);
    if (rows !== undefined && !(Number.isSafeInteger(rows) && rows > 0)) return "--rows takes a whole number above 0";
    const folder = path.resolve(values.folder ?? import.meta.dirname);
    return { name: positionals[0], folder, rows, short: values.short ?? false, json: values.json ?? false };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
