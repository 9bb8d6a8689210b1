/** A detection's facts in words: vehicle, direction, confidence with its own scale. */
import type { DetectionView } from "../../shared/api/views.ts";
import type { Direction, Vehicle } from "../../shared/model/detection.ts";
import { spanWords } from "./time-words.ts";

/** "white Toyota Camry, car", or "white car" without a make; empty when the camera said nothing. */
export function vehicleWords(vehicle: Vehicle | null): string {
  if (vehicle === null) return "";
  const name = [vehicle.colour === null ? null : plainWord(vehicle.colour), vehicle.make, vehicle.model]
    .filter((part) => part !== null && part !== "")
    .join(" ");
  const separator = vehicle.make === null && vehicle.model === null ? " " : ", ";
  return [name, vehicle.type === null ? null : vehicleTypeWord(vehicle.type)]
    .filter((part) => part !== null && part !== "")
    .join(separator);
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  saloon: "car",
  sedan: "car",
  suvmpv: "SUV",
  "suv or mpv": "SUV",
  suv: "SUV",
  pickuptruck: "pickup",
  unknown: "",
  unkonwn: "",
};

/** A vendor's word for a kind of vehicle as people say it; one we do not know is shown as it came. */
export function vehicleTypeWord(type: string): string {
  return TYPE_WORDS[type.toLowerCase()] ?? plainWord(type);
}

/** "deepBlue" as "deep blue". */
function plainWord(word: string): string {
  return word
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .toLowerCase();
}

export const DIRECTION_WORDS: Readonly<Record<Direction, string>> = {
  approaching: "approaching",
  leaving: "leaving",
  unknown: "direction unknown",
};

/** "97 of 100", with the camera's own scale: figures of two vendors cannot be compared. */
export function confidenceWords(detection: Pick<DetectionView, "confidence" | "confidence_scale">): string {
  if (detection.confidence === null) return "not given";
  return detection.confidence_scale === null ? String(detection.confidence) : `${detection.confidence} of ${detection.confidence_scale}`;
}

/** How far the time may be wrong. */
export function uncertaintyWords(ms: number | null): string {
  if (ms === null) return "clock quality unknown";
  return ms < 1000 ? `± ${Math.round(ms)} ms` : `± ${spanWords(ms)}`;
}

export const DETECTION = {
  noPlate: "no plate read",
  late: "late",
  unconfirmedKey: "unconfirmed key",
  signedBy: "Signed by",
  signedByUnconfirmed: "A device key that nobody has confirmed. An administrator can confirm it on the Sites page.",
  test: "TEST",
  scene: "Scene",
  crop: "Plate",
  confidence: "Confidence",
  vehicle: "Vehicle",
  direction: "Direction",
  speed: "Speed",
  captured: "Passed",
  camera: "Camera",
  asRead: "As read",
  revisions: "Read again as",
  times: (n: number) => `×${n}`,
  timesLong: (n: number) => `${n} detections in this pass`,
} as const;
