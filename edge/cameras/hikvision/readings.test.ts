import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { countryToIso, regionOf } from "./country-codes.ts";
import { parseDeviceInfo, parseDeviceTime, parseLoginLock, parseResponseStatus, responseStatusXml } from "./isapi-answers.ts";
import { parseCameraTime, parsePosixZone } from "./isapi-time.ts";
import { parseIsapiXml } from "./isapi-xml.ts";
import { lockedForMs, loginSentence } from "./login-sentence.ts";
import { plateBox } from "./plate-box.ts";
import { comparePicNames, parsePlateList, plateListRequest } from "./plate-list.ts";
import { vehicleOf } from "./vehicle-words.ts";

const fixture = (name: string): Buffer => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));
const CONTEXT = { facing: "approaching", timeZone: "America/New_York" } as const;
const time = (text: string, zone = "America/New_York"): [string, number | null] | null => {
  const read = parseCameraTime(text, zone);
  return read === null ? null : [new Date(read.utcMs).toISOString(), read.offsetMinutes];
};

test("times with an offset are taken as written", () => {
  assert.equal(time("2026-05-07T17:48:03.847-05:00"), ["2026-05-07T22:48:03.847Z", -300]);
  assert.equal(time("2026-05-21T16:10:06Z"), ["2026-05-21T16:10:06.000Z", 0]);
  assert.equal(time("20340109T094130+0400"), ["2034-01-09T05:41:30.000Z", 240]);
  assert.equal(time("20260424T161627-500"), ["2026-04-24T21:16:27.000Z", -300]);
  assert.equal(time("2026-04-24 16:16:27 +05:30"), ["2026-04-24T10:46:27.000Z", 330]);
  assert.equal(time("20200424T1616270000"), ["2020-04-24T16:16:27.000Z", 0]);
});

test("times without an offset are the site's wall time, summer and winter and at the changes", () => {
  assert.equal(time("2026-07-01T12:00:00"), ["2026-07-01T16:00:00.000Z", null]);
  assert.equal(time("2026-01-01T12:00:00"), ["2026-01-01T17:00:00.000Z", null]);
  assert.equal(time("20260101120000123", "Asia/Kolkata"), ["2026-01-01T06:30:00.123Z", null]);
  assert.equal(time("2026-11-01T00:30:00"), ["2026-11-01T04:30:00.000Z", null]);
  assert.equal(time("2026-11-01T03:00:00"), ["2026-11-01T08:00:00.000Z", null]);
  assert.equal(time("2026-03-08T03:30:00"), ["2026-03-08T07:30:00.000Z", null]);
  assert.equal(time("20200424T1616270400"), ["2020-04-24T20:16:27.000Z", null], "an offset that lost its sign is no offset");
});

test("clocks in 1970 and 2036 are kept, malformed times are no times", () => {
  assert.equal(time("1970-01-02T00:00:00+08:00"), ["1970-01-01T16:00:00.000Z", 480]);
  assert.equal(time("2036-02-07T06:28:16-05:00"), ["2036-02-07T11:28:16.000Z", -300]);
  for (const text of [
    "",
    "yesterday",
    "2026-02-31T10:00:00Z",
    "2026-05-07T25:00:00Z",
    "2026-05-07",
    "2026-05-07T17:48:03+99:00",
    "0000-00-00T00:00:00",
    "1970-01-01T00:00:00+08:00",
    `2026-05-07T17:48:03.${"9".repeat(5000)}`,
  ]) {
    assert.is(time(text), null, text.slice(0, 40));
  }
});

test("POSIX zones have their sign the other way round", () => {
  assert.equal(
    ["CST-8:00:00", "CST+5:00:00", "CST-5:30:00", "CST+5:00:00DST01:00:00,M3.2.0/02:00:00,M11.1.0/02:00:00", "UTC", "x"].map(
      parsePosixZone,
    ),
    [480, -300, 330, -300, null, null],
  );
});

