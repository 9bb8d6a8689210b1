/** Central's commands in memory: the rules of `central/collectors/command-rows.ts`, without SQL. A test holds the two against each other. */
import type { CommandResultRow } from "../../../central/merge/project-records.ts";
import type { CollectorId, CommandId, SessionId } from "../../../shared/model/ids.ts";
import type { Command } from "../../../shared/protocol/frames.ts";
import { COMMAND_RESEND_MS, COMMANDS_AT_ONCE_MAX } from "../../../shared/protocol/limits.ts";

export interface KeptCommand {
  readonly collectorId: CollectorId;
  readonly command: Command;
  /** Of a configuration. */
  readonly revision: number | null;
  readonly madeMs: number;
  readonly sent: { readonly session: SessionId; readonly atMs: number } | null;
}

/** What a site said became of a command. */
export interface KeptResult extends CommandResultRow {
  readonly collectorId: CollectorId;
  /** 64 hex digits. */
  readonly deviceKey: string;
}

export interface DueFor {
  readonly collectorId: CollectorId;
  readonly deviceKey: string;
  readonly session: SessionId;
}

export class CentralCommands {
  readonly kept = new Map<CommandId, KeptCommand>();
  readonly results: KeptResult[] = [];
  /** The newest revision that was sent to a collector, and the one that it says it runs. */
  readonly wanted = new Map<CollectorId, number>();
  readonly running = new Map<CollectorId, number>();

  add(one: KeptCommand): void {
    this.kept.set(one.command.id, one);
    if (one.revision !== null) this.wanted.set(one.collectorId, one.revision);
  }

  hasAny(collectorId: CollectorId): boolean {
    return this.wanted.has(collectorId) || [...this.kept.values()].some((one) => one.collectorId === collectorId);
  }

  /** Those whose time has come, that have no result and were not just sent in this session; oldest first, marked as sent. */
  takeDue({ collectorId, deviceKey, session }: DueFor, nowMs: number, isConfirmed: (deviceKey: string) => boolean): readonly Command[] {
    if (!isConfirmed(deviceKey)) return [];
    const answered = new Set(
      this.results.filter((one) => one.collectorId === collectorId && isConfirmed(one.deviceKey)).map((one) => one.result.command),
    );
    const isDue = ({ command, revision, sent, ...one }: KeptCommand): boolean =>
      one.collectorId === collectorId &&
      command.notBeforeMs <= nowMs &&
      command.expiresMs > nowMs &&
      !answered.has(command.id) &&
      (revision === null || revision === this.wanted.get(collectorId)) &&
      (sent === null || sent.session !== session || sent.atMs <= nowMs - COMMAND_RESEND_MS);
    const due = [...this.kept.values()].filter(isDue).sort(byAge).slice(0, COMMANDS_AT_ONCE_MAX);
    for (const one of due) this.kept.set(one.command.id, { ...one, sent: { session, atMs: nowMs } });
    return due.map((one) => one.command);
  }

  copy(): CentralCommands {
    const copy = new CentralCommands();
    for (const [id, one] of this.kept) copy.kept.set(id, one);
    copy.results.push(...this.results);
    for (const [collector, revision] of this.wanted) copy.wanted.set(collector, revision);
    for (const [collector, revision] of this.running) copy.running.set(collector, revision);
    return copy;
  }
}

const byAge = (a: KeptCommand, b: KeptCommand): number => a.madeMs - b.madeMs || (a.command.id < b.command.id ? -1 : 1);
