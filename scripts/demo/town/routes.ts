/**
 * Who drives where and when, and what each camera makes of it: an endless plan that depends on the seed alone.
 * Times are milliseconds from the start of the town; trips that began up to six minutes before are already under way.
 */
import type { MessageKind } from "./ledger.ts";
import type { Side } from "./pictures/vehicle-drawing.ts";
import { clipped, misread } from "./plates.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { Fleet } from "./vehicles.ts";

export interface PlannedRead {
  readonly atMs: number;
  readonly camera: string;
  readonly pass: number;
  readonly vehicle: number;
  readonly side: Side;
  readonly said: string;
  readonly confidence: number;
  readonly kind: MessageKind;
  /** What the camera adds to this message out of its own weakness. */
  readonly quirk: "malformed" | "duplicate" | null;
}

/** One camera on a route: seconds after the one before it, and which end of the vehicle it sees. */
interface Leg {
  readonly camera: string;
  readonly afterS: readonly [number, number];
  readonly side: Side;
}

export interface RoutePlan {
  readonly fleet: Fleet;
  readonly perMinute: number;
  readonly malformedChance: number;
  readonly duplicateChance: number;
}

const HOUR_MS = 3_600_000;
const UNDER_WAY_MS = 6 * 60_000;
/** 1.9 km of town streets at 27-45 km/h. */
const BETWEEN_SITES_S = [150, 250] as const;

const ROUTES: readonly (readonly Leg[])[] = [
  [
    leg("North gate", [0, 0], "front"),
    leg("South camera", [11, 22], "rear"),
    leg("Bridge west", BETWEEN_SITES_S, "front"),
    leg("Bridge east", [8, 17], "rear"),
  ],
  [
    leg("Bridge east", [0, 0], "front"),
    leg("Bridge west", [8, 17], "rear"),
    leg("South camera", BETWEEN_SITES_S, "front"),
    leg("North gate", [11, 22], "rear"),
  ],
  [leg("North gate", [0, 0], "front"), leg("Lot entrance", [18, 40], "front")],
  [leg("Lot entrance", [0, 0], "rear"), leg("South camera", [15, 33], "rear"), leg("Oak ramp", BETWEEN_SITES_S, "front")],
  [leg("Oak ramp", [0, 0], "front"), leg("Bridge east", [14, 30], "rear")],
  [leg("South camera", [0, 0], "front"), leg("North gate", [11, 22], "rear")],
];

/** Endless; the same seed and rate give the same reads. Reads come in time order. */
export function* planTown(plan: RoutePlan, random: SeededRandom): Generator<PlannedRead, never> {
  const { fleet } = plan;
  const waiting: PlannedRead[] = [];
  const busyUntil = new Map<number, number>();
  const trips = random.fork("trips");
  const meanLegs = ROUTES.reduce((sum, route) => sum + route.length, 0) / ROUTES.length;
  // Asked anew for each trip: the rate may be changed while the town runs.
  const tripsPerMs = (): number => plan.perMinute / 60_000 / (meanLegs * MEAN_READS * MEAN_CONVOY);
  let passes = 0;
  let nextTripMs = -UNDER_WAY_MS;
  let nextParkedMs = trips.between(8_000, 30_000);
  let parkedPass = 0;

  const drive = (vehicle: number, route: readonly Leg[], times: readonly number[]): void => {
    for (const [i, { camera, side }] of route.entries()) {
      waiting.push(...readsOf(plan, { vehicle, camera, side, atMs: times[i]!, pass: ++passes }, random.fork(`pass/${passes}`)));
    }
    // Long enough to be anywhere in town again when its next trip begins.
    busyUntil.set(vehicle, times.at(-1)! + BETWEEN_SITES_S[1] * 1000);
  };

  for (;;) {
    while (nextTripMs <= nextParkedMs && (waiting.length === 0 || nextTripMs <= earliest(waiting))) {
      const route = trips.pick(ROUTES);
      const vehicle = pickVehicle(fleet, busyUntil, nextTripMs, trips);
      const times = timesOf(route, nextTripMs, trips);
      drive(vehicle, route, times);
      const follower = fleet.followers.get(vehicle);
      if (follower !== undefined) {
        const gapMs = trips.between(3_000, 7_000);
        drive(
          follower,
          route,
          times.map((atMs) => atMs + gapMs + trips.between(-800, 800)),
        );
      }
      nextTripMs += Math.min(HOUR_MS, -Math.log(1 - trips.next()) / tripsPerMs());
    }
    if (nextParkedMs <= nextTripMs && (waiting.length === 0 || nextParkedMs <= earliest(waiting))) {
      parkedPass ||= ++passes;
      const said = fleet.vehicles[fleet.parked]?.plate ?? "noPlate";
      waiting.push({
        atMs: nextParkedMs,
        camera: "Lot entrance",
        pass: parkedPass,
        vehicle: fleet.parked,
        side: "front",
        said,
        confidence: trips.whole(88, 98),
        kind: "parked",
        quirk: null,
      });
      // Read for a while, then gone for a while: a new stay is a new pass.
      const leaves = trips.chance(0.06);
      if (leaves) parkedPass = 0;
      nextParkedMs += leaves ? trips.between(600_000, 1_200_000) : trips.between(40_000, 75_000);
      continue;
    }
    waiting.sort((a, b) => a.atMs - b.atMs || a.pass - b.pass);
    const next = waiting.shift();
    if (next !== undefined && next.atMs >= 0) yield next;
  }
}

