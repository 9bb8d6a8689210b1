/** What commands did at the sites, kept outside of everything that is tested; invariant 17, and 25 of their ids. */
import { TRUSTED_QUALITY } from "../../../shared/clock/clock.ts";
import type { CommandId } from "../../../shared/model/ids.ts";
import type { Command } from "../../../shared/protocol/frames.ts";
import { HOUR_MS, START_MS } from "../faults/plan.ts";
import type { SiteProcess } from "../site/site-process.ts";
import type { World } from "../world.ts";

/** A time that central told over a slow line may be wrong by half of its round trip; a crystal that nobody corrects drifts away. */
const CLOCK_WRONG_MAX_MS = 60_000;
const DRIFT_MAX = 200 / 1e6;
/** The longest-lived command is over by then, and its id may go a day later. */
const ALL_EXPIRED_MS = 9 * 24 * HOUR_MS;
/** Also those go whose answer stands in a log that was left. */
const ALL_FORGOTTEN_MS = 120 * 24 * HOUR_MS;

export class CommandWatch {
  private readonly runs = new Map<string, number>();
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  /** A command does at this moment what it is for. Another card, or an older copy of this one, knows nothing of what it took. */
  onRun({ site }: SiteProcess, { id, kind, expiresMs }: Command): void {
    const { checks, agenda, plan } = this.world;
    const key = `${site.actor()} ${id}`;
    const times = (this.runs.get(key) ?? 0) + 1;
    this.runs.set(key, times);
    this.world.mark("command-ran");
    this.world.note(site.name, `runs ${kind} ${id.slice(-3)}`);
    checks.check(17, times === 1, () => `${site.name}: command ${id} runs for the ${times}. time on this card`);
    const lateMs = START_MS + agenda.nowMs - expiresMs;
    // Where central's own clock was wrong once, nobody can say by whose time a site that follows it should have known.
    if (plan.faults.some((fault) => fault.kind === "central-clock")) return;
    const allowedMs = CLOCK_WRONG_MAX_MS + agenda.nowMs * DRIFT_MAX;
    checks.check(17, lateMs < allowedMs, () => `${site.name}: command ${id} runs ${Math.round(lateMs / 1000)} s after it expired`);
  }

  /** The store has answered for it already, that it may not run. */
  onRefused({ site }: SiteProcess, id: CommandId): void {
    const hasRun = this.runs.has(`${site.actor()} ${id}`);
    this.world.checks.check(17, !hasRun, () => `${site.name}: command ${id} is refused and has run`);
  }
}

/** 17: central shows results of commands that were made. 25: in the end no id is kept. */
export function checkCommands(world: World): void {
  const { checks, central, desk, sites } = world;
  for (const { result } of central.tables.commands.results) {
    world.mark(`command-${result.outcome}`);
    checks.check(17, desk.made.has(result.command), () => `a result of command ${result.command}, which nobody made`);
  }
  for (const { process } of sites) if (process !== null) checkIdsBounded(world, process);
}

function checkIdsBounded({ checks, agenda, plan }: World, process: SiteProcess): void {
  const { commands, logs } = process.rows;
  // A central whose clock ran years ahead gave commands that live for years; their number is bounded all the same.
  if (commands.count() === 0 || plan.faults.some((fault) => fault.kind === "central-clock")) return;
  const forgetAt = (aheadMs: number): number => {
    const wallMs = START_MS + agenda.nowMs + aheadMs;
    process.command("forgetOld", { ...process.clock.moment(), wallMs, clockQuality: TRUSTED_QUALITY });
    return commands.count();
  };
  const { name } = process.site;
  const left = forgetAt(ALL_EXPIRED_MS);
  const hasLeftLogs = logs.leftSince(0).length > 0;
  checks.check(25, hasLeftLogs || left === 0, () => `${name} keeps ${left} command ids though central has every answer`);
  const kept = forgetAt(ALL_FORGOTTEN_MS);
  checks.check(25, kept === 0, () => `${name} keeps ${kept} command ids for ever`);
}
