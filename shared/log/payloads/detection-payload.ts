/**
 * Fields of `detection` version 1 and `revision` version 1. Positions are for ever; a later release appends.
 *
 *    0 detection: pass (16 bytes; nil = the record's own rid) · revision: rid of the detection that it revises
 *    1 camera (16)                2 camera's time, ms UTC, or nil        3 camera's stated offset in minutes, or nil
 *    4 normalised plate or nil    5 plate as read; nil = same as 4       6 confidence as the camera said it, or nil
 *    7 its scale (1 or 100)       8 confidence per character, a byte each, or nil
 *    9 region or nil             10 direction (0 unknown, 1 approaching, 2 leaving)   11 lane or nil
 *   12 [type, colour, make, model] or nil        13 km/h or nil         14 [x, y, width, height] in thousandths, or nil
 *   15 images [[role (1 full, 2 crop, 3 vehicle), SHA-256 (32), bytes]]  16 flags (1 test, 2 historical)
 */
import type {
  Box,
  Confidence,
  Detection,
  DetectionImage,
  Direction,
  ImageRole,
  Reading,
  Revision,
  Vehicle,
} from "../../model/detection.ts";
import { bytesToHex, bytesToUuid, type CameraId, hexToBytes, type Plate, type Rid, type Sha256, uuidToBytes } from "../../model/ids.ts";
import { decodePositional, encodePositional, msOrNull, type Positional } from "../positional.ts";
import { FieldReader } from "./fields.ts";

export const DETECTION_VERSION = 1;
const TEXT_MAX = 64;
const IMAGES_MAX = 4;
const DIRECTIONS: readonly Direction[] = ["unknown", "approaching", "leaving"];
const ROLES: readonly (ImageRole | null)[] = [null, "full", "crop", "vehicle"];
const FLAG_TEST = 1;
const FLAG_HISTORICAL = 2;

export function encodeDetection(detection: Detection): Uint8Array {
  return encodePositional([detection.pass === detection.rid ? null : uuidToBytes(detection.pass), ...readingFields(detection)]);
}

export function encodeRevision(revision: Revision): Uint8Array {
  return encodePositional([uuidToBytes(revision.revises), ...readingFields(revision)]);
}

/** Fields of a detection record (payload without its salt); undefined when they are not of this version's form. */
export function decodeDetection(rid: Rid, fields: Uint8Array): Detection | undefined {
  const reader = openFields(fields);
  const pass = reader.bytesOrNull(16);
  const reading = readReading(reader);
  return reader.done({ rid, pass: pass === null ? rid : bytesToUuid<Rid>(pass), ...reading });
}

export function decodeRevision(rid: Rid, fields: Uint8Array): Revision | undefined {
  const reader = openFields(fields);
  const revises = bytesToUuid<Rid>(reader.bytes(16));
  const reading = readReading(reader);
  return reader.done({ rid, revises, ...reading });
}

function openFields(fields: Uint8Array): FieldReader {
  const decoded = decodePositional(fields);
  return new FieldReader(decoded.kind === "ok" ? decoded.value : undefined);
}

function readingFields(reading: Reading): Positional[] {
  return [
    uuidToBytes(reading.camera),
    msOrNull(reading.cameraTimeMs),
    reading.cameraOffsetMinutes,
    reading.plate,
    reading.plateRead === reading.plate ? null : reading.plateRead,
    reading.confidence?.value ?? null,
    reading.confidence?.scale ?? 100,
    reading.characterConfidence === null ? null : Uint8Array.from(reading.characterConfidence),
    reading.region,
    DIRECTIONS.indexOf(reading.direction),
    reading.lane,
    reading.vehicle === null ? null : [reading.vehicle.type, reading.vehicle.colour, reading.vehicle.make, reading.vehicle.model],
    reading.speedKmh,
    reading.box === null ? null : [reading.box.x, reading.box.y, reading.box.width, reading.box.height],
    reading.images.map((image) => [ROLES.indexOf(image.role), hexToBytes(image.sha256), image.bytes]),
    (reading.test ? FLAG_TEST : 0) | (reading.historical ? FLAG_HISTORICAL : 0),
  ];
}

function readReading(reader: FieldReader): Reading {
  const camera = bytesToUuid<CameraId>(reader.bytes(16));
  const cameraTimeMs = reader.numberOrNull();
  const cameraOffsetMinutes = reader.numberOrNull();
  // As it was signed, even when it is no normalised plate: whoever indexes it parses it (`parsePlate`), the record stays what was said.
  const plate = reader.textOrNull(TEXT_MAX) as Plate | null;
  const plateRead = reader.textOrNull(TEXT_MAX) ?? plate;
  const value = reader.numberOrNull();
  const scale = readScale(reader);
  const confidence: Confidence | null = value === null ? null : { value, scale };
  const characters = reader.blobOrNull(TEXT_MAX);
  return {
    camera,
    cameraTimeMs,
    cameraOffsetMinutes,
    plate,
    plateRead,
    confidence,
    characterConfidence: characters === null ? null : [...characters],
    region: reader.textOrNull(TEXT_MAX),
    direction: reader.must(DIRECTIONS[reader.count()], "unknown"),
    lane: reader.numberOrNull(),
    vehicle: reader.nestedOrNull(readVehicle),
    speedKmh: reader.numberOrNull(),
    box: reader.nestedOrNull(readBox),
    images: reader.list(IMAGES_MAX, readImage),
    ...readFlags(reader.count()),
  };
}

/** Read as anything else, a figure of a scale that this release does not know would be shown as another certainty. */
function readScale(reader: FieldReader): 1 | 100 {
  const scale = reader.number();
  return reader.must(scale === 1 || scale === 100 ? scale : undefined, 100);
}

const readVehicle = (reader: FieldReader): Vehicle => ({
  type: reader.textOrNull(TEXT_MAX),
  colour: reader.textOrNull(TEXT_MAX),
  make: reader.textOrNull(TEXT_MAX),
  model: reader.textOrNull(TEXT_MAX),
});

const readBox = (reader: FieldReader): Box => ({ x: reader.number(), y: reader.number(), width: reader.number(), height: reader.number() });

const readImage = (reader: FieldReader): DetectionImage => ({
  role: reader.must(ROLES[reader.count()] ?? undefined, "full"),
  sha256: bytesToHex(reader.bytes(32)) as Sha256,
  bytes: reader.count(),
});

const readFlags = (flags: number): { test: boolean; historical: boolean } => ({
  test: (flags & FLAG_TEST) !== 0,
  historical: (flags & FLAG_HISTORICAL) !== 0,
});
