import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ALERTS_PER_PART_MAX, type AlertMessage, type AnprAlert, parseAlerts } from "./anpr-alert.ts";

const CONTEXT = { facing: "approaching", timeZone: "America/New_York" } as const;
const fixture = (name: string): Uint8Array => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));
const parse = (input: string | Uint8Array, context: Parameters<typeof parseAlerts>[1] = CONTEXT): AlertMessage[] =>
  parseAlerts(typeof input === "string" ? Buffer.from(input, "utf8") : input, context);
function anpr(input: string | Uint8Array, context: Parameters<typeof parseAlerts>[1] = CONTEXT): AnprAlert {
  const [message] = parse(input, context);
  if (message?.kind !== "anpr") throw new Error(JSON.stringify(message));
  return message;
}
/** The smallest alert with these elements in and beside ANPR. */
const alert = (inside: string, beside = ""): string =>
  `<EventNotificationAlert><eventType>ANPR</eventType>${beside}<ANPR>${inside}</ANPR></EventNotificationAlert>`;

test("the message of an entrance camera is read in full", () => {
  const { reading, box, pictures, pictureCount, channel, moreToCome } = anpr(fixture("anpr-event-tcg405-isapi-ns.xml"));
  assert.equal(
    { ...reading, raw: reading.raw.length },
    {
      vendorEventId: "a0fe72d4-3652-464a-aebd-3f9190010236",
      raw: 4123,
      plateRead: "BGB3282",
      cameraTimeMs: Date.parse("2026-05-07T22:48:03.847Z"),
      cameraOffsetMinutes: -300,
      confidence: { value: 98, scale: 100 },
      characterConfidence: [99, 99, 99, 99, 99, 99, 99],
      region: "US",
      direction: "approaching",
      lane: 1,
      vehicle: { type: "SUV or MPV", colour: null, make: null, model: null },
      speedKmh: null,
      historical: false,
    },
  );
  assert.equal(box(null), { x: 430, y: 275, width: 106, height: 65 });
  assert.equal(
    pictures.map(({ role, source }) => [role, source.kind]),
    [
      ["full", "part"],
      ["crop", "part"],
    ],
  );
  assert.equal([pictureCount, channel, moreToCome], [2, 1, false]);
});

test("the message of another firmware, with another namespace and no declaration, is read as well", () => {
  const { reading, box, pictures } = anpr(fixture("anpr-event-deepinview-hikvision-ns.xml"));
  assert.is(reading.vendorEventId, "2026052116100697300edbIawTkCdRKyBzG1WsY1fXRgsEIWclUtyTfpx1Weqn1");
  assert.equal([reading.plateRead, reading.cameraTimeMs], ["CRK4732", Date.parse("2026-05-21T21:10:06Z")]);
  assert.equal(reading.vehicle, { type: "bus", colour: "green", make: null, model: null });
  assert.equal(box(null), { x: 413, y: 241, width: 26, height: 10 });
  assert.equal(
    pictures.map(({ role, pictureId }) => [role, pictureId.slice(-16)]),
    [
      ["crop", "000TESTPIDVALUE"],
      ["vehicle", "001TESTPIDVALUE"],
      ["full", "002TESTPIDVALUE"],
    ].map(([role, id]) => [role, `1${id}`]),
  );
});

test("a vehicle whose plate was not read, or that has none, is a detection without a plate", () => {
  const unread = anpr(fixture("anpr-event-unknown-plate.xml")).reading;
  assert.equal(
    [unread.plateRead, unread.confidence, unread.characterConfidence, unread.vehicle, unread.region, unread.direction],
    [null, null, null, null, null, "unknown"],
  );
  const none = anpr(fixture("anpr-event-noplate.xml")).reading;
  assert.equal([none.plateRead, none.confidence, none.direction], [null, null, "approaching"]);
  assert.equal(none.vehicle, { type: "truck", colour: "white", make: null, model: null });
});

test("sentinels are no plates, but a vanity plate of the same letters is one", () => {
  const read = (plate: string, confidence = 0): string | null =>
    anpr(alert(`<licensePlate>${plate}</licensePlate><confidenceLevel>${confidence}</confidenceLevel>`)).reading.plateRead;
  for (const sentinel of ["noPlate", "unknown", "NoPlate", "无车牌", "", " "]) assert.is(read(sentinel, 50), null, sentinel);
  assert.is(read("NOPLATE"), null);
  assert.is(read("NOPLATE", 91), "NOPLATE");
  assert.is(read("A 12345"), "A 12345");
  assert.is(read("X".repeat(33)), null);
  assert.is(
    anpr(alert("<licensePlate></licensePlate><originalLicensePlate>WÜ AB 12</originalLicensePlate>")).reading.plateRead,
    "WÜ AB 12",
  );
});

