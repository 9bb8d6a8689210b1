/** The small ISAPI documents a camera answers with besides its messages. */
import { NAMESPACE_HIKVISION, NAMESPACE_ISAPI } from "./anpr-xml.ts";
import { isoLocal, vendorZone } from "./local-time.ts";
import type { DeviceIdentity } from "./plate-message.ts";
import { elements } from "./xml-text.ts";

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

export function deviceInfoXml(device: DeviceIdentity): string {
  const fields = elements([
    ["deviceName", device.name],
    ["deviceID", "6aff4000-1f90-00b0-0000-000c00000000"],
    ["deviceDescription", "IPCamera"],
    ["deviceLocation", "hangzhou"],
    ["systemContact", "Hikvision.China"],
    ["model", device.model],
    ["serialNumber", `${device.model}${device.serialNumber}`],
    ["macAddress", device.macAddress],
    ["firmwareVersion", device.family === "tcg" ? "V5.4.0" : "V5.8.61"],
    ["firmwareReleasedDate", device.family === "tcg" ? "build 250425" : "build 240826"],
    ["encoderVersion", "V7.3"],
    ["encoderReleasedDate", "build 240801"],
    ["bootVersion", "V1.3.4"],
    ["bootReleasedDate", "100316"],
    ["hardwareVersion", "0x0"],
    ["deviceType", "IPCamera"],
    ["telecontrolID", 88],
    ["supportBeep", "false"],
    ["supportVideoLoss", "false"],
    ["firmwareVersionInfo", "B-R-G5-0"],
    ["manufacturer", "hikvision"],
    ["subSerialNumber", device.serialNumber.slice(-9)],
    ["OEMCode", 1],
  ]);
  return `${DECLARATION}<DeviceInfo version="2.0" xmlns="${NAMESPACE_HIKVISION}">\n${fields}</DeviceInfo>\n`;
}

export function timeXml(device: DeviceIdentity, cameraMs: number): string {
  const fields = elements([
    ["timeMode", "NTP"],
    ["localTime", isoLocal(cameraMs, device.zone, "s")],
    ["timeZone", vendorZone(cameraMs, device.zone)],
    ["satelliteInterval", 1440],
  ]);
  return `${DECLARATION}<Time version="2.0" xmlns="${NAMESPACE_HIKVISION}">\n${fields}</Time>\n`;
}

export function capabilitiesXml(subscribeEvent: boolean): string {
  const fields = `${elements([["isSupportSubscribeEvent", String(subscribeEvent)]])}<EventCap>\n<isSupportHDFull>false</isSupportHDFull>\n</EventCap>\n`;
  return `${DECLARATION}<DeviceCap version="2.0" xmlns="${NAMESPACE_HIKVISION}">\n${fields}</DeviceCap>\n`;
}

export function subscribeEventCapXml(): string {
  return `${DECLARATION}<SubscribeEventCap version="2.0" xmlns="${NAMESPACE_ISAPI}">\n<heartbeat min="1" max="180"/>\n<eventMode opt="all,list"/>\n<EventList>\n<Event>\n<type>ANPR</type>\n<pictureURLType opt="binary"/>\n</Event>\n</EventList>\n</SubscribeEventCap>\n`;
}

export type ResponseKind = "ok" | "notSupport" | "badXmlContent" | "badXmlFormat" | "deviceError";

const RESPONSES: Readonly<Record<ResponseKind, readonly [code: number, text: string]>> = {
  ok: [1, "OK"],
  deviceError: [3, "Device Error"],
  notSupport: [4, "Invalid Operation"],
  badXmlFormat: [5, "Invalid XML Format"],
  badXmlContent: [6, "Invalid XML Content"],
};

export function responseStatusXml(url: string, kind: ResponseKind): string {
  const [code, text] = RESPONSES[kind];
  const fields = elements([
    ["requestURL", url],
    ["statusCode", code],
    ["statusString", text],
    ["subStatusCode", kind],
  ]);
  return `${DECLARATION}<ResponseStatus version="2.0" xmlns="${kind === "notSupport" ? NAMESPACE_ISAPI : NAMESPACE_HIKVISION}">\n${fields}</ResponseStatus>\n`;
}

/** Where a camera posts its messages; null is an empty slot. */
export interface HttpHost {
  readonly address: string;
  readonly port: number;
  readonly path: string;
}

/** A path longer than this is refused by measured units. */
const HOST_PATH_MAX = 128;

export function httpHostXml(id: number, host: HttpHost | null): string {
  const fields = elements([
    ["id", id],
    ["url", host?.path ?? "/"],
    ["protocolType", "HTTP"],
    ["parameterFormatType", "XML"],
    ["addressingFormatType", host !== null && !/^[\d.]+$/.test(host.address) ? "hostname" : "ipaddress"],
    [host !== null && !/^[\d.]+$/.test(host.address) ? "hostName" : "ipAddress", host?.address ?? "0.0.0.0"],
    ["portNo", host?.port ?? 80],
    ["userName", ""],
    ["httpAuthenticationMethod", "none"],
    ["httpBroken", "false"],
  ]);
  return `<HttpHostNotification version="2.0" xmlns="${NAMESPACE_HIKVISION}">\n${fields}</HttpHostNotification>\n`;
}

export function httpHostsXml(hosts: readonly (HttpHost | null)[]): string {
  const list = hosts.map((host, i) => httpHostXml(i + 1, host)).join("");
  return `${DECLARATION}<HttpHostNotificationList version="2.0" xmlns="${NAMESPACE_HIKVISION}">\n${list}</HttpHostNotificationList>\n`;
}

/** Reads the first HttpHostNotification of a PUT body: an empty slot is null, nonsense is "bad". */
export function parseHttpHost(body: string): { readonly id: number; readonly host: HttpHost | null } | "bad" {
  const one = /<(?:\w+:)?HttpHostNotification[\s>][\s\S]*?<\/(?:\w+:)?HttpHostNotification>/.exec(body)?.[0];
  if (one === undefined) return "bad";
  const id = Number(leaf(one, "id") ?? "1");
  const path = leaf(one, "url") ?? "/";
  const port = Number(leaf(one, "portNo") ?? "80");
  const address = leaf(one, "ipAddress") ?? leaf(one, "hostName") ?? "0.0.0.0";
  if (!Number.isInteger(id) || id < 1 || id > 2 || !Number.isInteger(port) || port < 1 || port > 65_535) return "bad";
  if (!path.startsWith("/") || path.length > HOST_PATH_MAX || (leaf(one, "protocolType") ?? "HTTP") !== "HTTP") return "bad";
  return { id, host: address === "0.0.0.0" ? null : { address, port, path } };
}

/** The text of the first element with this local name, entities undone; undefined when there is none. */
export function leaf(xml: string, name: string): string | undefined {
  const found = new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)</`).exec(xml)?.[1];
  return found
    ?.replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&apos;/g, "'")
    .replace(/&amp;/g, "&")
    .trim();
}
