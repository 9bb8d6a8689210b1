/**
 * Commands of central, one at a time. The id is durable before anything runs; what a crash interrupts is answered "may have run" at the
 * next start and never repeated. The answer is a record of the urgent log, so it is signed and reaches central whenever there is a way.
 */
import type { CommandResult } from "../../shared/log/payloads/command-result-payload.ts";
import type { CommandId } from "../../shared/model/ids.ts";
import { commandKindOf } from "../../shared/protocol/command-args.ts";
import type { Command } from "../../shared/protocol/frames.ts";
import type { OpenCommand } from "../log/command-rows.ts";
import type { CommandTaken, TakenCommand } from "../log/take-command.ts";
import type { Answer } from "./command-answer.ts";
import type { ConfigTrial } from "./set-config.ts";

/** Commands waiting for their turn; what is over is sent again by central. */
const WAITING_MAX = 32;
/** An answer that the disk did not take is tried again. */
const FINISH_RETRY_MS = 30_000;

export interface RunCommandsDeps {
  readonly take: (command: TakenCommand, configRevision: number) => Promise<CommandTaken>;
  readonly finish: (result: CommandResult) => Promise<void>;
  /** Commands that were taken and not answered when the program ended. */
  readonly open: () => readonly OpenCommand[];
  readonly configRevision: () => number;
  /** A heartbeat now, and what it says as an answer. */
  readonly reportNow: () => Answer;
  readonly config: ConfigTrial;
  /** Calls back once after so many ms; answers its cancelling. */
  readonly after: (ms: number, act: () => void) => () => void;
  readonly log: { readonly info: (facts: object, words: string) => void; readonly warn: (facts: object, words: string) => void };
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

const INTERRUPTED = "The program at the site ended while it carried this out. It may have run; it is not repeated.";
const FAILED = "Carrying this out failed inside the program at the site. Some of it may have been done; it is not repeated.";

export function makeCommandRunner(deps: RunCommandsDeps): CommandRunner {
  const begun = Promise.withResolvers<void>();
  let isBegun = false;
  let last = begun.promise;
  let waiting = 0;

  const finish = async (command: CommandId, answer: Answer): Promise<void> => {
    const result: CommandResult = { command, ...answer, configRevision: deps.configRevision() };
    try {
      await deps.finish(result);
      deps.log.info({ command, outcome: answer.outcome }, "a command was answered");
    } catch (error) {
      deps.log.warn({ command }, `a command's answer is not stored yet: ${(error as Error).message}`);
      deps.after(FINISH_RETRY_MS, () => void finish(command, answer));
    }
  };

  const run = async (command: Command): Promise<void> => {
    const taken = await deps.take(command, deps.configRevision());
    if (taken === "full") deps.log.warn({ command: command.id }, "too many commands are remembered; this one is not taken");
    if (taken !== "run") return;
    deps.log.info({ command: command.id, kind: command.kind }, "a command of central is carried out");
    const answer = await carryOut(deps, command, (later) => finish(command.id, later)).catch((error: unknown): Answer => {
      deps.log.warn({ command: command.id, error: String((error as Error).stack ?? error) }, "a command failed by a bug");
      return { outcome: "unknown", words: FAILED, detail: null };
    });
    if (answer !== "later") await finish(command.id, answer);
  };

  return {
    receive(command) {
      if (waiting >= WAITING_MAX) return;
      waiting += 1;
      last = last
        .then(() => run(command))
        // The store is full or closed: nothing was written down, so nothing runs; central sends it again.
        .catch((error: Error) => deps.log.warn({ command: command.id }, `a command could not be taken: ${error.message}`))
        .finally(() => {
          waiting -= 1;
        });
    },
    async resume() {
      for (const { id, state, revision } of deps.open()) {
        if (state === "trial" && revision !== null) await deps.config.resume(revision, (answer) => finish(id, answer));
        else await finish(id, { outcome: "unknown", words: INTERRUPTED, detail: null });
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

/** `later`: the answer comes by `finishLater`. */
async function carryOut(
  deps: RunCommandsDeps,
  command: Command,
  finishLater: (answer: Answer) => Promise<void>,
): Promise<Answer | "later"> {
  const kind = commandKindOf(command.kind);
  switch (kind) {
    case "report-now":
      return deps.reportNow();
    case "set-config":
      return deps.config.begin(command.id, command.args, finishLater);
    case undefined:
      return { outcome: "refused", words: "This release of the edge does not know that command. Nothing was done.", detail: null };
  }
}
