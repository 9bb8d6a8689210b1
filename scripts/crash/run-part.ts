/** The parts of a run: what each does, its control, and what must be true of it. */
import { type BenchTarget, benchTarget } from "../bench/bench-result.ts";
import { NO_SOURCE_KEY, PICTURES_UNSYNCED, SYNCHRONOUS_NORMAL } from "./controls.ts";
import { openCrashCentral } from "./crash-central.ts";
import { buildProgram, type ProgramPatch } from "./crash-edge.ts";
import { cutPower } from "./cut-power.ts";
import { fillDisk } from "./fill-disk.ts";
import { type KillFindings, type KillOptions, killEdges } from "./kill-edges.ts";
import { loseDatabase } from "./lose-database.ts";

export const PARTS = ["kills", "cuts", "full-disk", "database"] as const;
export type Part = (typeof PARTS)[number];

export interface Run {
  readonly folder: string;
  readonly library: string;
  readonly seed: string;
  readonly kills: number;
  readonly cuts: number;
  readonly edges: number;
  readonly databaseKills: number;
  readonly progress: (words: string) => void;
}
export interface PartResult {
  readonly figures: Readonly<Record<string, unknown>>;
  readonly targets: readonly BenchTarget[];
}

const CUTS_PER_RECORDING = 30;
const MESSAGES_PER_RECORDING = 400;
const KILLS_PER_HOME = 40;
const CONTROL_SHARE = 10;
const CONTROL_KILLS = 20;
const CONTROL_BATCHES_MAX = 6;

export const RUN_PART: Readonly<Record<Part, (run: Run) => Promise<PartResult>>> = {
  async kills(run) {
    run.progress("kills: central and the first edges start");
    const script = await buildProgram("edge");
    const controlScript = await buildProgram("edge", NO_SOURCE_KEY);
    const central = await openCrashCentral(await buildProgram("central"), run.folder);
    try {
      const options = { ...run, killsPerHome: KILLS_PER_HOME };
      const kills = await killEdges({ ...options, central, script });
      run.progress("control: an edge that does not recognise a repeat");
      const control = await doublingControl(controlScript, options);
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
    // All first: a patch that finds nothing to change stops the run before it has cost an hour.
    const scripts = new Map<ProgramPatch | null, string>();
    for (const patch of [null, SYNCHRONOUS_NORMAL, PICTURES_UNSYNCED]) scripts.set(patch, await buildProgram("edge", patch ?? undefined));
    const cut = async (patch: ProgramPatch | null, cuts: number) => {
      run.progress(`power cuts: ${patch === null ? "the edge as it is" : `control ${patch.name}`}`);
      const script = scripts.get(patch)!;
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
    const fullDisk = await fillDisk({ ...run, disk: "mounted", script: await buildProgram("edge") });
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

/** Kills until a message stands twice: it has to die between a commit and its answer, which not every kill hits. */
async function doublingControl(script: string, options: Omit<KillOptions, "script" | "central" | "kills">): Promise<KillFindings> {
  for (let batch = 1; ; batch++) {
    const found = await killEdges({ ...options, script, central: null, kills: CONTROL_KILLS, seed: `${options.seed}/control-${batch}` });
    if (found.doubled > 0 || batch === CONTROL_BATCHES_MAX) return found;
  }
}
