/** One seed from its plan to its verdict. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { sameBytes } from "../../shared/log/record.ts";
import type { LogId } from "../../shared/model/ids.ts";
import { knowsWitness } from "./central/clone-central.ts";
import { CLASS_OF, endOf, type FaultClass, type FaultKind } from "./faults/faults.ts";
import { inject } from "./faults/inject.ts";
import { HOUR_MS, MINUTE_MS, type SeedPlan } from "./faults/plan.ts";
import { doChores } from "./site/site-chores.ts";
import type { Broken } from "./verdict/invariants.ts";
import type { Verdict } from "./verdict/ledger.ts";
import { checkQuiet } from "./verdict/quiet-checks.ts";
import { World, type WorldOptions } from "./world.ts";

/** After faults stop everything must be at rest within this. */
const QUIET_WITHIN_MS = 2 * HOUR_MS;
const SEED_NEEDS = { sites: 3, hours: 6, durable: 300, faults: 5, classes: 3 } as const;

export interface SeedResult {
  readonly seed: number;
  readonly traceHash: string;
  readonly isCounted: boolean;
  readonly isQuiet: boolean;
  readonly broken: readonly Broken[];
  readonly verdict: Verdict;
  readonly records: number;
  readonly messages: number;
  readonly simulatedMs: number;
  readonly steps: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly marks: Readonly<Record<string, number>>;
  readonly looked: Readonly<Record<number, number>>;
  /** The last lines of the trace, when something is broken. */
  readonly tail: readonly string[];
}

/** Memory where there is some: the store's commits are real, and a disk's speed proves nothing here. */
const folderForHomes = (): string => (existsSync("/dev/shm") ? "/dev/shm" : tmpdir());

