import type { HikvisionCamera } from "./hikvision-camera.ts";
import { absTime } from "./local-time.ts";
import type { PlatePictures } from "./pictures/render-plate-picture.ts";
import { pictureName } from "./plate-list.ts";
import type { MessagePicture, PlateMessage } from "./plate-message.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { Sighting } from "./sighting.ts";

const NO_RECT = { x: 0, y: 0, width: 0, height: 0 };

/** A sighting in the words of this camera: its family decides which pictures go and in which order. */
export function makeMessage(
  camera: HikvisionCamera,
  sighting: Sighting,
  number: number,
  cameraMs: number,
  drawn: PlatePictures,
  random: SeededRandom,
): PlateMessage {
  const { settings, device } = camera;
  const read = sighting.said !== "noPlate" && sighting.said !== "unknown";
  const scene: MessagePicture = { type: "detectionPicture", jpeg: drawn.scene };
  const crop: MessagePicture = { type: "licensePlatePicture", jpeg: drawn.crop };
  const vehicle: MessagePicture[] = drawn.vehicle === null ? [] : [{ type: "vehiclePicture", jpeg: drawn.vehicle }];
  const ordered = !read ? [...vehicle, scene] : device.family === "tcg" ? [scene, crop] : [crop, scene];
  return {
    message: number,
    uuid: settings.mode === "poll" ? pictureName(cameraMs, settings.zone, number) : newUuid(camera, cameraMs, number, random),
    cameraMs,
    // The plate list knows one word for both.
    plate: settings.mode === "poll" && !read ? "unknown" : sighting.said,
    confidence: read ? sighting.confidence : 0,
    characters: read
      ? [...sighting.said].map((letter, i) => (letter === sighting.vehicle.plate?.[i] ? random.whole(93, 99) : random.whole(51, 74)))
      : [],
    direction: sighting.side === "front" ? "forward" : "reverse",
    lane: 1,
    vehicleType: sighting.vehicle.type,
    color: sighting.vehicle.color,
    speedKmh: random.whole(22, 54),
    plateRect: read ? drawn.plateRect : NO_RECT,
    vehicleRect: drawn.vehicleRect,
    // The plate list has one picture to a row, the crop.
    pictures: settings.mode === "poll" ? (read ? [crop] : []) : ordered,
    postCount: null,
  };
}

/** 36 characters on TCG; on DeepinView 64 letters and digits that begin with the camera's own time. */
export function newUuid(camera: HikvisionCamera, cameraMs: number, number: number, random: SeededRandom): string {
  const hex = (length: number): string => Array.from({ length }, () => random.whole(0, 15).toString(16)).join("");
  if (camera.device.family === "tcg") return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
  const stamp = `${absTime(cameraMs, camera.settings.zone)}${String(number).padStart(9, "0")}`;
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  return stamp + Array.from({ length: 64 - stamp.length }, () => letters[random.whole(0, letters.length - 1)]).join("");
}
