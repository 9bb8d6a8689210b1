import type { Reading } from "../../shared/model/detection.ts";
import { foldPlate } from "../../shared/plate/confusable-glyphs.ts";
import { normalisePlate, parsePlate } from "../../shared/plate/normalise-plate.ts";
import { cleanText } from "../db/clean-text.ts";
import type { ReadingColumns } from "../db/detection-tables.ts";

/**
 * A reading as columns that the database always takes: a value that does not fit its column is left out, because one absurd lane
 * number must not make a detection invisible. The record holds what was really said.
 */
export function readingColumns(reading: Reading): ReadingColumns {
  const plate = parsePlate(reading.plate) ?? normalisePlate(reading.plate);
  const { vehicle, box } = reading;
  return {
    camera_id: reading.camera,
    plate,
    plate_read: textOrNull(reading.plateRead),
    folded: plate === null ? null : foldPlate(plate),
    confidence: reading.confidence?.value ?? null,
    confidence_scale: reading.confidence?.scale ?? null,
    character_confidence: reading.characterConfidence === null ? null : [...reading.characterConfidence],
    region: textOrNull(reading.region),
    direction: reading.direction,
    lane: int2OrNull(reading.lane),
    vehicle_type: textOrNull(vehicle?.type ?? null),
    colour: textOrNull(vehicle?.colour ?? null),
    make: textOrNull(vehicle?.make ?? null),
    model: textOrNull(vehicle?.model ?? null),
    speed_kmh: float4OrNull(reading.speedKmh),
    box_x: int2OrNull(box?.x ?? null),
    box_y: int2OrNull(box?.y ?? null),
    box_width: int2OrNull(box?.width ?? null),
    box_height: int2OrNull(box?.height ?? null),
    camera_time_ms: wholeOrNull(reading.cameraTimeMs),
    camera_offset_minutes: int2OrNull(reading.cameraOffsetMinutes),
    test: reading.test,
    historical: reading.historical,
  };
}

const textOrNull = (text: string | null): string | null => (text === null ? null : cleanText(text));
const wholeOrNull = (value: number | null): number | null => (value !== null && Number.isSafeInteger(value) ? value : null);
const int2OrNull = (value: number | null): number | null => {
  const whole = value === null ? null : Math.round(value);
  return whole !== null && whole >= -32_768 && whole <= 32_767 ? whole : null;
};
const float4OrNull = (value: number | null): number | null => (value !== null && Number.isFinite(Math.fround(value)) ? value : null);