/** Reads to a pass, and vehicles to a trip, on average: they turn the wanted rate into trips. */
const MEAN_READS = 1.32;
const MEAN_CONVOY = 1.03;

/** When a vehicle that starts at `startMs` is at each camera of its route. */
function timesOf(route: readonly Leg[], startMs: number, random: SeededRandom): number[] {
  let atMs = startMs;
  return route.map(({ afterS }) => {
    atMs += random.between(afterS[0], afterS[1]) * 1000;
    return atMs;
  });
}

interface GoingBy {
  readonly vehicle: number;
  readonly camera: string;
  readonly side: Side;
  readonly atMs: number;
  readonly pass: number;
}

/** One to three reads of one going-by. Of several the first may be wrong and the last is right: the corrected reading. */
function readsOf(plan: RoutePlan, by: GoingBy, random: SeededRandom): PlannedRead[] {
  const plate = plan.fleet.vehicles[by.vehicle]?.plate ?? null;
  const count = random.chance(0.75) ? 1 : random.chance(0.72) ? 2 : 3;
  const wanted = plate !== null && random.chance(count === 1 ? 0.1 : 0.4);
  const firstSaid =
    plate === null
      ? "noPlate"
      : !wanted
        ? plate
        : random.chance(0.76)
          ? misread(plate, random)
          : random.chance(0.7)
            ? clipped(plate, random)
            : "unknown";
  const wrong = plate !== null && firstSaid !== plate;
  const reads: PlannedRead[] = [];
  let atMs = by.atMs;
  for (let i = 0; i < count; i++) {
    const first = i === 0;
    const said = first ? firstSaid : (plate ?? "noPlate");
    const confidence = said === plate ? random.whole(86, 99) : random.whole(58, 88);
    const quirk = random.chance(plan.malformedChance) ? "malformed" : random.chance(plan.duplicateChance) ? "duplicate" : null;
    reads.push({
      atMs: Math.round(atMs),
      camera: by.camera,
      pass: by.pass,
      vehicle: by.vehicle,
      side: by.side,
      said,
      confidence,
      kind: !first && wrong ? "corrected" : "read",
      quirk,
    });
    atMs += random.between(900, 2_400);
  }
  return reads;
}

function pickVehicle(fleet: Fleet, busyUntil: ReadonlyMap<number, number>, atMs: number, random: SeededRandom): number {
  const following = new Set(fleet.followers.values());
  const free = (index: number): boolean =>
    (busyUntil.get(index) ?? Number.NEGATIVE_INFINITY) <= atMs && index !== fleet.parked && !following.has(index);
  // A watched vehicle is on one trip in nine, so that a short demo has alerts and a long one is not all alerts.
  const draw = random.next();
  const candidates = draw < 0.11 ? fleet.watchedIndexes : draw < 0.14 ? [fleet.withoutPlate] : fleet.vehicles.map((_, i) => i);
  const able = candidates.filter(free);
  if (able.length > 0) return random.pick(able);
  const others = fleet.vehicles.map((_, i) => i).filter(free);
  return random.pick(others.length > 0 ? others : fleet.watchedIndexes);
}

function earliest(waiting: readonly PlannedRead[]): number {
  return waiting.reduce((least, read) => Math.min(least, read.atMs), Number.POSITIVE_INFINITY);
}

function leg(camera: string, afterS: readonly [number, number], side: Side): Leg {
  return { camera, afterS, side };
}