test("the camera's clock is read with its own offset, or its zone's", () => {
  assert.equal(parseDeviceTime(fixture("time.xml"), "UTC"), { utcMs: Date.parse("2026-08-12T18:07:06Z"), offsetMinutes: -300 });
  const naive = fixture("time.xml").toString().replace("13:07:06-05:00", "13:07:06");
  assert.equal(parseDeviceTime(Buffer.from(naive), "Asia/Tokyo"), { utcMs: Date.parse("2026-08-12T18:07:06Z"), offsetMinutes: -300 });
  assert.is(parseDeviceTime(Buffer.from("<Time/>"), "UTC"), null);
  assert.is(parseDeviceTime(Buffer.from("no"), "UTC"), null);
});

test("device information is read", () => {
  assert.equal(parseDeviceInfo(fixture("deviceInfo.xml")), {
    deviceName: "gate-1",
    model: "iDS-2CD7A46G0/P-IZHSY",
    serialNumber: "iDS-2CD7A46G0/P-IZHSY20260101AAWRTEST00001",
    macAddress: "00:00:5e:00:53:81",
    firmware: "V5.8.61 build 240826",
    deviceType: "IPCamera",
  });
  assert.is(parseDeviceInfo(fixture("time.xml")), null);
});

test("ResponseStatus tells yes from not supported, and ours is read back", () => {
  assert.equal(parseResponseStatus(fixture("responseStatus-ok.xml")), { statusCode: 1, subStatusCode: "ok", notSupported: false });
  assert.equal(parseResponseStatus(fixture("responseStatus-notSupport.xml")), {
    statusCode: 4,
    subStatusCode: "notSupport",
    notSupported: true,
  });
  assert.equal(parseResponseStatus(Buffer.from(responseStatusXml("ok", "/push"))), {
    statusCode: 1,
    subStatusCode: "ok",
    notSupported: false,
  });
  assert.is(parseResponseStatus(fixture("deviceInfo.xml")), null);
});

test("the lock of a refused login becomes a sentence for people", () => {
  const body = (inner: string): Buffer => Buffer.from(`<userCheck><statusValue>401</statusValue>${inner}</userCheck>`);
  const left = body("<lockStatus>unlock</lockStatus><retryLoginTime>4</retryLoginTime>");
  assert.equal(parseLoginLock(left), { locked: false, unlockMs: null, attemptsLeft: 4 });
  assert.is(lockedForMs(left), null);
  assert.is(
    loginSentence({ why: "wrong-password", body: left }, "alpr", 1_800_000),
    'The camera refuses the user "alpr": the name or the password is wrong. It allows 4 more wrong logins before it locks this edge out. Correct them in the camera\'s settings. The next try is in 30 minutes or when the settings change.',
  );
  const locked = body("<lockStatus>lock</lockStatus><unlockTime>1500</unlockTime>");
  assert.is(lockedForMs(locked), 1_500_000);
  assert.match(loginSentence({ why: "locked", body: locked }, "alpr", 1_800_000), /locked this edge out for another 25 minutes/);
  assert.is(lockedForMs(Buffer.from("<html>")), null);
});

test("the plate list is sorted by picture name, names are text, and an unread row is a detection without plate", () => {
  const list = parsePlateList(fixture("plates-response.xml"), CONTEXT);
  assert.is(list.kind, "plates");
  const rows = list.kind === "plates" ? list.rows : [];
  assert.equal(
    rows.map(({ picName, capture }) => [
      picName,
      capture.plateRead,
      capture.region,
      capture.direction,
      capture.lane,
      new Date(capture.cameraTimeMs!).toISOString(),
    ]),
    [
      ["202604241616278800", "TZC207", "US", "approaching", 1, "2026-04-24T21:16:27.000Z"],
      ["202604241616551200", null, null, "unknown", 1, "2026-04-24T21:16:55.000Z"],
      ["2026042416170289540087321", "RZN384", "US", "leaving", 1, "2026-04-24T21:17:02.000Z"],
    ],
  );
  assert.equal(
    rows.map((row) => row.capture.vendorEventId),
    rows.map((row) => row.picName),
  );
});

