import type { Facing } from "../../../shared/model/camera.ts";
import type { Box, Direction, ImageRole } from "../../../shared/model/detection.ts";
import type { Capture } from "../camera.ts";
import { regionOf } from "./country-codes.ts";
import { type LiftedText, liftPictures, pictureMark } from "./embedded-pictures.ts";
import { parseCameraTime } from "./isapi-time.ts";
import {
  childElement,
  childElements,
  childNumber,
  childText,
  countTags,
  decodeIsapiText,
  parseIsapiXml,
  type XmlElement,
} from "./isapi-xml.ts";
import { type PictureSize, plateBox } from "./plate-box.ts";
import { characterConfidence, plateAsRead } from "./plate-text.ts";
import { vehicleOf } from "./vehicle-words.ts";

/** Glued messages in one part; a backlog after a reconnect is the only known case. */
export const ALERTS_PER_PART_MAX = 128;
/** Text and tags of one part without its pictures: parsing them is what costs time, and a part may be as long as a picture. */
const TEXT_PER_PART_MAX = 1 << 20;
const TAGS_PER_PART_MAX = 40_000;
const PICTURES_PER_ALERT_MAX = 16;
const SPEED_KMH_MAX = 400;
const ID_CHARACTERS_MAX = 128;

/** One picture that a message announces, and where its bytes are. */
export interface PictureInfo {
  readonly fileName: string;
  readonly type: string;
  readonly pictureId: string;
  /** Null for pictures that are not stored (the driver's face, features). */
  readonly role: ImageRole | null;
  readonly source:
    | { readonly kind: "part" }
    | { readonly kind: "url"; readonly url: string }
    | { readonly kind: "embedded"; readonly bytes: Uint8Array };
}
export interface AnprAlert {
  readonly kind: "anpr";
  /** `channelID`; null when missing. A recorder sends the messages of all its cameras. */
  readonly channel: number | null;
  readonly reading: Omit<Capture, "pictures" | "box" | "vendorUpdate">;
  /** The plate's place, once the size of the scene is known (from the message, else from the picture). */
  readonly box: (scene: PictureSize | null) => Box | null;
  readonly pictures: readonly PictureInfo[];
  /** `picNum`; null when the firmware does not say. */
  readonly pictureCount: number | null;
  /** A fast first message: the full one follows under the same id. */
  readonly moreToCome: boolean;
}
export type AlertMessage =
  | AnprAlert
  | { readonly kind: "heartbeat" }
  | { readonly kind: "other-event"; readonly eventType: string }
  | { readonly kind: "not-understood"; readonly why: string };

/** What the site's configuration adds to a message. */
export interface AlertContext {
  readonly facing: Facing;
  /** IANA zone for times without offset. */
  readonly timeZone: string;
}

