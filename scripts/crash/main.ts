/**
 * `npm run crash -- [PART ...] [--kills N] [--cuts N] [--edges N] [--database-kills N] [--seed TEXT] [--json]`: without a part all of
 * them. Progress goes to standard error; the last line of standard output is the result as JSON. Exit 1 when anything was lost, doubled
 * or broken, or a control passed; 2 when it could not run.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type BenchTarget, benchTarget } from "../bench/bench-result.ts";
import { describeCommit, describeMachine } from "../bench/machine.ts";
import { NO_SOURCE_KEY, PICTURES_UNSYNCED, SYNCHRONOUS_NORMAL } from "./controls.ts";
import { openCrashCentral } from "./crash-central.ts";
import { buildProgram, type ProgramPatch, removePrograms } from "./crash-edge.ts";
import { cutPower } from "./cut-power.ts";
import { compileWitness, hasCompiler } from "./disk-witness.ts";
import { fillDisk } from "./fill-disk.ts";
import { killEdges } from "./kill-edges.ts";
import { loseDatabase } from "./lose-database.ts";

const PARTS = ["kills", "cuts", "full-disk", "database"] as const;
type Part = (typeof PARTS)[number];

interface Run {
  readonly folder: string;
  readonly library: string;
  readonly seed: string;
  readonly kills: number;
  readonly cuts: number;
  readonly edges: number;
  readonly databaseKills: number;
  readonly progress: (words: string) => void;
}
interface PartResult {
  readonly figures: Readonly<Record<string, unknown>>;
  readonly targets: readonly BenchTarget[];
}

const CUTS_PER_RECORDING = 30;
const MESSAGES_PER_RECORDING = 400;
const KILLS_PER_HOME = 40;
const CONTROL_SHARE = 10;

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
    for (const part of parts) results.push(await RUN[part](run));
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

const RUN: Readonly<Record<Part, (run: Run) => Promise<PartResult>>> = {
  async kills(run) {
    run.progress("kills: central and the first edges start");
    const central = await openCrashCentral(await buildProgram("central"), run.folder);
    try {
      const options = { ...run, killsPerHome: KILLS_PER_HOME };
      const kills = await killEdges({ ...options, central, script: await buildProgram("edge") });
      run.progress("control: an edge that does not recognise a repeat");
      const script = await buildProgram("edge", NO_SOURCE_KEY);
      const control = await killEdges({ ...options, central: null, script, kills: Math.ceil(run.kills / CONTROL_SHARE / 2) });
      return {
        figures: { kills, noSourceKey: control },
        targets: [
          benchTarget("kills", kills.kills, ">=", run.kills),
          benchTarget("kills: messages lost", kills.lost, "==", 0),
          benchTarget("kills: messages doubled", kills.doubled, "==", 0),
          benchTarget("kills: anything else wrong", kills.trouble.length, "==", 0),
          benchTarget("control without source keys: messages doubled", control.doubled, ">=", 1),
        ],
      };
    } finally {
      await central.stop();
    }
  },
  async cuts(run) {
    const cut = async (patch: ProgramPatch | null, cuts: number) => {
      run.progress(`power cuts: ${patch === null ? "the edge as it is" : `control ${patch.name}`}`);
      const script = await buildProgram("edge", patch ?? undefined);
      const startEvery = patch === null ? CUTS_PER_RECORDING / 3 : 0;
      return cutPower({ ...run, script, cuts, messages: MESSAGES_PER_RECORDING, cutsPerRecording: CUTS_PER_RECORDING, startEvery });
    };
    const cuts = await cut(null, run.cuts);
    const normal = await cut(SYNCHRONOUS_NORMAL, Math.ceil(run.cuts / CONTROL_SHARE));
    const unsynced = await cut(PICTURES_UNSYNCED, Math.ceil(run.cuts / CONTROL_SHARE));
    return {
      figures: { cuts, synchronousNormal: normal, picturesUnsynced: unsynced },
      targets: [
        benchTarget("power cuts", cuts.cuts, ">=", run.cuts),
        benchTarget("power cuts: messages lost", cuts.lost, "==", 0),
        benchTarget("power cuts: messages doubled", cuts.doubled, "==", 0),
        benchTarget("power cuts after which anything else was wrong", cuts.badCuts, "==", 0),
        benchTarget("control synchronous=NORMAL: messages lost", normal.lost, ">=", 1),
        benchTarget("control pictures not synced: bad cuts", unsynced.badCuts, ">=", 1),
      ],
    };
  },
  "full-disk": async (run) => {
    const fullDisk = await fillDisk({ ...run, script: await buildProgram("edge") });
    return {
      figures: { fullDisk },
      targets: [
        benchTarget("full disk: pushes refused", fullDisk.refused, ">=", 1),
        benchTarget("full disk: messages lost or doubled", fullDisk.lost + fullDisk.doubled, "==", 0),
        benchTarget("full disk: looks that the page did not answer", fullDisk.unanswered, "==", 0),
        benchTarget("full disk: anything else wrong", fullDisk.trouble.length, "==", 0),
      ],
    };
  },
  async database(run) {
    const programs = { edge: await buildProgram("edge"), central: await buildProgram("central") };
    const database = await loseDatabase({ ...run, ...programs, kills: run.databaseKills });
    return {
      figures: { database },
      targets: [
        benchTarget("PostgreSQL kill -9", database.kills, ">=", run.databaseKills),
        benchTarget("detections that the restore took from central", database.beforeRestore - database.afterRestore, ">=", 1),
        benchTarget("database: messages lost", database.lost, "==", 0),
        benchTarget("database: messages doubled or unexplained", database.doubled + database.unexplained, "==", 0),
        benchTarget("database: anything else wrong", database.trouble.length, "==", 0),
      ],
    };
  },
};
