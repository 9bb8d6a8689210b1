import { XMLParser, XMLValidator } from "fast-xml-parser";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { anprXml, heartbeatXml } from "./anpr-xml.ts";
import type { DeviceIdentity, PlateMessage } from "./plate-message.ts";

const device: DeviceIdentity = {
  family: "tcg",
  name: 'Gate 1 & lane "in"',
  model: "DS-TCG405-E",
  serialNumber: "20260101AATOWNSN0001",
  macAddress: "00:00:5e:00:53:01",
  ipAddress: "192.0.2.101",
  channel: 1,
  zone: "America/New_York",
};
const message: PlateMessage = {
  message: 41,
  uuid: "a0fe72d4-3652-464a-aebd-3f9190010236",
  cameraMs: Date.parse("2026-05-07T22:48:03.847Z"),
  plate: "BGB3282",
  confidence: 98,
  characters: [99, 99, 99, 99, 99, 99, 99],
  direction: "forward",
  lane: 1,
  vehicleType: "SUVMPV",
  color: "white",
  speedKmh: 31,
  plateRect: { x: 430, y: 275, width: 106, height: 65 },
  vehicleRect: { x: 271, y: 0, width: 425, height: 426 },
  pictures: [
    { type: "detectionPicture", jpeg: Buffer.from("scene") },
    { type: "licensePlatePicture", jpeg: Buffer.from("crop") },
  ],
  postCount: null,
};

/** Names of the elements directly inside one element, in document order. */
function childrenOf(xml: string, name: string): string[] {
  const tree = new XMLParser({ preserveOrder: true, parseTagValue: false }).parse(xml) as Record<string, unknown>[];
  const find = (nodes: Record<string, unknown>[]): Record<string, unknown>[] | null => {
    for (const node of nodes) {
      for (const [key, value] of Object.entries(node)) {
        if (key === name) return value as Record<string, unknown>[];
        const inner = Array.isArray(value) ? find(value as Record<string, unknown>[]) : null;
        if (inner !== null) return inner;
      }
    }
    return null;
  };
  return (find(tree) ?? []).flatMap((node) => Object.keys(node).filter((key) => key !== ":@" && key !== "#text"));
}

test("a TCG message has the elements of a DS-TCG405-E in its order", () => {
  const xml = anprXml(device, message, false);
  assert.is(XMLValidator.validate(xml), true);
  assert.is(
    childrenOf(xml, "EventNotificationAlert").join(" "),
    "ipAddress ipv6Address protocol macAddress dynChannelID channelID dateTime activePostCount eventType eventState eventDescription channelName deviceID ANPR UUID picNum monitoringSiteID monitorDescription DeviceGPSInfo carDirectionType deviceUUID VehicleGATInfo",
  );
  assert.is(
    childrenOf(xml, "ANPR").join(" "),
    "country licensePlate line direction confidenceLevel plateType plateColor tailandStateID licenseBright pilotsafebelt vicepilotsafebelt pilotsunvisor vicepilotsunvisor envprosign dangmark uphone pendant tissueBox frontChild label smoking perfumeBox pdvs helmet decoration pilotmask vicepilotMask plateCharBelieve speedLimit illegalInfo vehicleType featurePicFileName detectDir relaLaneDirectionType detectType barrierGateCtrlType alarmDataType dwIllegalTime vehicleInfo pictureInfoList listType originalLicensePlate",
  );
  assert.match(
    xml,
    /^<\?xml version="1.0" encoding="utf-8"\?>\n<EventNotificationAlert version="2.0" xmlns="http:\/\/www.isapi.org\/ver20\/XMLSchema">\n/,
  );
  assert.match(xml, "<dateTime>2026-05-07T18:48:03.847-04:00</dateTime>");
  assert.match(xml, "<plateRect>\n<X>430</X>\n<Y>275</Y>\n<width>106</width>\n<height>65</height>\n</plateRect>");
  assert.match(xml, "<activePostCount>41</activePostCount>");
});

test("a DeepinView message has no declaration, its own namespace and its own order", () => {
  const xml = anprXml({ ...device, family: "deepinview" }, { ...message, pictures: [...message.pictures].reverse() }, true);
  assert.is(XMLValidator.validate(xml), true);
  assert.match(xml, /^<EventNotificationAlert version="2.0" xmlns="http:\/\/www.hikvision.com\/ver20\/XMLSchema">\n/);
  assert.is(
    childrenOf(xml, "EventNotificationAlert").join(" "),
    "ipAddress ipv6Address portNo protocol macAddress channelID dateTime activePostCount eventType eventState eventDescription channelName ANPR UUID picNum monitoringSiteID isDataRetransmission DeviceGPSInfo detectionBackgroundImageResolution",
  );
  assert.is(
    childrenOf(xml, "ANPR").join(" "),
    "country licensePlate line direction confidenceLevel plateType plateColor licenseBright dangmark twoWheelVehicle threeWheelVehicle plateCharBelieve vehicleType detectDir detectType alarmDataType vehicleInfo pictureInfoList originalLicensePlate CRIndex vehicleListName plateSize",
  );
  assert.match(xml, "<dateTime>2026-05-07T18:48:03-04:00</dateTime>");
  assert.match(xml, "<absTime>20260507184803847</absTime>");
  assert.match(xml, "<isDataRetransmission>true</isDataRetransmission>");
  assert.match(xml, "<index>41</index>");
});

test("text from outside is escaped and a reader gets it back", () => {
  const read = new XMLParser({ parseTagValue: false }).parse(anprXml(device, message, false)) as {
    EventNotificationAlert: { channelName: string };
  };
  assert.is(read.EventNotificationAlert.channelName, device.name);
});

test("a heartbeat is videoloss, inactive", () => {
  const xml = heartbeatXml(device, message.cameraMs);
  assert.is(
    childrenOf(xml, "EventNotificationAlert").join(" "),
    "ipAddress portNo protocol macAddress channelID dateTime activePostCount eventType eventState eventDescription",
  );
  assert.match(xml, /<eventType>videoloss<\/eventType>\n<eventState>inactive</);
});

test.run();
