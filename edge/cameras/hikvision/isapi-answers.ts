import { type CameraTime, parseCameraTime, parsePosixZone } from "./isapi-time.ts";
import { childElement, childNumber, childText, decodeIsapiText, parseIsapiXml, type XmlElement } from "./isapi-xml.ts";

/** `ResponseStatus`: how ISAPI says yes and no. */
export interface ResponseStatus {
  /** 1 ok, 3 device error, 4 not supported, 6 the request's XML is refused. */
  readonly statusCode: number;
  readonly subStatusCode: string;
  readonly notSupported: boolean;
}
export interface DeviceInfo {
  readonly deviceName: string;
  readonly model: string;
  readonly serialNumber: string;
  readonly macAddress: string;
  readonly firmware: string;
  readonly deviceType: string;
}
/** What the body of a 401 tells of the login lock. */
export interface LoginLock {
  readonly locked: boolean;
  /** Until the lock ends; null when not told. */
  readonly unlockMs: number | null;
  /** Wrong logins left before the lock; null when not told. */
  readonly attemptsLeft: number | null;
}

const WEEK_SECONDS = 7 * 24 * 3600;

function rootOf(body: Uint8Array, name: string): XmlElement | null {
  const text = decodeIsapiText(body);
  if (typeof text !== "string") return null;
  const document = parseIsapiXml(text);
  return document.kind === "xml" && document.root === name ? document.element : null;
}

/** Null when the body is no ResponseStatus. */
export function parseResponseStatus(body: Uint8Array): ResponseStatus | null {
  const status = rootOf(body, "ResponseStatus");
  if (status === null) return null;
  const statusCode = childNumber(status, "statusCode", 0, 1_000_000_000) ?? 0;
  const subStatusCode = childText(status, "subStatusCode");
  return { statusCode, subStatusCode, notSupported: statusCode === 4 || subStatusCode.toLowerCase() === "notsupport" };
}

/** Null when the body is no DeviceInfo. */
export function parseDeviceInfo(body: Uint8Array): DeviceInfo | null {
  const info = rootOf(body, "DeviceInfo");
  if (info === null) return null;
  return {
    deviceName: childText(info, "deviceName"),
    model: childText(info, "model"),
    serialNumber: childText(info, "serialNumber"),
    macAddress: childText(info, "macAddress").toLowerCase(),
    firmware: `${childText(info, "firmwareVersion")} ${childText(info, "firmwareReleasedDate")}`.trim(),
    deviceType: childText(info, "deviceType"),
  };
}

/** The camera's clock from `System/time`: its own offset, else its zone's, else the site's zone; null when it cannot be read. */
export function parseDeviceTime(body: Uint8Array, timeZone: string): CameraTime | null {
  const time = rootOf(body, "Time");
  if (time === null) return null;
  const local = childText(time, "localTime");
  const read = parseCameraTime(local, timeZone);
  const offsetMinutes = parsePosixZone(childText(time, "timeZone"));
  if (read === null || read.offsetMinutes !== null || offsetMinutes === null) return read;
  const wall = parseCameraTime(`${local}Z`, timeZone);
  return wall === null ? read : { utcMs: wall.utcMs - offsetMinutes * 60_000, offsetMinutes };
}

/** `userCheck` of a 401; null when it tells nothing. */
export function parseLoginLock(body: Uint8Array): LoginLock | null {
  const check = rootOf(body, "userCheck");
  if (check === null) return null;
  const within = childElement(check, "userCheck") ?? check;
  const seconds = childNumber(within, "unlockTime", 0, WEEK_SECONDS);
  return {
    locked: childText(within, "lockStatus").toLowerCase() === "lock",
    unlockMs: seconds === null ? null : seconds * 1000,
    attemptsLeft: childNumber(within, "retryLoginTime", 0, 1000),
  };
}

/** The answer a camera wants to its push, so that it does not send it again. */
export function responseStatusXml(outcome: "ok" | "busy" | "refused", requestUrl: string): string {
  const [code, text, sub] = {
    ok: [1, "OK", "ok"],
    busy: [2, "Device Busy", "deviceBusy"],
    refused: [6, "Invalid Content", "badXmlContent"],
  }[outcome];
  return `<?xml version="1.0" encoding="UTF-8"?>
<ResponseStatus version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">
<requestURL>${requestUrl}</requestURL>
<statusCode>${code}</statusCode>
<statusString>${text}</statusString>
<subStatusCode>${sub}</subStatusCode>
</ResponseStatus>
`;
}
