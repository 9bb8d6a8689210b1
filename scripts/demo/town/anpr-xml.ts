/** The ANPR message and the heartbeat of both firmware families, element by element in the order real units write them. */
import { absTime, isoLocal } from "./local-time.ts";
import type { DeviceIdentity, PlateMessage } from "./plate-message.ts";
import { element, elements, group } from "./xml-text.ts";

export const NAMESPACE_ISAPI = "http://www.isapi.org/ver20/XMLSchema";
export const NAMESPACE_HIKVISION = "http://www.hikvision.com/ver20/XMLSchema";

/** The XML part of a message. `again` marks a repeat, which only DeepinView firmware says of itself. */
export function anprXml(device: DeviceIdentity, message: PlateMessage, again: boolean): string {
  return device.family === "tcg" ? tcgXml(device, message) : deepinviewXml(device, message, again);
}

/** `videoloss inactive`: this vendor's "still here". */
export function heartbeatXml(device: DeviceIdentity, cameraMs: number): string {
  const fields = elements([
    ["ipAddress", device.ipAddress],
    ["portNo", 80],
    ["protocol", "HTTP"],
    ["macAddress", device.macAddress],
    ["channelID", device.channel],
    ["dateTime", isoLocal(cameraMs, device.zone, "s")],
    ["activePostCount", 0],
    ["eventType", "videoloss"],
    ["eventState", "inactive"],
    ["eventDescription", "videoloss alarm"],
  ]);
  return `<EventNotificationAlert version="2.0" xmlns="${NAMESPACE_HIKVISION}">\n${fields}</EventNotificationAlert>\n`;
}

function tcgXml(device: DeviceIdentity, m: PlateMessage): string {
  const anpr = [
    elements([
      ["country", 172],
      ["licensePlate", m.plate],
      ["line", m.lane],
      ["direction", m.direction],
      ["confidenceLevel", m.confidence],
      ["plateType", "unknown"],
      ["plateColor", "unknown"],
      ["tailandStateID", 1],
      ["licenseBright", 173],
    ]),
    elements(TCG_UNKNOWNS.map((name) => [name, "unknown"] as const)),
    elements([
      ["pilotmask", ""],
      ["vicepilotMask", ""],
      ["plateCharBelieve", m.characters.join(",")],
      ["speedLimit", 0],
    ]),
    group(
      "illegalInfo",
      elements([
        ["illegalCode", 0],
        ["illegalName", "Normal"],
        ["illegalDescription", ""],
      ]),
    ),
    elements([
      ["vehicleType", m.vehicleType],
      ["featurePicFileName", 1],
      ["detectDir", 8],
      ["relaLaneDirectionType", 0],
      ["detectType", 2],
      ["barrierGateCtrlType", 1],
      ["alarmDataType", 0],
      ["dwIllegalTime", 0],
    ]),
    group("vehicleInfo", tcgVehicle(m)),
    group("pictureInfoList", m.pictures.map((picture) => group("pictureInfo", tcgPicture(device, m, picture.type))).join("")),
    elements([
      ["listType", "temporary"],
      ["originalLicensePlate", m.plate],
    ]),
  ].join("");
  const top = elements([
    ["ipAddress", device.ipAddress],
    ["ipv6Address", "::"],
    ["protocol", "HTTP"],
    ["macAddress", device.macAddress],
    ["dynChannelID", device.channel],
    ["channelID", device.channel],
    ["dateTime", isoLocal(m.cameraMs, device.zone, "ms")],
    ["activePostCount", m.postCount ?? m.message],
    ["eventType", "ANPR"],
    ["eventState", "active"],
    ["eventDescription", "ANPR"],
    ["channelName", device.name],
    ["deviceID", 88],
  ]);
  const tail = [
    elements([
      ["UUID", m.uuid],
      ["picNum", m.pictures.length],
      ["monitoringSiteID", ""],
      ["monitorDescription", ""],
    ]),
    gps("S"),
    elements([
      ["carDirectionType", 0],
      ["deviceUUID", `${device.model} ${device.serialNumber}`],
    ]),
    group(
      "VehicleGATInfo",
      elements([
        ["palteTypeByGAT", 2],
        ["plateColorByGAT", -1],
        ["vehicleTypeByGAT", "K33"],
        ["colorByGAT", "K"],
      ]),
    ),
  ].join("");
  return `<?xml version="1.0" encoding="utf-8"?>\n<EventNotificationAlert version="2.0" xmlns="${NAMESPACE_ISAPI}">\n${top}${group("ANPR", anpr)}${tail}</EventNotificationAlert>\n`;
}

const TCG_UNKNOWNS = [
  "pilotsafebelt",
  "vicepilotsafebelt",
  "pilotsunvisor",
  "vicepilotsunvisor",
  "envprosign",
  "dangmark",
  "uphone",
  "pendant",
  "tissueBox",
  "frontChild",
  "label",
  "smoking",
  "perfumeBox",
  "pdvs",
  "helmet",
  "decoration",
] as const;