test("plates are never taken for numbers", () => {
  for (const plate of ["007E10", "0123", "12E45", "1e5", "0x1F", "Infinity", "true", "+1"]) {
    assert.is(anpr(alert(`<licensePlate>${plate}</licensePlate>`)).reading.plateRead, plate);
  }
});

test("mainland China: the colour character in front is dropped, the byte order mark and a clock in 2034 are kept", () => {
  const { reading } = anpr(fixture("anpr-event-bom-cjk.xml"));
  assert.equal([reading.plateRead, reading.characterConfidence?.length, reading.region], ["苏A8TEST", 7, "CN"]);
  assert.equal([reading.cameraTimeMs, reading.cameraOffsetMinutes], [Date.parse("2034-01-04T07:57:03Z"), 480]);
  assert.equal(reading.vehicle, { type: "light truck", colour: null, make: null, model: null });
  assert.is(reading.direction, "leaving");
  assert.is(anpr(alert("<licensePlate>苏A8TEST</licensePlate>")).reading.plateRead, "苏A8TEST");
});

test("GBK text is read by its declaration", () => {
  const before = Buffer.from(
    '<?xml version="1.0" encoding="GB2312"?><EventNotificationAlert><eventType>ANPR</eventType><ANPR><licensePlate>',
  );
  const plate = Buffer.from([0xc0, 0xb6, 0xcb, 0xd5, 0x41, 0x31]);
  assert.is(anpr(Buffer.concat([before, plate, Buffer.from("</licensePlate></ANPR></EventNotificationAlert>")])).reading.plateRead, "苏A1");
});

test("old firmware without UUID, vehicle and MAC is read, and has no event id", () => {
  const { reading, box, pictureCount } = anpr(fixture("anpr-event-stdcgi-ver10.xml"));
  assert.equal([reading.plateRead, reading.vendorEventId, reading.vehicle, reading.region], ["SI819AK", null, null, null]);
  assert.equal([box(null), pictureCount, reading.cameraOffsetMinutes], [null, null, 60]);
});

test("without UUID the capture moment of the picture names the event", () => {
  const list = "<pictureInfoList><pictureInfo><absTime>20260507174803847</absTime></pictureInfo></pictureInfoList>";
  assert.is(
    anpr(alert(`<licensePlate>A1</licensePlate>${list}`, "<macAddress>00:00:5e:00:53:40</macAddress><channelID>2</channelID>")).reading
      .vendorEventId,
    "00:00:5e:00:53:40/2/20260507174803847",
  );
});

test("every namespace, prefix and missing declaration reads the same", () => {
  const inner = "<eventType>ANPR</eventType><ANPR><licensePlate>AB12</licensePlate></ANPR>";
  for (const namespace of [
    "http://www.hikvision.com/ver20/XMLSchema",
    "http://www.hikvision.com/ver10/XMLSchema",
    "http://www.isapi.org/ver20/XMLSchema",
    "http://www.std-cgi.com/ver20/XMLSchema",
    "urn:psialliance-org",
  ]) {
    assert.is(anpr(`<EventNotificationAlert xmlns="${namespace}">${inner}</EventNotificationAlert>`).reading.plateRead, "AB12");
  }
  const prefixed = inner.replaceAll("</", "</ns1:").replaceAll(/<(?=[A-Za-z])/g, "<ns1:");
  assert.is(anpr(`<ns1:EventNotificationAlert xmlns:ns1="x">${prefixed}</ns1:EventNotificationAlert>`).reading.plateRead, "AB12");
  assert.is(anpr(`\ufeff<?xml version="1.0"?>\n<EventNotificationAlert>${inner}</EventNotificationAlert>\n\n`).reading.plateRead, "AB12");
});

test("an unescaped ampersand in the channel name does not cost the detection", () => {
  assert.is(anpr(alert("<licensePlate>AB12</licensePlate>", "<channelName>GATE & LANE</channelName>")).reading.plateRead, "AB12");
});

test("several alerts glued in one part are all read, and a broken one among them costs only itself", () => {
  const one = (plate: string): string => `<?xml version="1.0"?>${alert(`<licensePlate>${plate}</licensePlate>`)}`;
  const messages = parse(`${one("AA1")}\n${one("BB2")}<EventNotificationAlert><eventType>ANPR</even${one("CC3")}`);
  assert.equal(
    messages.map((message) => (message.kind === "anpr" ? message.reading.plateRead : message.kind)),
    ["AA1", "BB2", "not-understood", "CC3"],
  );
  const raws = messages.flatMap((message) => (message.kind === "anpr" ? [Buffer.from(message.reading.raw).toString()] : []));
  assert.is(new Set(raws).size, 3);
});

