/** One command from its id to its answer, as steps. */
import type { CommandResult } from "../../shared/log/payloads/command-result-payload.ts";
import type { CommandId } from "../../shared/model/ids.ts";
import { commandKindOf } from "../../shared/protocol/command-args.ts";
import type { Command } from "../../shared/protocol/frames.ts";
import type { Answer } from "./command-answer.ts";
import { ask, type CommandSteps } from "./command-steps.ts";
import type { ConfigTrial } from "./set-config.ts";

export interface CarryOutDeps {
  readonly configRevision: () => number;
  /** A heartbeat now, and what it says as an answer. */
  readonly reportNow: () => Answer;
  readonly config: Pick<ConfigTrial, "begin">;
  readonly log: { readonly info: (facts: object, words: string) => void; readonly warn: (facts: object, words: string) => void };
}

const FAILED = "Carrying this out failed inside the program at the site. Some of it may have been done; it is not repeated.";

/** `finishLater` is told an answer that does not come at once. */
export function* carryOutCommand(deps: CarryOutDeps, command: Command, finishLater: (answer: Answer) => void): CommandSteps<void> {
  const taken = yield* ask({ ask: "take", command, configRevision: deps.configRevision() });
  if (taken === "full") deps.log.warn({ command: command.id }, "too many commands are remembered; this one is not taken");
  if (taken !== "run") return;
  deps.log.info({ command: command.id, kind: command.kind }, "a command of central is carried out");
  const answer = yield* answerOf(deps, command, finishLater);
  if (answer !== "later") yield* ask({ ask: "finish", result: resultOf(command.id, answer, deps.configRevision()) });
}

function* answerOf(deps: CarryOutDeps, command: Command, finishLater: (answer: Answer) => void): CommandSteps<Answer | "later"> {
  try {
    return yield* run(deps, command, finishLater);
  } catch (error) {
    deps.log.warn({ command: command.id, error: String((error as Error).stack ?? error) }, "a command failed by a bug");
    return { outcome: "unknown", words: FAILED, detail: null };
  }
}

function* run(deps: CarryOutDeps, command: Command, finishLater: (answer: Answer) => void): CommandSteps<Answer | "later"> {
  const kind = commandKindOf(command.kind);
  switch (kind) {
    case "report-now":
      return deps.reportNow();
    case "set-config":
      return yield* deps.config.begin(command.id, command.args, finishLater);
    case undefined:
      return { outcome: "refused", words: "This release of the edge does not know that command. Nothing was done.", detail: null };
  }
}

export const resultOf = (command: CommandId, answer: Answer, configRevision: number): CommandResult => ({
  command,
  ...answer,
  configRevision,
});

const INTERRUPTED = "The program at the site ended while it carried this out. It may have run; it is not repeated.";

/** What becomes of a command that the last run of the program left open; `later`: its configuration is on trial again. */
export function answerOpen(
  config: Pick<ConfigTrial, "resume">,
  { state, revision }: { readonly state: string; readonly revision: number | null },
  finishLater: (answer: Answer) => void,
): Answer | "later" {
  if (state === "trial" && revision !== null) return config.resume(revision, finishLater);
  return { outcome: "unknown", words: INTERRUPTED, detail: null };
}
