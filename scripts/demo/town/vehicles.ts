import type { PlateStyle } from "./pictures/plate-drawing.ts";
import { VEHICLE_COLORS, VEHICLE_TYPES, type VehicleColor, type VehicleType } from "./pictures/vehicle-drawing.ts";
import { expectedMatch, newPlate, type WatchedPlate } from "./plates.ts";
import type { SeededRandom } from "./seeded-random.ts";

export interface Vehicle {
  readonly plate: string | null;
  readonly style: PlateStyle;
  readonly type: VehicleType;
  readonly color: VehicleColor;
}

export interface Fleet {
  readonly vehicles: readonly Vehicle[];
  /** Index of the vehicle that always drives behind the one at the key. */
  readonly followers: ReadonlyMap<number, number>;
  /** Stays at one place for a while and is read again and again. */
  readonly parked: number;
  readonly withoutPlate: number;
  readonly watched: readonly WatchedPlate[];
  readonly watchedIndexes: readonly number[];
}

const FLEET_SIZE = 160;
const REASONS: readonly string[] = [
  "Seen at two break-ins on Maple Avenue",
  "Plate reported stolen with the vehicle",
  "Followed a resident home twice this week",
  "Catalytic converter theft, Oak Street lot",
];
const WATCHED_AT = [5, 17, 31, 44] as const;
const PAIRS = [
  [9, 10],
  [22, 23],
] as const;
const WITHOUT_PLATE = 3;
const PARKED = 28;

/** The vehicles of the town; no unwatched plate looks like a watched one, so that each expected match has one cause. */
export function makeFleet(random: SeededRandom): Fleet {
  const watched: WatchedPlate[] = [];
  const vehicles: Vehicle[] = [];
  const taken = new Set<string>();
  // Watched plates first: the others are then drawn away from them. A look-alike letter in each lets it be misread.
  for (const reason of REASONS) {
    let plate = newPlate(random, "LLLDDDD");
    while (!/[08B5S2Z1I]/.test(plate) || expectedMatch(plate, watched) !== null) plate = newPlate(random, "LLLDDDD");
    watched.push({ plate, reason });
    taken.add(plate);
  }
  for (let i = 0; i < FLEET_SIZE; i++) {
    const place = WATCHED_AT.indexOf(i as (typeof WATCHED_AT)[number]);
    const style = place >= 0 ? "new-york" : random.pick(STYLES);
    let plate = place >= 0 ? watched[place]!.plate : newPlate(random, SHAPES[style]);
    while (place < 0 && (taken.has(plate) || expectedMatch(plate, watched) !== null)) plate = newPlate(random, SHAPES[style]);
    taken.add(plate);
    vehicles.push({
      plate: i === WITHOUT_PLATE ? null : plate,
      style,
      type: random.pick(VEHICLE_TYPES),
      color: random.pick(VEHICLE_COLORS),
    });
  }
  return {
    vehicles,
    followers: new Map(PAIRS.map(([ahead, behind]) => [ahead, behind])),
    parked: PARKED,
    withoutPlate: WITHOUT_PLATE,
    watched,
    watchedIndexes: WATCHED_AT,
  };
}

/** New York plates are the most common, as they would be. */
const STYLES: readonly PlateStyle[] = [
  "new-york",
  "new-york",
  "new-york",
  "new-york-gold",
  "new-york-gold",
  "new-jersey",
  "new-jersey",
  "pennsylvania",
  "connecticut",
];

const SHAPES: Readonly<Record<PlateStyle, "LLLDDDD" | "LDDLLL" | "LLDDDDD">> = {
  "new-york": "LLLDDDD",
  "new-york-gold": "LLLDDDD",
  "new-jersey": "LDDLLL",
  pennsylvania: "LLLDDDD",
  connecticut: "LLDDDDD",
};
