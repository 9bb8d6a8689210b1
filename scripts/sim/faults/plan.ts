/** From a seed to what will happen: how many sites, how long, how busy, and the list of faults. */
import { type SeededRandom, seededRandom } from "../../demo/town/seeded-random.ts";
import { CLASS_OF, endOf, FAULT_CLASSES, type Fault } from "./faults.ts";
import { planRareFaults, type RareKind } from "./plan-rare.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
/** The moment at which every simulation begins, ms UTC. */
export const START_MS = Date.UTC(2026, 10, 22, 2, 10);

export interface SeedPlan {
  readonly seed: number;
  readonly sites: number;
  /** Cameras and people work, and faults happen, for so long. */
  readonly workMs: number;
  /** Camera messages in all. */
  readonly messages: number;
  /** Edits of watchlists in all. */
  readonly edits: number;
  /** Commands of central in all; none when absent. */
  readonly commands?: number;
  readonly backupEveryMs: number;
  /** Thousandths of camera messages that bring pictures; none when absent. */
  readonly pictures?: number;
  readonly faults: readonly Fault[];
}

export function planSeed(seed: number): SeedPlan {
  const random = seededRandom(`sim-${seed}`);
  const size = random.fork("workload");
  const sites = size.chance(0.8) ? 3 : 4;
  const workMs = Math.round(size.between(6, 6.2) * HOUR_MS);
  const messages = size.whole(250, 310);
  const edits = size.whole(20, 45);
  const backupEveryMs = size.whole(20, 80) * MINUTE_MS;
  const pictures = random.fork("pictures").whole(100, 350);
  const commands = random.fork("commands").whole(3, 10);
  const faults = planFaults(random.fork("faults"), sites, workMs);
  return { seed, sites, workMs, messages, edits, commands, backupEveryMs, pictures, faults };
}

/** A seed counts with 3 classes; one of more may find nothing to hit. */
const CLASSES_MIN = 4;
const CLASS_CHANCE = 0.7;

/** Each class is on in most seeds; one seed in a hundred has a partition of days. */
function planFaults(random: SeededRandom, sites: number, workMs: number): Fault[] {
  const ranked = FAULT_CLASSES.map((name) => ({ name, roll: random.fork(`class ${name}`).next() })).sort((a, b) => a.roll - b.roll);
  const on = new Set(ranked.filter(({ roll }, rank) => rank < CLASSES_MIN || roll < CLASS_CHANCE).map(({ name }) => name));
  const faults: Fault[] = [];
  for (const kind of Object.keys(MOST) as CommonKind[]) {
    const own = random.fork(kind);
    const count = own.whole(0, MOST[kind]);
    for (let made = 0; made < count; made++) {
      // Who waits for days anyway gets sticks that are days late; those over days that are leapt are weeks late.
      const spanMs = Math.max(workMs, ...faults.map(endOf));
      const fault =
        kind === "stick" ? drawStick(faults.length, own, sites, workMs, spanMs) : drawFault(kind, faults.length, own, sites, workMs);
      if (on.has(CLASS_OF[kind])) faults.push({ ...fault, id: faults.length });
    }
  }
  const rare = planRareFaults(random.fork("rare"), sites, workMs).filter(({ kind }) => on.has(CLASS_OF[kind]));
  return [...faults, ...rare].sort((a, b) => a.atMs - b.atMs);
}

type CommonKind = Exclude<Fault["kind"], RareKind>;

/** At most so many of a kind in one seed. New kinds at the end: what a fault draws hangs on its place. */
const MOST: Readonly<Record<CommonKind, number>> = {
  weather: 4,
  cut: 4,
  "half-open": 2,
  partition: 3,
  "socket-blocked": 2,
  "kill-edge": 4,
  "kill-in-command": 3,
  "kill-central": 2,
  "power-cut": 4,
  "disk-full": 1,
  "list-damage": 1,
  "clock-set": 2,
  "clock-jump": 2,
  drift: 2,
  "restore-central": 2,
  reflash: 1,
  "old-copy": 1,
  clone: 1,
  poison: 2,
  "camera-repeats": 3,
  "same-plate": 2,
  "database-away": 2,
  "no-credit": 2,
  "clone-central": 1,
  "second-instance": 1,
  "older-edge": 1,
  "older-central": 1,
  "kill-over-picture": 2,
  "pictures-full": 1,
  "picture-damage": 2,
  "upload-meddled": 2,
  "image-store-away": 2,
  "kill-at-command": 3,
  "late-commands": 3,
  stick: 3,
};

function drawStick(id: number, random: SeededRandom, sites: number, workMs: number, spanMs: number): Fault {
  const atMs = Math.round(random.between(0.02, 0.6) * workMs);
  const lastsMs = Math.round(random.between(10, 150) * MINUTE_MS);
  const leavesMs = Math.round(random.between(0.2, 0.9) * lastsMs);
  const leftMs = Math.max(MINUTE_MS, spanMs - atMs - leavesMs);
  const whileAwayMs = Math.min(leftMs, lastsMs - leavesMs);
  const arrives = (): number => Math.round(MINUTE_MS / 2 + random.next() * (random.chance(0.5) ? whileAwayMs : leftMs * 0.9));
  const times = random.pick([0, 1, 1, 1, 1, 2, 2]);
  const arrivesMs = Array.from({ length: times }, arrives);
  const damage = random.chance(0.25) ? { kind: random.pick(["cut", "flip"] as const), at: random.whole(0, 1_000) } : null;
  const who = random.chance(0.85) ? "owner" : random.pick(["stranger", "wrong-key"] as const);
  const receiptMs = random.chance(0.7) ? Math.round(MINUTE_MS / 2 + random.next() * leftMs * 0.1) : null;
  const site = random.whole(0, sites - 1);
  return { id, atMs, site, kind: "stick", lastsMs, leavesMs, arrivesMs, damage, who, receiptMs };
}

