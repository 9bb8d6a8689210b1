import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Capture } from "../camera.ts";
import { realWorld } from "../camera-world.ts";
import { parsePartHead } from "../part-headers.ts";
import { eventually } from "../test-port.ts";
import { type AlertAssembler, createAlertAssembler, type MessageCounts, noMessages } from "./alert-assembler.ts";
import { jpeg, type MessageOptions, message } from "./test-messages.ts";

interface Bench {
  readonly assembler: AlertAssembler;
  readonly captures: Capture[];
  readonly counts: MessageCounts;
  readonly xml: (options?: MessageOptions) => void;
  readonly picture: (bytes: Uint8Array, head?: { name?: string; fileName?: string; contentId?: string }) => void;
  readonly roles: (at?: number) => string;
}
function bench(fetchPicture: ((url: string) => Promise<Uint8Array | null>) | null = null): Bench {
  const captures: Capture[] = [];
  const counts = noMessages();
  const assembler = createAlertAssembler({
    context: { facing: "approaching", timeZone: "UTC" },
    channel: 1,
    waits: { announcedMs: 60, unannouncedMs: 30, lateMs: 150 },
    world: realWorld,
    counts,
    emit: (capture) => captures.push(capture),
    keepUnknown: () => {},
    fetchPicture,
    updates: { early: null, late: "late" },
  });
  return {
    assembler,
    captures,
    counts,
    xml: (options) => assembler.part({ kind: "part", head: parsePartHead([]), body: message(options), whole: true, lengthWrong: false }),
    picture: (body, head = {}) =>
      assembler.part({
        kind: "part",
        head: { ...parsePartHead(["Content-Type: image/jpeg"]), ...head },
        body,
        whole: true,
        lengthWrong: false,
      }),
    roles: (at = -1) => (captures.at(at)?.pictures ?? []).map(({ role, bytes }) => `${role}:${bytes.length}`).join(" "),
  };
}
const BOTH = ["detectionPicture", "licensePlatePicture"];

test("a message whose announced pictures are there is captured at once", () => {
  const { xml, picture, captures, roles } = bench();
  xml({ pictures: BOTH });
  assert.is(captures.length, 0);
  picture(jpeg(300), { name: "detectionPicture.jpg" });
  picture(jpeg(100), { name: "licensePlatePicture.jpg" });
  assert.is(captures.length, 1);
  assert.is(roles(), "full:300 crop:100");
});

test("pictures find their place by name, by picture id, by Content-ID, by the name in filename, else by order", () => {
  const heads = [
    [{ name: "licensePlatePicture.jpg" }, { name: "detectionPicture.jpg" }],
    [{ fileName: "licensePlatePicture" }, { fileName: "detectionPicture" }],
    [
      { name: "FW1", fileName: "LICENSEPLATEPICTURE.JPG" },
      { name: "FW2", contentId: "detectionPicture" },
    ],
    [{ name: "x", fileName: "PID-PLATE" }, { fileName: "pid-scene" }],
    [{ name: "FW2", contentId: "pid-plate" }, { name: "FW1" }],
  ];
  const infos = ["scene detectionPicture", "plate licensePlatePicture"].map((each) => {
    const [id, type] = each.split(" ");
    return `<pictureInfo><fileName>${type}.jpg</fileName><type>${type}</type><pId>pid-${id}</pId></pictureInfo>`;
  });
  for (const [plate, scene] of heads) {
    const { xml, picture, roles } = bench();
    xml({ pictures: infos });
    picture(jpeg(100), plate);
    picture(jpeg(300), scene);
    assert.is(roles(), "full:300 crop:100", JSON.stringify(plate));
  }
  const { xml, picture, roles } = bench();
  xml({ pictures: BOTH });
  picture(jpeg(300));
  picture(jpeg(100));
  assert.is(roles(), "full:300 crop:100");
});

test("a picture that never comes holds the detection only for the bounded wait", async () => {
  const { xml, picture, captures, roles, assembler } = bench();
  const started = performance.now();
  xml({ pictures: BOTH });
  picture(jpeg(300));
  await eventually("captured", () => captures.length === 1);
  assert.ok(performance.now() - started >= 50 && performance.now() - started < 1000);
  assert.is(roles(), "full:300");
  assembler.end("complete");
  assert.is(captures.length, 1);
});

test("pictures that come after the wait make a revision, if the event has a name", async () => {
  for (const uuid of ["event-1", null]) {
    const { xml, picture, captures, roles, counts } = bench();
    xml({ pictures: BOTH, uuid });
    await eventually("captured early", () => captures.length === 1);
    picture(jpeg(300));
    picture(jpeg(100));
    assert.equal(
      captures.map(({ vendorUpdate }) => vendorUpdate),
      uuid === null ? [null] : [null, "late"],
    );
    if (uuid !== null) assert.is(roles(), "full:300 crop:100");
    assert.is(counts.detections, 1);
  }
});

