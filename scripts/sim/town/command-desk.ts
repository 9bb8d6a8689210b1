/** Dispatchers who command sites: a report now, another configuration, some of them for later, some short-lived, some that cannot be borne. */
import { buildCommand, type CommandOrder } from "../../../central/collectors/make-command.ts";
import type { CommandId } from "../../../shared/model/ids.ts";
import { encodeFrame } from "../../../shared/protocol/encode.ts";
import type { SeededRandom } from "../../demo/town/seeded-random.ts";
import { MINUTE_MS, type SeedPlan } from "../faults/plan.ts";
import type { SimSite } from "../site/sim-site.ts";
import type { World } from "../world.ts";

/** A configuration that passes the check and that the program cannot run with: its site is called so. */
export const UNBEARABLE = "unbearable";

const AGAIN_EVERY_MS = 5 * MINUTE_MS;
const AGAIN_TRIES_MAX = 24;

export class CommandDesk {
  /** Whatever became of central since. */
  readonly made = new Map<CommandId, { readonly site: number; readonly frame: Uint8Array }>();
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  /** Of a stream per command: one more or less moves nothing else. */
  plan({ commands = 0, workMs }: SeedPlan): void {
    for (let nth = 0; nth < commands; nth++) {
      const own = this.world.stream(`command ${nth}`);
      this.world.agenda.after(own.between(0, 0.95 * workMs), () => this.send(this.pickSite(own), own));
    }
  }

  /** Often one that is away: what is short-lived has expired when it comes back. */
  private pickSite(random: SeededRandom): SimSite {
    const { sites } = this.world;
    const away = sites.filter(({ process }) => process?.uplink.session?.core.phase !== "open");
    return random.pick(away.length > 0 && random.chance(0.6) ? away : sites);
  }

  /**
   * Everything ever commanded of a site, and of its neighbours, comes once more, now or when the site is back. False when there is nobody to
   * hear it now, or nothing was ever said.
   */
  sendAgain(site: SimSite, tries = AGAIN_TRIES_MAX): boolean {
    const session = site.process?.uplink.session ?? null;
    if (session === null || session.core.phase !== "open") {
      if (tries > 1) this.world.agenda.after(AGAIN_EVERY_MS, () => void this.sendAgain(site, tries - 1));
      return false;
    }
    for (const { frame } of this.made.values()) site.process!.after(0, () => session.receive(frame));
    return [...this.made.values()].some((one) => one.site === site.identity);
  }

  private send(site: SimSite, random: SeededRandom): void {
    const { world } = this;
    const { central } = world;
    if (!central.isUp || central.isAway()) return;
    const { collectorId } = site.who;
    const { commands } = central.tables;
    const target = {
      siteId: site.who.site,
      wantedRevision: commands.wanted.get(collectorId) ?? 0,
      runningRevision: commands.running.get(collectorId) ?? 0,
    };
    const nowMs = central.nowMs();
    const number = (this.made.size + 1).toString(16).padStart(12, "0");
    const newId = (): string => `01990000-0000-7000-f000-${number}`;
    const built = buildCommand({ newId, sign: central.identity.sign }, collectorId, orderOf(random, nowMs), target, nowMs);
    if ("message" in built) return;
    const { command, revision } = built;
    this.made.set(command.id, { site: site.identity, frame: encodeFrame(command) });
    commands.add({ collectorId, command, revision, madeMs: nowMs, sent: null });
    world.mark("command-made");
    world.note("central", `commands ${command.kind} ${command.id.slice(-3)} of ${site.name}`);
    central.commandsMade(collectorId);
  }
}

function orderOf(random: SeededRandom, nowMs: number): CommandOrder {
  const minutes = (low: number, high: number): number => Math.round(random.between(low, high) * MINUTE_MS);
  const isReport = random.chance(0.6);
  return {
    reason: "simulated",
    notBeforeMs: random.chance(0.15) ? nowMs + minutes(1, 60) : null,
    expiresAfterMs: random.chance(0.3) ? null : random.chance(0.6) ? minutes(0.1, 8) : minutes(8, 240),
    what: isReport ? { kind: "report-now" } : { kind: "set-config", yaml: configOf(random), basedOn: null },
  };
}

function configOf(random: SeededRandom): string {
  if (random.chance(0.15)) return "site:\n  nme: misspelt\n";
  return `site: { name: ${random.chance(0.2) ? UNBEARABLE : `site ${random.whole(1, 99)}`} }\n`;
}