export async function runSeed(plan: SeedPlan, options: WorldOptions = {}): Promise<SeedResult> {
  await loadSodium();
  const folder = mkdtempSync(join(folderForHomes(), "chaverim-sim-"));
  const world = new World(plan, folder, options);
  try {
    const result = live(world);
    options.onEnd?.(world);
    return result;
  } finally {
    for (const site of world.sites) site.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

function live(world: World): SeedResult {
  const { plan, agenda } = world;
  const hits: Partial<Record<FaultKind, number>> = {};
  world.people.begin();
  for (const site of world.sites) site.start();
  world.cameras.plan(plan);
  world.people.plan(plan);
  world.desk.plan(plan);
  for (const fault of plan.faults) {
    agenda.after(fault.atMs, () => {
      if (inject(world, fault)) hits[fault.kind] = (hits[fault.kind] ?? 0) + 1;
    });
  }
  for (let atMs = plan.backupEveryMs; atMs < plan.workMs; atMs += plan.backupEveryMs) agenda.after(atMs, () => world.central.takeBackup());
  const stop = (): boolean => world.checks.broken.length > 0;
  // Time that is leapt over comes on top.
  const endMs = Math.max(plan.workMs, ...plan.faults.map(endOf));
  agenda.runUntil(endMs, stop);
  calm(world);
  let isQuiet = false;
  for (const untilMs = agenda.nowMs + QUIET_WITHIN_MS; !stop() && !isQuiet && agenda.nowMs < untilMs; ) {
    agenda.runUntil(agenda.nowMs + MINUTE_MS, stop);
    isQuiet = atRest(world);
  }
  if (!stop())
    world.checks.check(29, isQuiet, () => `not at rest ${QUIET_WITHIN_MS / MINUTE_MS} minutes after the last fault: ${unrest(world)}`);
  const verdict = judge(world);
  if (isQuiet) checkQuiet(world, verdict);
  return resultOf(world, hits, isQuiet, verdict);
}

function judge({ ledger, losses, central }: World): Verdict {
  const wentPast = (logId: LogId, seq: number): boolean => central.safe.wentPast(logId, seq);
  const isAbove = (logId: LogId, seq: number): boolean => central.restores > 0 && seq >= central.safe.of(logId);
  const mayBeLost = (logId: LogId, seq: number): boolean => wentPast(logId, seq) || isAbove(logId, seq);
  return ledger.judge(central.tables, { isTold: losses.toldAt(central.tables), mayBeLost, wentPast });
}

/** Faults stop; what they did has to heal by itself. */
function calm(world: World): void {
  world.note("faults", "stop");
  world.central.databaseAwayUntilMs = 0;
  world.central.noCreditUntilMs = 0;
  world.central.clockWrongByMs = 0;
  world.central.images.awayUntilMs = 0;
  for (const site of world.sites) {
    site.line.clear();
    site.fullUntilMs = 0;
    site.freeDisk();
    site.card.clear();
    if (site.process !== null) doChores(site.process);
    site.effectsToLive = null;
    site.doomedCommand = null;
    site.doomedPicture = null;
    site.picturesFullUntilMs = 0;
    site.stepsToLive = null;
  }
}

const atRest = (world: World): boolean => unrest(world) === "";

/** What is not at rest yet; empty when everything is. */
function unrest(world: World): string {
  const { central, sites, cameras } = world;
  if (cameras.waiting > 0) return `${cameras.waiting} camera messages are not answered`;
  for (const site of sites) {
    const { process } = site;
    if (process === null) return `${site.name} does not run`;
    if (process.uplink.session?.core.phase !== "open") return `${site.name} is not connected`;
    for (const own of process.reader.logs()) {
      const held = central.tables.logs.get(own.logId)?.next ?? 0;
      // A log that two machines share may be ahead at central until this one speaks of it again.
      const isThere = site.sharesCard() ? held >= own.head.next : held === own.head.next;
      if (!isThere || own.acknowledged !== own.head.next)
        return `${site.name}: log ${own.logId} has ${own.head.next} records, ${own.acknowledged} acknowledged, ${held} at central`;
    }
    if (!knowsWitness(site, central) && process.rows.tree.standingForks().length === 0)
      return `${site.name} holds a tree head of another history, and has not noticed`;
    const pictures = world.images.waitingAt(process);
    if (pictures > 0) return `${site.name}: ${pictures} pictures wait`;
    const unanswered = process.commands.openCount();
    if (unanswered > 0) return `${site.name}: ${unanswered} commands are not answered`;
    const held = new Map(process.reader.feeds().map((feed) => [feed.list, feed] as const));
    for (const head of central.headsOf(site.who.site)) {
      const feed = held.get(head.list);
      if (feed?.cursor !== head.head || feed.generation !== head.generation)
        return `${site.name}: list ${head.list} at ${feed?.cursor} of ${head.head}`;
      if (!sameBytes(feed.checksum, head.checksum!)) return `${site.name}: list ${head.list} is not central's`;
    }
  }
  return "";
}

function resultOf(world: World, faults: Partial<Record<FaultKind, number>>, isQuiet: boolean, verdict: Verdict): SeedResult {
  const { plan, agenda, checks, ledger } = world;
  const kinds = Object.keys(faults) as FaultKind[];
  const classes = new Set<FaultClass>(kinds.map((kind) => CLASS_OF[kind]));
  const hits = kinds.reduce((sum, kind) => sum + (faults[kind] ?? 0), 0);
  const isCounted =
    isQuiet &&
    plan.sites >= SEED_NEEDS.sites &&
    agenda.nowMs - agenda.leaptMs >= SEED_NEEDS.hours * HOUR_MS &&
    ledger.durableCount() >= SEED_NEEDS.durable &&
    hits >= SEED_NEEDS.faults &&
    classes.size >= SEED_NEEDS.classes;
  return {
    seed: plan.seed,
    traceHash: world.trace.hash(),
    isCounted,
    isQuiet,
    broken: checks.broken,
    verdict,
    records: ledger.durableCount(),
    messages: ledger.messages.size,
    simulatedMs: agenda.nowMs - agenda.leaptMs,
    steps: agenda.steps,
    faults,
    marks: Object.fromEntries(world.marks),
    looked: Object.fromEntries(checks.looked),
    tail: checks.broken.length > 0 ? world.trace.last(50) : [],
  };
}
