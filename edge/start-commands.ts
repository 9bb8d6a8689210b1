/** What central may ask of this edge, put together with its parts. */
import type { Logger } from "pino";
import { clockWords } from "./clock/edge-clock.ts";
import type { Answer } from "./commands/command-answer.ts";
import type { CommandSteps } from "./commands/command-steps.ts";
import { type CommandRunner, makeCommandRunner, runSteps, type StepDeps } from "./commands/run-commands.ts";
import { type ConfigTrial, makeConfigTrial } from "./commands/set-config.ts";
import { type CentralLayer, digestOf } from "./config/central-layer.ts";
import type { EdgeConfig } from "./config.ts";
import type { NoticeBoard } from "./health/notice-board.ts";
import { siteReport } from "./health/site-report.ts";
import { siteNotices } from "./site-notices.ts";
import type { Closers, StartedStore } from "./start-store.ts";
import { factsOfSite } from "./start-uplink.ts";
import type { CameraNow } from "./web/site-facts.ts";

export interface StartCommandsDeps {
  readonly store: StartedStore;
  readonly layer: CentralLayer;
  readonly cameras: () => readonly CameraNow[];
  readonly freeBytes: () => number | null;
  readonly notices: Pick<NoticeBoard, "notices">;
  /** Takes the files of the configuration over. */
  readonly reload: () => Promise<string | null>;
  readonly waitsForStart: () => readonly string[];
  /** A heartbeat now. */
  readonly beat: () => void;
  /** How long a configuration has to prove itself; 10 minutes. */
  readonly trialMs: number | undefined;
  readonly log: Logger;
}

export type StartedCommands = Pick<CommandRunner, "receive" | "begin"> & Pick<ConfigTrial, "centralHeard">;

/** Resolves when what the last run of the program left open is answered, or on trial again. */
export async function startCommands(deps: StartCommandsDeps, closers: Closers): Promise<StartedCommands> {
  const { store, layer, log, reload, beat } = deps;
  const { writer } = store;
  const after = timers(closers);
  const steps: StepDeps = { take: writer.takeCommand, putOnTrial: writer.putOnTrial, reload, finish: writer.finishCommand };
  const { waitsForStart, trialMs } = deps;
  const run = (own: CommandSteps<void>) => void runSteps(own, steps);
  const config = makeConfigTrial({ layer, digestOf, run, waitsForStart, beat, after, monoMs: store.clock.monoMs, trialMs });
  const runner = makeCommandRunner({
    steps,
    open: store.rows.commands.open,
    configRevision: layer.revision,
    reportNow: () => {
      beat();
      return report(deps);
    },
    config,
    after,
    log,
  });
  closers.push(runner.settled);
  await runner.resume();
  return { receive: runner.receive, begin: runner.begin, centralHeard: config.centralHeard };
}

function report({ store, layer, cameras, freeBytes, notices }: StartCommandsDeps): Answer {
  const quality = store.clock.quality();
  const { words, detail } = siteReport({
    ...factsOfSite({ ...store, cameras, freeBytes }),
    clock: { quality, words: clockWords(quality) },
    configRevision: layer.revision(),
    notices: siteNotices(store.rows, notices, store.clock.wallMs()),
  });
  return { outcome: "done", words, detail };
}

/** Timers that end with the program. */
function timers(closers: Closers): (ms: number, act: () => void) => () => void {
  const running = new Set<NodeJS.Timeout>();
  closers.push(() => {
    for (const timer of running) clearTimeout(timer);
  });
  return (ms, act) => {
    const timer = setTimeout(() => {
      running.delete(timer);
      act();
    }, ms);
    timer.unref();
    running.add(timer);
    return () => {
      clearTimeout(timer);
      running.delete(timer);
    };
  };
}

/** Keys that the running program read at its start only: what changed of them waits for the next one. */
export function waitsForStart(running: EdgeConfig, files: EdgeConfig): string[] {
  const parts = ({ site, batch, images, neighbours, web }: EdgeConfig): Readonly<Record<string, unknown>> => ({
    site,
    batch,
    images,
    neighbours,
    "web.hosts": web.hosts,
  });
  const [before, now] = [parts(running), parts(files)];
  return Object.keys(before).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(now[key]));
}
