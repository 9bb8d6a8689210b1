import { randomBytes } from "node:crypto";
import type { Detection, Reading, Vehicle } from "../../shared/model/detection.ts";
import { bytesToHex, type CameraId, type Plate, type Rid, type Sha256 } from "../../shared/model/ids.ts";

/**
 * Detections whose fields vary as a good camera's do, so that compression finds in them what it finds on a road and no more: most cars
 * are known in the neighbourhood, digests and ids are random, sizes and boxes scatter.
 */
const LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ";
const REGULARS = 20_000;
const REGULAR_SHARE = 0.85;
const VEHICLES: readonly (Vehicle | null)[] = [
  { type: "car", colour: "white", make: null, model: null },
  { type: "car", colour: "black", make: "Toyota", model: "Camry" },
  { type: "suv", colour: "grey", make: "Honda", model: null },
  { type: "van", colour: "white", make: "Ford", model: "Transit" },
  { type: "truck", colour: "red", make: null, model: null },
  { type: "car", colour: "blue", make: null, model: null },
];

export function variedDetection(rid: Rid, camera: CameraId, atMs: number): Detection {
  const images = [
    { role: "full" as const, sha256: digest(), bytes: 50_000 + below(30_000) },
    { role: "crop" as const, sha256: digest(), bytes: 10_000 + below(20_000) },
  ];
  return { rid, pass: rid, ...variedReading(camera, atMs), images };
}

/** What a camera would say of a car, without pictures. */
export function variedReading(camera: CameraId, atMs: number): Reading {
  const plate = plateOf(Math.random() < REGULAR_SHARE ? below(REGULARS) : REGULARS + below(100_000_000));
  return {
    camera,
    cameraTimeMs: atMs - 200 - below(400),
    cameraOffsetMinutes: -300,
    plate,
    // One in four cameras' texts has a separator that the normalised plate has not.
    plateRead: Math.random() < 0.25 ? `${plate.slice(0, 3)}-${plate.slice(3)}` : plate,
    confidence: { value: 70 + below(30), scale: 100 },
    characterConfidence: null,
    region: Math.random() < 0.8 ? "US-NY" : "US-NJ",
    direction: Math.random() < 0.7 ? "approaching" : "leaving",
    lane: 1 + below(2),
    vehicle: VEHICLES[below(VEHICLES.length)]!,
    speedKmh: null,
    box: { x: below(800), y: 400 + below(400), width: 60 + below(60), height: 20 + below(25) },
    images: [],
    test: false,
    historical: false,
  };
}

function plateOf(number: number): Plate {
  const letter = (of: number): string => LETTERS[of % LETTERS.length]!;
  const scrambled = (number * 7_919) % 121_670_000;
  const head = Math.floor(scrambled / 10_000);
  return `${letter(head)}${letter(Math.floor(head / 23))}${letter(Math.floor(head / 529))}${String(scrambled % 10_000).padStart(4, "0")}` as Plate;
}

const below = (limit: number): number => Math.floor(Math.random() * limit);
const digest = (): Sha256 => bytesToHex(randomBytes(32)) as Sha256;
