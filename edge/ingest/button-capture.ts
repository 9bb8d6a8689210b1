import type { Capture } from "../cameras/camera.ts";
import { TEST_PICTURES } from "./button-pictures.ts";

/** What the test button sends: through the same way as a camera's own, marked test in its signed bytes, and a new one at each press. */
export function testCapture(plate: string, nonce: Uint8Array): Capture {
  return {
    vendorEventId: null,
    vendorUpdate: null,
    raw: nonce,
    plateRead: plate,
    cameraTimeMs: null,
    cameraOffsetMinutes: null,
    confidence: null,
    characterConfidence: null,
    region: null,
    direction: "unknown",
    lane: null,
    vehicle: null,
    speedKmh: null,
    box: null,
    pictures: TEST_PICTURES,
    historical: false,
  };
}