/** One message part (or a plain XML body) to what it says; several alerts may be glued together. Matches local names only. */
export function parseAlerts(part: Uint8Array, context: AlertContext): AlertMessage[] {
  const text = decodeIsapiText(part);
  if (typeof text !== "string") return [{ kind: "not-understood", why: `Not an ISAPI message: ${text.why}.` }];
  const pieces = splitGlued(text);
  if (pieces.length === 0) {
    // The first part of a subscription only says that it is one.
    const answer = /^\s*(?:<\?[^>]*\?>\s*)?<(?:[\w.-]{1,40}:)?(SubscribeEventResponse|ResponseStatus)[\s>]/.exec(text)?.[1];
    if (answer !== undefined) return [{ kind: "other-event", eventType: answer }];
    const why = /^\s*[[{]/.test(text) ? "The camera sends JSON: set its parameter format to XML." : "Not an ISAPI event message.";
    return [{ kind: "not-understood", why }];
  }
  let characters = 0;
  let tags = 0;
  const tooMuch = (): boolean => characters > TEXT_PER_PART_MAX || tags > TAGS_PER_PART_MAX;
  return pieces.map((piece) => {
    const lifted = tooMuch() ? null : liftPictures(piece);
    characters += lifted?.text.length ?? 0;
    tags += lifted === null ? 0 : countTags(lifted.text);
    if (lifted === null || tooMuch()) return { kind: "not-understood", why: "Not an ISAPI message: there is too much text in one part." };
    return parseAlert(lifted, pieces.length === 1 ? part : Buffer.from(piece, "utf8"), context);
  });
}

const ROOT = "EventNotificationAlert";

function splitGlued(text: string): string[] {
  const starts: number[] = [];
  for (const found of text.matchAll(/<(?:[\w.-]{1,40}:)?EventNotificationAlert[\s>]/g)) {
    starts.push(found.index);
    if (starts.length > ALERTS_PER_PART_MAX) break;
  }
  return starts.slice(0, ALERTS_PER_PART_MAX).map((start, at) => {
    const piece = text.slice(start, starts[at + 1]);
    const close = piece.indexOf(">", piece.lastIndexOf(ROOT));
    return close === -1 ? piece : piece.slice(0, close + 1);
  });
}

function parseAlert(lifted: LiftedText, raw: Uint8Array, context: AlertContext): AlertMessage {
  const document = parseIsapiXml(lifted.text);
  if (document.kind === "not-xml") return { kind: "not-understood", why: `Not an ISAPI message: ${document.why}.` };
  const alert = document.element;
  const eventType = childText(alert, "eventType");
  const anpr = childElement(alert, "ANPR");
  if (eventType.toLowerCase() === "videoloss") return { kind: "heartbeat" };
  if (anpr === null) {
    if (eventType.toUpperCase() === "ANPR") return { kind: "not-understood", why: "An ANPR event without its ANPR element." };
    return eventType === "" ? { kind: "not-understood", why: "An event message without a type." } : { kind: "other-event", eventType };
  }
  return readAnpr(alert, anpr, raw, lifted.pictures, context);
}

function readAnpr(alert: XmlElement, anpr: XmlElement, raw: Uint8Array, embedded: readonly Uint8Array[], context: AlertContext): AnprAlert {
  const infos = childElements(childElement(anpr, "pictureInfoList") ?? childElement(alert, "pictureInfoList"), "pictureInfo");
  const figure = childNumber(anpr, "confidenceLevel", 0, 100) ?? 0;
  const plateRead = plateAsRead(childText(anpr, "licensePlate"), figure) ?? plateAsRead(childText(anpr, "originalLicensePlate"), figure);
  const time = parseCameraTime(childText(alert, "dateTime"), context.timeZone);
  const details = childElement(anpr, "vehicleInfo");
  const resolution = childElement(alert, "detectionBackgroundImageResolution") ?? childElement(anpr, "detectionBackgroundImageResolution");
  const stated = sizeOf(resolution);
  const scenes = [...infos].sort(
    (a, b) => Number(roleOf(childText(b, "type")) === "full") - Number(roleOf(childText(a, "type")) === "full"),
  );
  const moreToCome = isTrue(childText(anpr, "hasMoreData")) || isTrue(childText(alert, "hasMoreData"));
  return {
    kind: "anpr",
    channel: wholeNumber(childNumber(alert, "channelID", 1, 65_535)),
    reading: {
      vendorEventId: eventIdOf(alert, infos),
      raw,
      plateRead,
      cameraTimeMs: time?.utcMs ?? null,
      cameraOffsetMinutes: time?.offsetMinutes ?? null,
      // Units without a figure send 0, also beside a plate.
      confidence: figure > 0 ? { value: figure, scale: 100 } : null,
      characterConfidence: characterConfidence(childText(anpr, "plateCharBelieve"), plateRead),
      region: regionOf(childText(anpr, "ISO-CR"), childText(anpr, "country"), childText(anpr, "CRIndex")),
      direction: directionOf(childText(anpr, "direction"), context.facing),
      lane: wholeNumber(childNumber(anpr, "line", 0, 255)),
      vehicle: vehicleOf(childText(anpr, "vehicleType"), childText(details, "vehicleType"), childText(details, "color")),
      // Cameras without radar or loop send 0.
      speedKmh: childNumber(details, "speed", 1, SPEED_KMH_MAX),
      historical: isTrue(childText(alert, "isDataRetransmission")) || childText(anpr, "alarmDataType") === "1",
    },
    box: (scene) => {
      for (const info of [...scenes, anpr]) {
        const box = plateBox(info, stated ?? scene);
        if (box !== null) return box;
      }
      return null;
    },
    pictures: [...infos.map((info) => pictureOf(info, embedded)), ...loosePictures(alert, anpr, embedded)].slice(0, PICTURES_PER_ALERT_MAX),
    pictureCount: wholeNumber(childNumber(alert, "picNum", 0, PICTURES_PER_ALERT_MAX)),
    moreToCome,
  };
}

/** `forward` is what the camera faces by configuration; absent or anything else is unknown. */
export function directionOf(text: string, facing: Facing): Direction {
  const forward = text.toLowerCase() === "forward";
  if (!forward && text.toLowerCase() !== "reverse") return "unknown";
  return forward === (facing === "approaching") ? "approaching" : "leaving";
}

/** UUID; without one the capture moment of the first picture names the event; old firmware has neither. */
function eventIdOf(alert: XmlElement, infos: readonly XmlElement[]): string | null {
  const uuid = childText(alert, "UUID");
  if (uuid !== "" && uuid.length <= ID_CHARACTERS_MAX) return uuid;
  const absTime = infos.map((info) => childText(info, "absTime")).find((time) => /^\d{14,20}$/.test(time));
  if (absTime === undefined) return null;
  return `${childText(alert, "macAddress") || childText(alert, "ipAddress")}/${childText(alert, "channelID")}/${absTime}`.slice(
    0,
    ID_CHARACTERS_MAX,
  );
}

/** `detectionPicture` is the scene; several alike are numbered `_1`, `_2`. */
export function roleOf(type: string): ImageRole | null {
  const name = type.toLowerCase();
  if (/^(detection|background|composite|panorama)picture/.test(name)) return "full";
  if (/^licenseplatepicture/.test(name)) return "crop";
  return /^vehiclepicture/.test(name) ? "vehicle" : null;
}

function pictureOf(info: XmlElement, embedded: readonly Uint8Array[]): PictureInfo {
  const fileName = childText(info, "fileName");
  const type = childText(info, "type") || fileName;
  const url = ["pictureURL", "pictureUrl", "picURL", "picUrl"].map((name) => childText(info, name)).find((text) => text !== "");
  const inside = Object.values(info)
    .map((value) => (typeof value === "string" ? pictureMark(value) : null))
    .find((mark) => mark !== null);
  const bytes = inside === undefined ? undefined : embedded[inside];
  const source: PictureInfo["source"] =
    bytes !== undefined ? { kind: "embedded", bytes } : url !== undefined ? { kind: "url", url } : { kind: "part" };
  return { fileName, type, pictureId: childText(info, "pId"), role: roleOf(type), source };
}

/** Pictures outside the list: a recorder's `bkgUrl`, base64 in an element that says what it is by its name. */
function loosePictures(alert: XmlElement, anpr: XmlElement, embedded: readonly Uint8Array[]): PictureInfo[] {
  const found: PictureInfo[] = [];
  for (const [name, value] of [...Object.entries(alert), ...Object.entries(anpr)]) {
    if (typeof value !== "string") continue;
    const role: ImageRole = /plate/i.test(name) ? "crop" : /vehic/i.test(name) ? "vehicle" : "full";
    const bytes = embedded[pictureMark(value) ?? -1];
    if (bytes !== undefined) found.push({ fileName: "", type: name, pictureId: "", role, source: { kind: "embedded", bytes } });
    else if (/^(bkg|background|plate|licenseplate|vehicle|pic|picture)url$/i.test(name) && value !== "") {
      found.push({ fileName: "", type: name, pictureId: "", role, source: { kind: "url", url: value } });
    }
  }
  return found;
}

function sizeOf(resolution: XmlElement | null): PictureSize | null {
  const width = childNumber(resolution, "width", 1, 65_535);
  const height = childNumber(resolution, "height", 1, 65_535);
  return width === null || height === null ? null : { width, height };
}

function wholeNumber(value: number | null): number | null {
  return value === null || !Number.isInteger(value) ? null : value;
}

function isTrue(text: string): boolean {
  return text === "true" || text === "1";
}
