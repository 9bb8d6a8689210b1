/**
 * Commands of central, one at a time. The id is durable before anything runs; what a crash interrupts is answered "may have run" at the
 * next start and never repeated. The answer is a record of the urgent log, so it is signed and reaches central whenever there is a way.
 * What is done in which order stands in
 * `carry-out-command.ts` and `set-config.ts`.
 */
import type { CommandResult } from "../../shared/log/payloads/command-result-payload.ts";
import type { CommandId } from "../../shared/model/ids.ts";
import type { Command } from "../../shared/protocol/frames.ts";
import type { OpenCommand } from "../log/command-rows.ts";
import type { CommandTaken, TakenCommand } from "../log/take-command.ts";
import { answerOpen, type CarryOutDeps, carryOutCommand, resultOf } from "./carry-out-command.ts";
import type { Answer } from "./command-answer.ts";
import { type CommandStep, type CommandSteps, driveSteps } from "./command-steps.ts";
import type { ConfigTrial } from "./set-config.ts";

/** Commands waiting for their turn; what is over is sent again by central. */
const WAITING_MAX = 32;
/** An answer that the disk did not take is tried again. */
const FINISH_RETRY_MS = 30_000;

/** What the steps of a command change. */
export interface StepDeps {
  readonly take: (command: TakenCommand, configRevision: number) => Promise<CommandTaken>;
  readonly putOnTrial: (id: CommandId, revision: number) => Promise<void>;
  /** Takes the files over into the running program; one sentence when it cannot, the old one keeps running then. */
  readonly reload: () => Promise<string | null>;
  readonly finish: (result: CommandResult) => Promise<void>;
}

export interface RunCommandsDeps extends Omit<CarryOutDeps, "config"> {
  readonly steps: StepDeps;
  /** Commands that were taken and not answered when the program ended. */
  readonly open: () => readonly OpenCommand[];
  readonly config: Pick<ConfigTrial, "begin" | "resume">;
  /** Calls back once after so many ms; answers its cancelling. */
  readonly after: (ms: number, act: () => void) => () => void;
}

export interface CommandRunner {
  /** A command whose signature was verified. */
  readonly receive: (command: Command) => void;
  /** Answers what the last run of the program left open. Before the first `receive`. */
  readonly resume: () => Promise<void>;
  /** Everything that commands change stands: those that came early are carried out now. */
  readonly begin: () => void;
  /** Resolves when nothing is being carried out. */
  readonly settled: () => Promise<void>;
}

/** Carries steps out by promises. */
export async function runSteps<Result>(steps: CommandSteps<Result>, deps: StepDeps): Promise<Result> {
  return driveSteps(steps, (step) => carryOutStep(step, deps));
}

function carryOutStep(step: CommandStep, deps: StepDeps): Promise<unknown> {
  switch (step.ask) {
    case "take":
      return deps.take(step.command, step.configRevision);
    case "put-on-trial":
      return deps.putOnTrial(step.id, step.revision);
    case "reload":
      return deps.reload();
    case "finish":
      return deps.finish(step.result);
  }
}

export function makeCommandRunner(deps: RunCommandsDeps): CommandRunner {
  const begun = Promise.withResolvers<void>();
  let isBegun = false;
  let last = begun.promise;
  let waiting = 0;

  /** Does not reject: an answer that was not stored is tried again. */
  const store = async (result: CommandResult): Promise<void> => {
    const { command, outcome } = result;
    try {
      await deps.steps.finish(result);
      deps.log.info({ command, outcome }, "a command was answered");
    } catch (error) {
      deps.log.warn({ command }, `a command's answer is not stored yet: ${(error as Error).message}`);
      deps.after(FINISH_RETRY_MS, () => void store(result));
    }
  };
  const finish = (command: CommandId, answer: Answer): Promise<void> => store(resultOf(command, answer, deps.configRevision()));
  const steps: StepDeps = { ...deps.steps, finish: store };

  return {
    receive(command) {
      if (waiting >= WAITING_MAX) return;
      waiting += 1;
      const finishLater = (answer: Answer) => void finish(command.id, answer);
      last = last
        .then(() => runSteps(carryOutCommand(deps, command, finishLater), steps))
        // The store is full or closed: nothing was written down, so nothing runs; central sends it again.
        .catch((error: Error) => deps.log.warn({ command: command.id }, `a command could not be taken: ${error.message}`))
        .finally(() => {
          waiting -= 1;
        });
    },
    async resume() {
      for (const open of deps.open()) {
        const answer = answerOpen(deps.config, open, (later) => void finish(open.id, later));
        if (answer !== "later") await finish(open.id, answer);
      }
    },
    begin() {
      isBegun = true;
      begun.resolve();
    },
    settled: async () => {
      if (isBegun) await last;
    },
  };
}
