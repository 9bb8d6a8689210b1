import type { Moment } from "../../shared/log/chain.ts";
import { COMMAND_RESULT_VERSION, type CommandResult, encodeCommandResult } from "../../shared/log/payloads/command-result-payload.ts";
import type { CommandId } from "../../shared/model/ids.ts";
import type { Command } from "../../shared/protocol/frames.ts";
import { COMMAND_KEPT_MS, judgeCommand } from "../../shared/protocol/judge-command.ts";
import { append, newRid, type StoreContext } from "./store-context.ts";

/** Ids held at once. Central signs every one of them, so more is a fault of its; it repeats what was not taken until it expires. */
export const COMMANDS_HELD_MAX = 1_024;
/** An id whose answer central never acknowledged (its log was replaced) goes after this all the same. */
const LONG_EXPIRED_MS = 90 * 24 * 3_600_000;

export type TakenCommand = Pick<Command, "id" | "kind" | "notBeforeMs" | "expiresMs">;

/** Only `run` lets the command run, and it is said once for an id. `refused` stands in the log already. */
export type CommandTaken = "run" | "known" | "too-early" | "refused" | "stale" | "full";

/** Writes the id down before anything runs. `configRevision`: in force now, for the answer to one that may not run. */
export function takeCommand(context: StoreContext, command: TakenCommand, configRevision: number, moment: Moment): CommandTaken {
  const { commands } = context.rows;
  if (commands.state(command.id) !== undefined) return "known";
  const verdict = judgeCommand(command, moment);
  if (verdict.kind === "too-early" || verdict.kind === "stale") return verdict.kind;
  if (commands.count() >= COMMANDS_HELD_MAX) return "full";
  commands.insert(command.id, command.kind, command.expiresMs);
  if (verdict.kind === "run") return "run";
  const { outcome, words } = verdict;
  finishCommand(context, { command: command.id, outcome, words, configRevision, detail: null }, moment);
  return "refused";
}

/** The configuration of this command is about to be put in force: a restart must know that it has to prove itself. */
export function putOnTrial(context: StoreContext, id: CommandId, revision: number): void {
  context.rows.commands.putOnTrial(id, revision);
}

/** The answer as an urgent record; said once. */
export function finishCommand(context: StoreContext, result: CommandResult, moment: Moment): void {
  const state = context.rows.commands.state(result.command);
  if (state === undefined || state === "done") return;
  const fields = encodeCommandResult(result);
  const rid = newRid(context, moment);
  const at = append(context, "urgent", { kind: "command-result", version: COMMAND_RESULT_VERSION, rid, moment, fields });
  context.rows.commands.finish(result.command, at);
}

/** An id is forgotten a day after its command expired: from then on the command itself is dropped unread. */
export function forgetCommands(context: StoreContext, wallMs: number): void {
  context.rows.commands.forget(wallMs - COMMAND_KEPT_MS, wallMs - LONG_EXPIRED_MS);
}
