import type { Vehicle } from "../../../shared/model/detection.ts";

/** `vehicleType` of the message in plain words; what is not listed is kept as the camera wrote it. */
const TYPES: Readonly<Record<string, string | null>> = {
  unknown: null,
  other: null,
  vehicle: "vehicle",
  motorVehicle: "vehicle",
  smallCar: "car",
  miniCar: "car",
  saloon: "saloon",
  hatchback: "hatchback",
  coupe: "coupe",
  SUVMPV: "SUV or MPV",
  van: "van",
  minibus: "minibus",
  mediumBus: "bus",
  largeBus: "bus",
  bus: "bus",
  truck: "truck",
  lightTruck: "light truck",
  mediumHeavyTruck: "heavy truck",
  minitruck: "light truck",
  // The vendor's word for a small truck.
  buggy: "light truck",
  pickupTruck: "pickup",
  containerTruck: "container truck",
  platformTrailer: "platform trailer",
  oilTankTruck: "tank truck",
  concreteMixer: "concrete mixer",
  slagTruck: "dump truck",
  crane: "crane",
  nonmotorVehicle: "non-motor vehicle",
  twoWheelVehicle: "two-wheeler",
  threeWheelVehicle: "three-wheeler",
  pedestrian: "pedestrian",
};

/** `vehicleInfo/vehicleType`, coarser, used when the word is missing. */
const TYPE_NUMBERS: Readonly<Record<string, string>> = {
  "1": "car",
  "2": "truck",
  "3": "pedestrian",
  "4": "two-wheeler",
  "5": "three-wheeler",
  "6": "vehicle",
};

const COLOURS: Readonly<Record<string, string | null>> = {
  unknown: null,
  other: null,
  deepBlue: "dark blue",
  deepGray: "dark gray",
};

/**
 * Vehicle type and colour in plain words; null when the camera told neither. Make and model stay null: the vendor's brand numbers have
 * no public table, and a number would look like knowledge.
 */
export function vehicleOf(type: string, typeNumber: string, colour: string): Vehicle | null {
  const word = (table: Readonly<Record<string, string | null>>, text: string): string | null => {
    if (text === "" || text.length > 40) return null;
    return Object.hasOwn(table, text) ? table[text]! : text;
  };
  const typeWord = word(TYPES, type) ?? TYPE_NUMBERS[typeNumber] ?? null;
  const colourWord = word(COLOURS, colour);
  return typeWord === null && colourWord === null ? null : { type: typeWord, colour: colourWord, make: null, model: null };
}
