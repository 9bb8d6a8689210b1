/**
 * Carrying out a command, without I/O: generators that ask for one thing after another and are told what came of it. The program answers
 * by promises (`driveSteps`), the simulator from its own agenda; in both the order is the same, and the end of the program may come
 * between any two.
 */
import type { CommandResult } from "../../shared/log/payloads/command-result-payload.ts";
import type { CommandId } from "../../shared/model/ids.ts";
import type { Command } from "../../shared/protocol/frames.ts";
import type { CommandTaken } from "../log/take-command.ts";

export type CommandStep =
  /** Write the id down: only the answer `run` lets the command run. */
  | { readonly ask: "take"; readonly command: Command; readonly configRevision: number }
  /** Write down that the configuration of this revision is about to be put in force. */
  | { readonly ask: "put-on-trial"; readonly id: CommandId; readonly revision: number }
  /** Take the files over into the running program. */
  | { readonly ask: "reload" }
  /** Write the answer into the log. */
  | { readonly ask: "finish"; readonly result: CommandResult };

interface Answered {
  readonly take: CommandTaken;
  readonly "put-on-trial": undefined;
  /** One sentence when the program cannot run with it; the old one keeps running then. */
  readonly reload: string | null;
  readonly finish: undefined;
}

export type CommandSteps<Result> = Generator<CommandStep, Result, unknown>;

type Step<Kind extends CommandStep["ask"]> = Extract<CommandStep, { readonly ask: Kind }>;

export function* ask<Kind extends CommandStep["ask"]>(step: Step<Kind>): CommandSteps<Answered[Kind]> {
  return (yield step) as Answered[Kind];
}

/** Asks for each step in its turn. What `carryOut` throws is thrown where it was asked for. */
export async function driveSteps<Result>(steps: CommandSteps<Result>, carryOut: (step: CommandStep) => Promise<unknown>): Promise<Result> {
  let at = steps.next();
  while (at.done !== true) {
    const outcome = await carryOut(at.value).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    at = "error" in outcome ? steps.throw(outcome.error) : steps.next(outcome.value);
  }
  return at.value;
}