function tcgVehicle(m: PlateMessage): string {
  const unknown = (names: readonly string[]): string => elements(names.map((name) => [name, "unknown"] as const));
  return [
    elements([
      ["index", 0],
      ["vehicleType", 1],
      ["colorDepth", 0],
      ["color", m.color],
      ["speed", m.speedKmh],
      ["length", 0],
      ["vehicleLogoRecog", 0],
      ["vehileSubLogoRecog", 0],
      ["vehileModel", 0],
    ]),
    group("CarWindowFeature", unknown(["tempPlate", "passCard", "carCard"])),
    group("CarBodyFeature", unknown(["sparetire", "rack", "sunRoof", "words"])),
    element("vehicleUseType", "unknown"),
  ].join("");
}

function tcgPicture(device: DeviceIdentity, m: PlateMessage, type: string): string {
  const head = elements([
    ["fileName", `${type}.jpg`],
    ["type", type],
    ["dataType", 0],
  ]);
  if (type !== "detectionPicture") return head;
  const none = { x: 0, y: 0, width: 0, height: 0 };
  return [
    head,
    element("absTime", absTime(m.cameraMs, device.zone)),
    rect("plateRect", m.plateRect, "XY"),
    rect("vehicelRect", m.vehicleRect, "XY"),
    ["PilotRect", "VicepilotRect", "VehicelWindowRect"].map((name) => rect(name, none, "xy")).join(""),
    element("capturePicSecurityCode", ""),
  ].join("");
}

function deepinviewXml(device: DeviceIdentity, m: PlateMessage, again: boolean): string {
  const read = m.plate !== "noPlate" && m.plate !== "unknown";
  const country = read ? 172 : 0;
  const stamp = absTime(m.cameraMs, device.zone);
  const pictures = m.pictures.map((picture, i) => group("pictureInfo", deepinviewPicture(m, picture.type, stamp, i))).join("");
  const anpr = [
    elements([
      ["country", country],
      ["licensePlate", m.plate],
      ["line", m.lane],
      ["direction", m.direction],
      ["confidenceLevel", m.confidence],
      ["plateType", "unknown"],
      ["plateColor", "unknown"],
      ["licenseBright", 128],
      ["dangmark", "no"],
      ["twoWheelVehicle", "no"],
      ["threeWheelVehicle", "no"],
      ["plateCharBelieve", m.characters.join(",")],
      ["vehicleType", m.vehicleType],
      ["detectDir", 8],
      ["detectType", 0],
      ["alarmDataType", again ? 1 : 0],
    ]),
    group(
      "vehicleInfo",
      elements([
        ["index", m.message],
        ["colorDepth", 2],
        ["color", m.color],
        ["length", 0],
        ["vehicleLogoRecog", 1707],
        ["vehileSubLogoRecog", 0],
        ["vehileModel", 0],
      ]),
    ),
    group("pictureInfoList", pictures),
    read ? element("originalLicensePlate", m.plate) : "",
    elements([
      ["CRIndex", country],
      ["vehicleListName", "otherList"],
      ["plateSize", 0],
    ]),
  ].join("");
  const top = elements([
    ["ipAddress", device.ipAddress],
    ["ipv6Address", `::ffff:${device.ipAddress}`],
    ["portNo", 80],
    ["protocol", "HTTP"],
    ["macAddress", device.macAddress],
    ["channelID", device.channel],
    ["dateTime", isoLocal(m.cameraMs, device.zone, "s")],
    ["activePostCount", m.postCount ?? 1],
    ["eventType", "ANPR"],
    ["eventState", "active"],
    ["eventDescription", "ANPR"],
    ["channelName", device.name],
  ]);
  const tail = [
    elements([
      ["UUID", m.uuid],
      ["picNum", m.pictures.length],
      ["monitoringSiteID", ""],
      ["isDataRetransmission", again ? "true" : "false"],
    ]),
    gps("N"),
    group(
      "detectionBackgroundImageResolution",
      elements([
        ["height", 720],
        ["width", 1280],
      ]),
    ),
  ].join("");
  return `<EventNotificationAlert version="2.0" xmlns="${NAMESPACE_HIKVISION}">\n${top}${group("ANPR", anpr)}${tail}</EventNotificationAlert>\n`;
}

function deepinviewPicture(m: PlateMessage, type: string, stamp: string, index: number): string {
  return [
    elements([
      ["fileName", `${type}.jpg`],
      ["type", type],
      ["dataType", 0],
      ["picRecogMode", m.direction === "reverse" ? 1 : 0],
      ["absTime", stamp],
    ]),
    type === "detectionPicture" && m.plate !== "noPlate" ? rect("plateRect", m.plateRect, "XY") : "",
    element("pId", pictureId(stamp, m.message, index)),
  ].join("");
}

/** Name of one picture, unique in its camera, up to 32 characters. */
export function pictureId(stamp: string, message: number, index: number): string {
  return `${stamp}${String(index).padStart(3, "0")}P${String(message).padStart(11, "0")}`;
}

function rect(name: string, r: { x: number; y: number; width: number; height: number }, letters: "XY" | "xy"): string {
  return group(
    name,
    elements([
      [letters === "XY" ? "X" : "x", r.x],
      [letters === "XY" ? "Y" : "y", r.y],
      ["width", r.width],
      ["height", r.height],
    ]),
  );
}

function gps(latitudeType: string): string {
  const zero = `${elements([
    ["degree", 0],
    ["minute", 0],
  ])}<sec>0.000000</sec>\n`;
  const types = elements([
    ["longitudeType", "E"],
    ["latitudeType", latitudeType],
  ]);
  return group("DeviceGPSInfo", `${types}${group("Longitude", zero)}${group("Latitude", zero)}`);
}