function drawFault(kind: Exclude<CommonKind, "stick">, id: number, random: SeededRandom, sites: number, workMs: number): Fault {
  const atMs = Math.round(random.between(0.02, 0.97) * workMs);
  const site = random.whole(0, sites - 1);
  const common = { id, atMs };
  const atSite = { id, atMs, site };
  const minutes = (low: number, high: number): number => Math.round(random.between(low, high) * MINUTE_MS);
  switch (kind) {
    case "weather": {
      const chance = (most: number): number => (random.chance(0.6) ? random.whole(1, most) : 0);
      const rates = { drop: chance(150), repeat: chance(200), overtake: chance(200), truncate: chance(20) };
      return { ...atSite, kind, lastsMs: minutes(2, 60), ...rates, slowMs: random.chance(0.5) ? random.whole(200, 20_000) : 0 };
    }
    case "cut":
    case "clone":
    case "list-damage":
    case "poison":
    case "picture-damage":
    case "late-commands":
      return { ...atSite, kind };
    case "upload-meddled":
      return { ...common, kind };
    case "half-open":
      return { ...atSite, kind, way: random.pick(["up", "down", "both"] as const) };
    case "partition":
      // Weeks and months are `absence`, whose quiet days are leapt over: a day of heartbeats costs as much as the rest of a seed.
      return { ...atSite, kind, lastsMs: random.chance(0.003) ? minutes(1_440, 2 * 1_440) : minutes(1, 150) };
    case "socket-blocked":
      return { ...atSite, kind, lastsMs: minutes(5, 90) };
    case "kill-edge":
      return { ...atSite, kind, effects: random.whole(1, 12), downMs: minutes(0.05, 10) };
    case "kill-in-command":
      return { ...atSite, kind, kept: random.whole(0, 1_000), downMs: minutes(0.05, 3) };
    case "kill-at-command":
      return { ...atSite, kind, steps: random.whole(1, 4), power: random.chance(0.4), downMs: minutes(0.05, 5) };
    case "kill-central":
      return { ...common, kind, downMs: minutes(0.05, 15) };
    case "power-cut":
      return {
        ...atSite,
        kind,
        inCommand: random.chance(0.7),
        kept: random.whole(0, 1_000),
        torn: random.chance(0.4),
        downMs: minutes(0.2, 30),
      };
    case "disk-full":
    case "database-away":
    case "no-credit":
      return kind === "disk-full" ? { ...atSite, kind, lastsMs: minutes(1, 20) } : { ...common, kind, lastsMs: minutes(1, 20) };
    case "clock-set":
      return { ...atSite, kind, wallMs: random.chance(0.5) ? random.whole(0, 10 * MINUTE_MS) : Date.UTC(2036, 1, 7, 6, 28) };
    case "clock-jump":
      return { ...atSite, kind, byMs: Math.round((random.chance(0.5) ? -1 : 1) * random.between(1_000, 40 * 24 * HOUR_MS)) };
    case "drift":
      return { ...atSite, kind, millionths: random.whole(-200, 200) };
    case "restore-central":
      return { ...common, kind, backup: random.chance(0.6) ? 0 : 1, downMs: minutes(0.5, 20) };
    case "reflash":
      return { ...atSite, kind, downMs: minutes(1, 30) };
    case "old-copy":
      return { ...atSite, kind, lastsMs: minutes(5, 180), downMs: minutes(0.5, 10) };
    case "camera-repeats":
      return { ...atSite, kind, lastsMs: minutes(5, 120) };
    case "same-plate":
      return { ...atSite, kind, lastsMs: minutes(2, 30) };
    case "clone-central":
      return {
        ...common,
        kind,
        lastsMs: minutes(5, 150),
        copyOf: random.pick(["machine", "backup"] as const),
        life: random.pick(["same", "new"] as const),
      };
    case "second-instance":
      return { ...atSite, kind };
    case "older-edge":
      return { ...atSite, kind, lastsMs: minutes(10, 60) };
    case "older-central":
      return { ...common, kind, lastsMs: minutes(10, 60) };
    case "kill-over-picture": {
      const isPower = random.chance(0.6);
      const left = { kept: isPower ? random.whole(0, 1_000) : 1_000, torn: isPower && random.chance(0.4) };
      return { ...atSite, kind, steps: random.whole(1, 9), isPower, ...left, downMs: minutes(0.05, 10) };
    }
    case "pictures-full":
      return { ...atSite, kind, lastsMs: minutes(5, 60) };
    case "image-store-away":
      return { ...common, kind, lastsMs: minutes(2, 40) };
  }
}
