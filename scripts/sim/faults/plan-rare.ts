/** Faults of which a few seeds have some: histories of weeks, damaged cards. All of them draw from a stream of their own. */
import type { SeededRandom } from "../../demo/town/seeded-random.ts";
import type { Fault } from "./faults.ts";

const RARE_KINDS = ["quiet-days", "absence", "card-fills", "central-clock", "small-batches", "bit-flip", "io-error"] as const;
export type RareKind = (typeof RARE_KINDS)[number];

/** Beyond those of every other fault of a seed. */
const FIRST_ID = 1_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

type Rare<One = Fault> = One extends { readonly kind: RareKind | "restore-central" | "weather" | "partition" } ? One : never;
type Drawn<One = Rare> = One extends unknown ? Omit<One, "id"> : never;

/** One in so many seeds has each of these stories. */
export function planRareFaults(random: SeededRandom, sites: number, workMs: number): Fault[] {
  const drawn = [
    ...story(random.fork("weeks"), 0.09, (own) => weeks(own, sites, workMs)),
    ...story(random.fork("absence"), 0.04, (own) => absence(own, sites, workMs)),
    ...story(random.fork("central's clock"), 0.12, (own) => centralClock(own, workMs)),
    ...story(random.fork("small batches"), 0.1, (own) => smallBatches(own, sites, workMs)),
    ...story(random.fork("failing card"), 0.1, (own) => failingCard(own, sites, workMs)),
    ...story(random.fork("worn card"), 0.12, (own) => wornCard(own, sites, workMs)),
  ];
  return drawn.map((fault, at) => ({ ...fault, id: FIRST_ID + at }));
}

const story = (random: SeededRandom, chance: number, draw: (random: SeededRandom) => Drawn[]): Drawn[] =>
  random.chance(chance) ? draw(random) : [];

const within = (random: SeededRandom, from: number, to: number, workMs: number): number => Math.round(random.between(from, to) * workMs);
const minutes = (random: SeededRandom, low: number, high: number): number => Math.round(random.between(low, high) * MINUTE_MS);

/** Days pass, cards fill up with what is old by then, and central is put back to where it lacks some of what went. */
function weeks(random: SeededRandom, sites: number, workMs: number): Drawn[] {
  const atMs = within(random, 0.2, 0.7, workMs);
  const faults: Drawn[] = [{ kind: "quiet-days", atMs, days: random.whole(8, 40) }];
  for (let site = 0; site < sites; site++) {
    if (!random.chance(0.6)) continue;
    const filledMs = atMs + minutes(random, 1, 25);
    faults.push({ kind: "card-fills", atMs: filledMs, site, lastsMs: minutes(random, 5, 90), freeMib: random.whole(0, 300) });
  }
  if (random.chance(0.5)) {
    const backup = random.chance(0.3) ? 0 : 1;
    faults.push({ kind: "restore-central", atMs: atMs + minutes(random, 26, 90), backup, downMs: minutes(random, 0.5, 20) });
  }
  if (random.chance(0.3)) faults.push({ kind: "quiet-days", atMs: atMs + minutes(random, 30, 90), days: random.whole(2, 20) });
  return faults;
}

function absence(random: SeededRandom, sites: number, workMs: number): Drawn[] {
  const site = random.whole(0, sites - 1);
  const [beforeMs, afterMs] = [minutes(random, 10, 50), minutes(random, 10, 60)];
  return [
    {
      kind: "absence",
      atMs: within(random, 0.2, 0.6, workMs),
      site,
      days: random.chance(0.65) ? random.whole(181, 230) : random.whole(2, 180),
      beforeMs,
      afterMs,
    },
  ];
}

/**
 * By hours mostly; by years now and then, where no site may follow. Never by a day or more that sites follow: what a camera had sent a
 * minute ago would be a day old then, and its repeat a new car.
 */
function centralClock(random: SeededRandom, workMs: number): Drawn[] {
  const sign = random.chance(0.5) ? 1 : -1;
  const byMs = sign * (random.chance(0.8) ? minutes(random, 6, 1_200) : random.whole(6 * 365, 10 * 365) * DAY_MS);
  return [{ kind: "central-clock", atMs: within(random, 0.1, 0.9, workMs), lastsMs: minutes(random, 3, 60), byMs }];
}

/** Many APPENDs on their way, and a line that loses some of them: central meets one behind a hole. */
function smallBatches(random: SeededRandom, sites: number, workMs: number): Drawn[] {
  const site = random.whole(0, sites - 1);
  const atMs = within(random, 0.1, 0.8, workMs);
  const lost = { drop: random.whole(50, 250), repeat: 0, overtake: 0, truncate: 0, slowMs: random.whole(0, 3_000) };
  return [
    { kind: "small-batches", atMs, site, most: random.whole(1, 6) },
    { kind: "weather", atMs: atMs + 1_000, site, lastsMs: minutes(random, 10, 90), ...lost },
  ];
}

/** A bit flips, mostly while the site is cut off and its card alone has what the cameras sent. */
function wornCard(random: SeededRandom, sites: number, workMs: number): Drawn[] {
  const site = random.whole(0, sites - 1);
  const where = random.pick(["record", "record", "record", "page", "page", "wal"] as const);
  const [atMs, lastsMs] = [within(random, 0.1, 0.7, workMs), minutes(random, 30, 100)];
  const flip: Drawn = { kind: "bit-flip", atMs: atMs + Math.round(lastsMs * 0.9), site, where, downMs: minutes(random, 0.1, 10) };
  return random.chance(0.85) ? [{ kind: "partition", atMs, site, lastsMs }, flip] : [flip];
}

function failingCard(random: SeededRandom, sites: number, workMs: number): Drawn[] {
  const site = random.whole(0, sites - 1);
  return [{ kind: "io-error", atMs: within(random, 0.05, 0.95, workMs), site, lastsMs: minutes(random, 1, 25), once: random.chance(0.4) }];
}