test("heartbeats and events of other kinds are told apart", () => {
  assert.equal(parse(fixture("heartbeat-videoloss.xml")), [{ kind: "heartbeat" }]);
  assert.equal(parse(fixture("heartbeat-videoloss-psia.xml")), [{ kind: "heartbeat" }]);
  const other = "<EventNotificationAlert><eventType>linedetection</eventType><eventState>active</eventState></EventNotificationAlert>";
  assert.equal(parse(other), [{ kind: "other-event", eventType: "linedetection" }]);
  assert.equal(parse("<SubscribeEventResponse><id>1</id></SubscribeEventResponse>"), [
    { kind: "other-event", eventType: "SubscribeEventResponse" },
  ]);
});

test("what is not understood says why, and never repeats the content", () => {
  const why = (input: string | Uint8Array): string => {
    const [message] = parse(input);
    return message?.kind === "not-understood" ? message.why : `(${message?.kind})`;
  };
  assert.match(why('{"eventType":"ANPR"}'), /JSON: set its parameter format to XML/);
  for (const other of ["httpHosts-list.xml", "httpHosts-put.xml", "deviceInfo.xml"])
    assert.match(why(fixture(other)), /Not an ISAPI event/);
  assert.match(why("garbage"), /Not an ISAPI event/);
  assert.match(why(new Uint8Array()), /Not an ISAPI event/);
  assert.match(why(Buffer.from([0, 1, 2, 3])), /NUL/);
  assert.match(why("<EventNotificationAlert><eventType>ANPR</eventType><ANPR><licensePlate>SECRET1</lice"), /not well formed/);
  assert.not.match(why("<EventNotificationAlert><eventType>ANPR</eventType><SECRET1></EventNotificationAlert>"), /SECRET1/);
  assert.match(why("<EventNotificationAlert><eventType>ANPR</eventType></EventNotificationAlert>"), /without its ANPR element/);
  assert.match(why("<EventNotificationAlert></EventNotificationAlert>"), /without a type/);
});

test("bombs are refused fast: entities, document types, depth, tags, length, other encodings", () => {
  const started = performance.now();
  const entities = `<!DOCTYPE a [<!ENTITY a "aaaa">${Array.from({ length: 20 }, (_, at) => `<!ENTITY a${at} "&a;&a;">`).join("")}]>`;
  const refused = [
    `<?xml version="1.0"?>${entities}${alert("<licensePlate>&a19;</licensePlate>")}`,
    `<?xml version="1.0"?><!doctype x SYSTEM "file:///etc/passwd">${alert("<licensePlate>&x;</licensePlate>")}`,
    alert("<x>".repeat(10_000) + "</x>".repeat(10_000)),
    alert("<x/>".repeat(60_000)),
    alert(`<licensePlate>${"A".repeat(300_000)}</licensePlate>`),
    alert("<licensePlate>A1</licensePlate>", "<__proto__>x</__proto__>"),
    alert(`<a ${'b="1" '.repeat(20_000)}/>`),
    `<?xml version="1.0" encoding="UTF-7"?>${alert("<licensePlate>A1</licensePlate>")}`,
    alert("<![CDATA[".repeat(20_000)),
    "<EventNotificationAlert>".repeat(10_000),
  ];
  for (const [at, input] of refused.entries())
    assert.ok(
      parse(input).every((message) => message.kind === "not-understood"),
      `input ${at}`,
    );
  assert.ok(parse(Buffer.from(alert("<licensePlate>A1</licensePlate>"), "utf16le")).every((message) => message.kind === "not-understood"));
  assert.is(anpr(alert("<licensePlate>&a;&#65;</licensePlate>")).reading.plateRead, "&a;&#65;");
  assert.ok(performance.now() - started < 2000, `${performance.now() - started} ms`);
});

test("a part of 12 MiB, whatever is in it, keeps the program for less than a second", () => {
  const fill = (unit: string): string => unit.repeat(Math.floor((12 << 20) / unit.length));
  const tags = alert("<x/>".repeat(19_000));
  for (const text of [
    fill("/9j/ "),
    fill(">/9j/<"),
    fill("<EventNotificationAlert>"),
    fill(tags),
    fill("<"),
    fill("&"),
    fill("<a:"),
    fill("\n"),
    alert(fill("&amp;")),
    fill("<EventNotificationAlert>/9j/"),
  ]) {
    const input = Buffer.from(text);
    const started = performance.now();
    assert.ok(parse(input).length <= ALERTS_PER_PART_MAX);
    const took = performance.now() - started;
    assert.ok(took < 1000, `${took} ms for ${text.slice(0, 30)}`);
  }
});

