import type { DetectionImage, Reading } from "../../shared/model/detection.ts";
import type { CameraId } from "../../shared/model/ids.ts";
import { normalisePlate } from "../../shared/plate/normalise-plate.ts";
import type { Capture } from "../cameras/camera.ts";

/** Longest text of a field in a record, in UTF-16 units. */
const TEXT_MAX = 64;
const CHARACTERS_MAX = 16;

/**
 * A capture as the reading that is signed. Adapters have parsed it; here it is made to fit the record whatever a camera said, because
 * a reading that no decoder takes would be kept for seven years and shown to nobody.
 */
export function readingOf(camera: CameraId, capture: Capture, images: readonly DetectionImage[], isTest: boolean): Reading {
  const { confidence, vehicle, box } = capture;
  return {
    camera,
    cameraTimeMs: timeOrNull(capture.cameraTimeMs),
    cameraOffsetMinutes: numberOrNull(capture.cameraOffsetMinutes),
    plate: normalisePlate(capture.plateRead),
    plateRead: textOrNull(capture.plateRead),
    confidence: confidence === null || !Number.isFinite(confidence.value) ? null : confidence,
    characterConfidence: characters(capture.characterConfidence),
    region: textOrNull(capture.region),
    direction: capture.direction,
    lane: numberOrNull(capture.lane),
    vehicle:
      vehicle === null
        ? null
        : {
            type: textOrNull(vehicle.type),
            colour: textOrNull(vehicle.colour),
            make: textOrNull(vehicle.make),
            model: textOrNull(vehicle.model),
          },
    speedKmh: numberOrNull(capture.speedKmh),
    box: box === null || ![box.x, box.y, box.width, box.height].every(Number.isFinite) ? null : box,
    images,
    test: isTest,
    historical: capture.historical,
  };
}

function textOrNull(text: string | null): string | null {
  return text === null ? null : text.toWellFormed().slice(0, TEXT_MAX).toWellFormed();
}

/** Whole numbers of the record's form stay within 32 bits; beyond, it is a camera's nonsense. */
function numberOrNull(value: number | null): number | null {
  return value !== null && Number.isFinite(value) && Math.abs(value) < 2 ** 31 ? value : null;
}

/** Times before 1970 and beyond what a number holds exactly are no times. */
function timeOrNull(value: number | null): number | null {
  return value !== null && Number.isFinite(value) && value >= 0 && value < 2 ** 53 ? Math.round(value) : null;
}

function characters(values: readonly number[] | null): readonly number[] | null {
  if (values === null || values.length === 0 || values.length > CHARACTERS_MAX) return null;
  return values.map((value) => Math.min(100, Math.max(0, Math.round(Number.isFinite(value) ? value : 0))));
}