test("other forms of the plate list: one row of another namespace, none, and no list at all", () => {
  const single = parsePlateList(fixture("plates-response-single-stdcgi.xml"), CONTEXT);
  assert.equal(
    single.kind === "plates" && single.rows.map(({ capture }) => [capture.plateRead, capture.region, capture.cameraOffsetMinutes]),
    [["A 12345", null, 240]],
  );
  assert.equal(parsePlateList(fixture("plates-response-empty.xml"), CONTEXT), { kind: "plates", rows: [], rowsIgnored: 0 });
  assert.is(parsePlateList(fixture("time.xml"), CONTEXT).kind, "not-understood");
  assert.is(parsePlateList(Buffer.from("{}"), CONTEXT).kind, "not-understood");
  const odd = "<Plates><Plate><picName>../../x</picName></Plate><Plate><picName>20260424161655</picName></Plate></Plates>";
  const list = parsePlateList(Buffer.from(odd), CONTEXT);
  assert.equal(list.kind === "plates" && [list.rows.length, list.rowsIgnored, list.rows[0]!.capture.plateRead], [1, 1, null]);
});

test("picture names are compared as times from the left, counters by their length", () => {
  assert.ok(comparePicNames("202604241616278800", "2026042416170289540087321") < 0);
  assert.ok(comparePicNames("2026042416162788001234567", "202604241617028954") < 0);
  assert.ok(comparePicNames("99", "100") < 0);
  assert.is(comparePicNames("202604241616278800", "202604241616278800"), 0);
});

test("the question for the plate list has the cursor in it, with namespace as recorded or bare", () => {
  assert.is(plateListRequest("202604241616278800", "with-namespace"), fixture("plates-request.xml").toString().trim());
  assert.is(plateListRequest("0", "bare"), "<AfterTime><picTime>0</picTime></AfterTime>");
});

test("countries come as numbers, letters and names", () => {
  assert.equal(["172", "169", "174", "17", "3", "46", "81", "258", "59"].map(countryToIso), [
    "US",
    "CA",
    "MX",
    "GB",
    "DE",
    "TR",
    "TR",
    "MO",
    "CN",
  ]);
  assert.equal(["USA", "GBR", "MYS", "NON", "pl", "ZZ"].map(countryToIso), ["US", "GB", "MY", null, "PL", null]);
  assert.equal(["Poland", "Turkey", "united states", "Nowhere"].map(countryToIso), ["PL", "TR", "US", null]);
  assert.equal(["0", "55", "100", "253", "254", "255", "999", ""].map(countryToIso), Array(8).fill(null));
  assert.equal(
    [regionOf("", "253", "256"), regionOf("CA", "172", ""), regionOf("", "254", "172"), regionOf("", "", "")],
    ["TW", "CA", "US", null],
  );
});

test("vehicle words are plain, and unknown ones are kept", () => {
  assert.equal(vehicleOf("unknown", "2", "deepBlue"), { type: "truck", colour: "dark blue", make: null, model: null });
  assert.equal(vehicleOf("hovercraft", "", "unknown"), { type: "hovercraft", colour: null, make: null, model: null });
  assert.is(vehicleOf("", "0", ""), null);
  assert.equal(vehicleOf("constructor", "constructor", "")?.type, "constructor");
});

test("boxes in thousandths, fractions, pixels and ten-thousandths become thousandths", () => {
  const box = (inner: string, scene: { width: number; height: number } | null = null): unknown => {
    const document = parseIsapiXml(`<p>${inner}</p>`);
    const found = document.kind === "xml" ? plateBox(document.element, scene) : null;
    return found === null ? null : [found.x, found.y, found.width, found.height];
  };
  const rect = (x: number, y: number, width: number, height: number): string =>
    `<plateRect><X>${x}</X><Y>${y}</Y><width>${width}</width><height>${height}</height></plateRect>`;
  assert.equal(box(rect(430, 275, 106, 65)), [430, 275, 106, 65]);
  assert.equal(box("<Rect><x>0.43</x><y>0.275</y><width>0.106</width><height>0.065</height></Rect>"), [430, 275, 106, 65]);
  assert.equal(box(rect(1280, 784, 256, 157), { width: 2560, height: 1568 }), [500, 500, 100, 100]);
  assert.equal(box(rect(5000, 5000, 1000, 800)), [500, 500, 100, 80]);
  assert.equal([box(rect(0, 0, 0, 0)), box(rect(9900, 0, 900, 10)), box(rect(-5, 0, 10, 10)), box("")], [null, null, null, null]);
});

test.run();
