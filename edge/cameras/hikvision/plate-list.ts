import type { Capture } from "../camera.ts";
import { type AlertContext, directionOf } from "./anpr-alert.ts";
import { regionOf } from "./country-codes.ts";
import { parseCameraTime } from "./isapi-time.ts";
import { childElements, childNumber, childText, decodeIsapiText, parseIsapiXml, type XmlElement } from "./isapi-xml.ts";
import { plateAsRead } from "./plate-text.ts";

/** One row of the camera's plate list; the list has no confidence, no colour and no id but the picture's name. */
export interface PlateRow {
  readonly picName: string;
  readonly capture: Omit<Capture, "historical" | "pictures">;
}
export type PlateList =
  | { readonly kind: "plates"; readonly rows: readonly PlateRow[] /** Rows without a usable picture name. */; readonly rowsIgnored: number }
  | { readonly kind: "not-understood"; readonly why: string };

/** Long enough for every observed form, and safe inside a path. */
const PIC_NAME = /^[\w-]{1,64}$/;

/** Answer of `vehicleDetect/plates` to rows in the order of their picture names, oldest first: the camera does not sort them. */
export function parsePlateList(body: Uint8Array, context: AlertContext): PlateList {
  const text = decodeIsapiText(body);
  const document = typeof text === "string" ? parseIsapiXml(text) : text;
  if (document.kind === "not-xml") return { kind: "not-understood", why: `Not a plate list: ${document.why}.` };
  if (document.root !== "Plates") return { kind: "not-understood", why: "Not a plate list." };
  const plates = childElements(document.element, "Plate");
  const rows = plates.flatMap((plate) => {
    const picName = childText(plate, "picName");
    return PIC_NAME.test(picName) ? [{ picName, capture: captureOf(plate, picName, context) }] : [];
  });
  rows.sort((a, b) => comparePicNames(a.picName, b.picName));
  return { kind: "plates", rows, rowsIgnored: plates.length - rows.length };
}

function captureOf(plate: XmlElement, picName: string, context: AlertContext): PlateRow["capture"] {
  const time = parseCameraTime(childText(plate, "captureTime"), context.timeZone);
  const lane = childNumber(plate, "laneNo", 0, 255);
  const fields = ["captureTime", "plateNumber", "picName", "country", "laneNo", "direction", "matchingResult"];
  return {
    vendorEventId: picName,
    vendorUpdate: null,
    raw: Buffer.from(fields.map((name) => `${name}=${childText(plate, name)}`).join("\n"), "utf8"),
    plateRead: plateAsRead(childText(plate, "plateNumber"), 0),
    cameraTimeMs: time?.utcMs ?? null,
    cameraOffsetMinutes: time?.offsetMinutes ?? null,
    confidence: null,
    characterConfidence: null,
    region: regionOf("", childText(plate, "country"), ""),
    direction: directionOf(childText(plate, "direction"), context.facing),
    lane: lane !== null && Number.isInteger(lane) ? lane : null,
    vehicle: null,
    speedKmh: null,
    box: null,
  };
}

/**
 * Order of picture names. They are digits that begin with the capture time and go on with a counter of varying length (17 to 25 digits):
 * never numbers (beyond 2^53, and a longer one is not later), but text from the left. Names too short to hold a time are counters.
 */
export function comparePicNames(a: string, b: string): number {
  const counters = a.length < 14 && b.length < 14 && /^\d+$/.test(a) && /^\d+$/.test(b);
  if (counters && a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The body that asks for what came after the cursor; some firmware refuses the version and namespace, some wants them. */
export function plateListRequest(cursor: string, form: "with-namespace" | "bare"): string {
  const attributes = form === "bare" ? "" : ' version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema"';
  return `<AfterTime${attributes}><picTime>${cursor}</picTime></AfterTime>`;
}