test("the next message ends the waiting of the one before", () => {
  const { xml, picture, captures, roles } = bench();
  xml({ plate: "A1", uuid: "1", pictures: BOTH });
  xml({ plate: "B2", uuid: "2", pictures: ["detectionPicture"] });
  picture(jpeg(300));
  assert.equal(
    captures.map(({ plateRead }) => plateRead),
    ["A1", "B2"],
  );
  assert.equal([roles(0), roles(1)], ["", "full:300"]);
});

test("without any announcement pictures that follow at once are taken, the largest as the scene", async () => {
  const { xml, picture, captures, roles, assembler } = bench();
  xml({ picNum: null, uuid: null });
  picture(jpeg(100), { name: "FW1" });
  picture(jpeg(300), { name: "FW2" });
  await eventually("captured", () => captures.length === 1);
  assert.is(roles(), "full:300 crop:100");
  xml({ picNum: null, uuid: null });
  assembler.end("complete");
  assert.is(captures.length, 2);
});

test("picNum 0 and a fast first message are captured at once; the full message has another update name", () => {
  const { xml, picture, captures } = bench();
  xml({ picNum: 0 });
  xml({ pictures: BOTH, picNum: 2, inside: "<hasMoreData>true</hasMoreData>" });
  assert.is(captures.length, 2);
  xml({ pictures: BOTH });
  picture(jpeg(300));
  picture(jpeg(100));
  assert.equal(
    captures.map(({ vendorUpdate }) => vendorUpdate),
    [null, "first", null],
  );
  assert.is(captures[2]!.vendorEventId, captures[1]!.vendorEventId);
});

test("pictures of other kinds are not stored; of several alike the first is", () => {
  const { xml, picture, roles } = bench();
  xml({ pictures: ["pilotPicture", "detectionPicture_1", "detectionPicture_2", "vehiclePicture"] });
  for (const [name, size] of [
    ["detectionPicture_2", 200],
    ["detectionPicture_1", 100],
    ["pilotPicture", 50],
    ["vehiclePicture", 70],
  ] as const)
    picture(jpeg(size), { name });
  assert.is(roles(), "full:100 vehicle:70");
});

test("what is no JPEG, claims an absurd size, or is empty is no picture, and does not hold the detection", () => {
  const { xml, picture, captures, roles, counts } = bench();
  xml({ pictures: [...BOTH, "vehiclePicture"] });
  picture(Buffer.from("<html>not a picture"), { name: "detectionPicture.jpg" });
  picture(jpeg(300, 65_535, 65_535), { name: "licensePlatePicture.jpg" });
  picture(new Uint8Array(), { name: "vehiclePicture.jpg" });
  assert.equal([captures.length, roles(), counts.picturesDropped], [1, "", 2]);
});

test("pictures by address are fetched; one that hangs is not waited for", async () => {
  const info = (type: string, url: string): string =>
    `<pictureInfo><type>${type}</type><dataType>1</dataType><pictureURL>${url}</pictureURL></pictureInfo>`;
  const { xml, captures, roles } = bench(async (url) => {
    await realWorld.sleep(url === "/slow" ? 100 : 5);
    return url === "/none" ? null : jpeg(200);
  });
  xml({ uuid: "1", pictures: [info("detectionPicture", "/quick"), info("licensePlatePicture", "/none")] });
  await eventually("captured", () => captures.length === 1);
  assert.is(roles(), "full:200");
  xml({ uuid: "2", pictures: [info("detectionPicture", "/slow")] });
  await eventually("captured early and revised", () => captures.length === 3);
  assert.equal(
    captures.slice(1).map(({ vendorUpdate, pictures }) => [vendorUpdate, pictures.length]),
    [
      [null, 0],
      ["late", 1],
    ],
  );
});

test("pixel boxes are scaled by the picture itself", () => {
  const { xml, picture, captures } = bench();
  const rect = "<plateRect><X>1280</X><Y>720</Y><width>256</width><height>72</height></plateRect>";
  xml({ pictures: [`<pictureInfo><type>detectionPicture</type>${rect}</pictureInfo>`] });
  picture(jpeg(300, 2560, 1440));
  assert.equal(captures[0]!.box, { x: 500, y: 500, width: 100, height: 50 });
});

test("messages of other channels are left to their cameras", () => {
  const { xml, captures, counts } = bench();
  xml({ channel: 2 });
  assert.equal([captures.length, counts.otherChannels], [0, 1]);
});

test("a flood of glued messages keeps a bounded number open", () => {
  const { assembler, captures } = bench();
  const body = Buffer.concat(Array.from({ length: 100 }, (_, at) => message({ plate: `A${at}`, uuid: `${at}`, pictures: BOTH })));
  assembler.part({ kind: "part", head: parsePartHead([]), body, whole: true, lengthWrong: false });
  assert.is(captures.length, 84);
  assembler.end("complete");
  assert.is(captures.length, 100);
});

test.run();