test("facing turns forward and reverse into approaching and leaving", () => {
  const of = (direction: string, facing: "approaching" | "leaving"): string =>
    anpr(alert(`<licensePlate>A1</licensePlate>${direction}`), { ...CONTEXT, facing }).reading.direction;
  assert.equal(
    [of("<direction>forward</direction>", "approaching"), of("<direction>reverse</direction>", "approaching")],
    ["approaching", "leaving"],
  );
  assert.equal(
    [of("<direction>forward</direction>", "leaving"), of("<direction>reverse</direction>", "leaving")],
    ["leaving", "approaching"],
  );
  assert.equal([of("", "leaving"), of("<direction>sideways</direction>", "approaching")], ["unknown", "unknown"]);
});

test("figures outside their range are no figures", () => {
  const confidence = (text: string): unknown =>
    anpr(alert(`<licensePlate>AB1</licensePlate><confidenceLevel>${text}</confidenceLevel>`)).reading.confidence;
  assert.equal(confidence("0"), null);
  assert.equal(confidence(""), null);
  assert.equal(confidence("101"), null);
  assert.equal(confidence("-1"), null);
  assert.equal(confidence("NaN"), null);
  assert.equal(confidence("97.5"), { value: 97.5, scale: 100 });
  const characters = (text: string): unknown =>
    anpr(alert(`<licensePlate>AB1</licensePlate><plateCharBelieve>${text}</plateCharBelieve>`)).reading.characterConfidence;
  assert.equal(characters("99,0, 100"), [99, 0, 100]);
  assert.equal([characters("99,98"), characters("99,98,101"), characters("a,b,c"), characters("")], [null, null, null, null]);
  const speed = (text: string): unknown =>
    anpr(alert(`<licensePlate>AB1</licensePlate><vehicleInfo><speed>${text}</speed></vehicleInfo>`)).reading.speedKmh;
  assert.equal([speed("0"), speed("63"), speed("9999"), speed("x")], [null, 63, null, null]);
});

test("historical messages are marked", () => {
  const historical = (inside: string, beside = ""): boolean =>
    anpr(alert(`<licensePlate>A1</licensePlate>${inside}`, beside)).reading.historical;
  assert.equal(
    [historical(""), historical("<alarmDataType>1</alarmDataType>"), historical("<alarmDataType>0</alarmDataType>")],
    [false, true, false],
  );
  assert.equal(
    [
      historical("", "<isDataRetransmission>true</isDataRetransmission>"),
      historical("", "<isDataRetransmission>false</isDataRetransmission>"),
    ],
    [true, false],
  );
  assert.ok(anpr(alert("<licensePlate>A1</licensePlate><hasMoreData>true</hasMoreData>")).moreToCome);
});

test("pictures may be addresses or base64 text, in the list or beside it", () => {
  const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 0xff, 0xd9]);
  const list = `<pictureInfoList>
    <pictureInfo><type>detectionPicture</type><dataType>1</dataType><pictureURL>http://192.0.2.1/a.jpg?x=1&amp;y=2</pictureURL></pictureInfo>
    <pictureInfo><type>licensePlatePicture</type><content>
      ${jpeg.toString("base64")}
    </content></pictureInfo></pictureInfoList>`;
  const { pictures, reading } = anpr(
    alert(
      `<licensePlate>A1</licensePlate>${list}<vehicleImage>data:image/jpeg;base64,${jpeg.toString("base64")}</vehicleImage>`,
      "<bkgUrl>/picture/7.jpg</bkgUrl>",
    ),
  );
  assert.equal(
    pictures.map(({ role, source }) => [
      role,
      source.kind === "embedded" ? Buffer.from(source.bytes).equals(jpeg) : source.kind === "url" ? source.url : "",
    ]),
    [
      ["full", "http://192.0.2.1/a.jpg?x=1&y=2"],
      ["crop", true],
      ["full", "/picture/7.jpg"],
      ["vehicle", true],
    ],
  );
  assert.is(reading.plateRead, "A1");
  const big = Buffer.concat([jpeg, Buffer.alloc(900_000)]).toString("base64");
  assert.is(anpr(alert(`<licensePlate>A1</licensePlate><picture>${big}</picture>`)).pictures.length, 1);
});

test.run();
