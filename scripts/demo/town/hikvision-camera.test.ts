import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CameraWork } from "./camera-work.ts";
import type { LedgerRow } from "./ledger.ts";
import { ask, askOnce, listenTo, type SplitPart, splitParts } from "./probe-camera.ts";
import { openTown, type Town } from "./town.ts";
import { TOWN_DEFAULTS } from "./town-config.ts";

let town: Town;

test.before(async () => {
  town = await openTown(
    { ...TOWN_DEFAULTS, perMinute: 0, light: "day", heartbeatMs: 200, replayOverlapMs: 30_000 },
    { nowMs: () => Date.now(), sleep: async () => undefined },
  );
});
test.after(() => town.close());
// A test that fails must not leave a listener to the next one.
test.after.each(() => {
  for (const work of town.works) work.camera.doors.stream.cutListeners();
});

const white = { type: "saloon", color: "white", style: "new-york" } as const;

function at(name: string): CameraWork {
  const work = town.works.find((candidate) => candidate.camera.settings.name === name);
  if (work === undefined) throw new Error(`no camera ${name}`);
  return work;
}

async function see(name: string, plate: string | null, said = plate ?? "noPlate"): Promise<LedgerRow> {
  return (await town.see(name, { vehicle: { ...white, plate }, side: "front", said, confidence: 91, kind: "read" }))!;
}

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const holds = (text: string) => (bytes: Buffer) => bytes.includes(text);
const anpr = (parts: readonly SplitPart[]): SplitPart[] => parts.filter((part) => part.body.includes("<eventType>ANPR<"));
const pictures = (parts: readonly SplitPart[]): string[] =>
  parts.filter((part) => part.body[0] === 0xff && part.body[1] === 0xd8).map((part) => sha256(part.body));

test("who the camera is and what time it has is told only to one who signs in", async () => {
  const { url, settings } = at("South camera").camera;
  assert.is((await askOnce(url, "GET", "/ISAPI/System/deviceInfo")).status, 401);
  const info = await ask(url, settings, "GET", "/ISAPI/System/deviceInfo");
  assert.is(info.status, 200);
  assert.match(info.body.toString(), "<model>iDS-2CD7A46G0/P-IZHSY</model>");
  const time = (await ask(url, settings, "GET", "/ISAPI/System/time")).body.toString();
  const skew = Date.parse(/<localTime>([^<]+)</.exec(time)![1]!) - Date.now();
  assert.ok(skew > -300 && skew < 1_300, `clock of the camera that is 1.2 s ahead: ${skew} ms`);
  const missing = await ask(url, settings, "GET", "/ISAPI/System/IO/capabilities");
  assert.is(missing.status, 404);
  assert.match(missing.body.toString(), "<subStatusCode>notSupport</subStatusCode>");
});

test("the camera of the newer firmware offers SHA-256 first and takes it", async () => {
  const { url, settings } = at("Bridge east").camera;
  const first = await askOnce(url, "GET", "/ISAPI/System/time");
  assert.is(first.challenges.length, 2);
  assert.match(first.challenges[0]!, 'algorithm="SHA-256"');
  assert.is((await ask(url, settings, "GET", "/ISAPI/System/time")).status, 200);
});

test("a TCG stream is multipart: heartbeats, then XML, plate and scene, every length right", async () => {
  const { url, settings } = at("North gate").camera;
  const stream = await listenTo(url, settings, "GET", "/ISAPI/Event/notification/alertStream");
  assert.is(stream.contentType, "multipart/mixed; boundary=boundary");
  await stream.until(holds("videoloss"));
  const row = await see("North gate", "ABC1234", "A8C1234");
  await stream.until((bytes) => pictures(splitParts(bytes, "boundary")).includes(row.fullSha256!));
  const beats = (bytes: Buffer): number => bytes.toString("latin1").split("videoloss<").length;
  const before = beats(stream.bytes());
  const parts = splitParts(await stream.until((bytes) => beats(bytes) > before), "boundary");
  for (const part of parts.slice(0, -1)) assert.is(Number(/Content-Length: (\d+)/.exec(part.head)?.[1]), part.body.length);
  const [message] = anpr(parts);
  assert.match(message!.body.toString(), "<licensePlate>A8C1234</licensePlate>");
  assert.match(message!.body.toString(), 'xmlns="http://www.isapi.org/ver20/XMLSchema"');
  assert.match(message!.body.toString(), `<UUID>${row.uuid}</UUID>`);
  assert.match(message!.body.toString(), `<dateTime>${row.cameraTime}</dateTime>`);
  assert.match(message!.body.toString(), `<activePostCount>${row.message}</activePostCount>`);
  assert.equal(pictures(parts), [row.cropSha256, row.fullSha256]);
  assert.ok(row.delivered && row.sends === 1);
  stream.close();
});

test("a DeepinView stream writes LF heads and no length on the XML, and names pictures by their id", async () => {
  const { url, settings } = at("South camera").camera;
  const stream = await listenTo(url, settings, "GET", "/ISAPI/Event/notification/alertStream");
  const row = await see("South camera", null);
  const bytes = await stream.until((all) => pictures(splitParts(all, "boundary")).includes(row.fullSha256!));
  const parts = splitParts(bytes, "boundary");
  const [message] = anpr(parts);
  assert.not.match(message!.head, "\r");
  assert.not.match(message!.head, "Content-Length");
  assert.match(message!.body.toString(), "<licensePlate>noPlate</licensePlate>");
  assert.is(row.uuid.length, 64);
  assert.equal(
    pictures(parts),
    row.pictures.map((picture) => picture.sha256),
  );
  assert.match(parts.at(-1)!.head, /name="detectionPicture.jpg"; filename="\d{20}P\d{11}"/);
  stream.close();
});

test("what was not handed over, or shortly before the listener left, comes again to the next one under the same UUID", async () => {
  const { url, settings } = at("North gate").camera;
  const first = await listenTo(url, settings, "GET", "/ISAPI/Event/notification/alertStream");
  const heard = await see("North gate", "HEARD11");
  await first.until(holds(heard.uuid));
  first.close();
  await first.ended;
  const missed = await see("North gate", "MISSED1");
  const second = await listenTo(url, settings, "GET", "/ISAPI/Event/notification/alertStream");
  const bytes = await second.until((all) => all.includes(heard.uuid) && all.includes(missed.uuid));
  assert.ok(bytes.indexOf(heard.uuid) < bytes.indexOf(missed.uuid), "in the camera's own order");
  assert.ok(heard.sends >= 2);
  assert.ok(missed.delivered);
  second.close();
});

test("half a part and a cut connection lose nothing: the whole message follows on the next connection", async () => {
  const { url, settings } = at("South camera").camera;
  const first = await listenTo(url, settings, "GET", "/ISAPI/Event/notification/alertStream");
  await first.until(holds("videoloss"));
  at("South camera").camera.doors.stream.breakNext();
  const row = await see("South camera", "HALF123");
  await first.ended;
  assert.not.ok(row.delivered);
  assert.ok(pictures(splitParts(first.bytes(), "boundary")).every((sha) => sha !== row.fullSha256));
  const second = await listenTo(url, settings, "GET", "/ISAPI/Event/notification/alertStream");
  await second.until((all) => pictures(splitParts(all, "boundary")).includes(row.fullSha256!));
  second.close();
});

test("a malformed part is cut short under a longer length and a duplicate has the same UUID and no pictures", async () => {
  const { url, settings } = at("North gate").camera;
  const stream = await listenTo(url, settings, "GET", "/ISAPI/Event/notification/alertStream");
  const row = await see("North gate", "DUP4567");
  const broken = await at("North gate").fault("malformed");
  const again = await at("North gate").fault("duplicate");
  const bytes = await stream.until((all) => all.toString("latin1").split(row.uuid).length === 3);
  const parts = splitParts(bytes, "boundary");
  const cut = parts.find((part) => part.body.includes("<eventType>ANPR<") && !part.body.includes("</EventNotificationAlert>"))!;
  assert.ok(Number(/Content-Length: (\d+)/.exec(cut.head)![1]) > cut.body.length);
  assert.is(again!.uuid, row.uuid);
  assert.equal([broken!.detection, again!.detection], [false, false]);
  assert.equal([broken!.message, again!.message], [row.message + 1, row.message + 2]);
  assert.match(
    parts
      .filter((part) => part.body.includes(row.uuid))
      .at(-1)!
      .body.toString(),
    /<activePostCount>2<[\s\S]*<picNum>0</,
  );
  stream.close();
});

test("the silent camera says nothing on alertStream and everything on subscribeEvent", async () => {
  const { url, settings } = at("Bridge west").camera;
  const silent = await listenTo(url, settings, "GET", "/ISAPI/Event/notification/alertStream");
  assert.is(silent.status, 200);
  const body =
    '<?xml version="1.0" encoding="UTF-8"?>\n<SubscribeEvent version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema"><heartbeat>30</heartbeat><eventMode>list</eventMode><EventList><Event><type>ANPR</type><pictureURLType>binary</pictureURLType></Event></EventList></SubscribeEvent>';
  const speaking = await listenTo(url, settings, "POST", "/ISAPI/Event/notification/subscribeEvent", body);
  const row = await see("Bridge west", "QUIET99");
  await speaking.until(holds(row.uuid));
  assert.is(silent.bytes().length, 0);
  silent.close();
  speaking.close();
  const gate = at("North gate").camera;
  assert.is((await ask(gate.url, gate.settings, "POST", "/ISAPI/Event/notification/subscribeEvent", body)).status, 404);
});

test("the plate list gives rows after a cursor, out of order, the row at the cursor again, and each crop by its name", async () => {
  const { url, settings } = at("Oak ramp").camera;
  const path = "/ISAPI/Traffic/channels/1/vehicleDetect/plates";
  const names = (body: Buffer): string[] => [...body.toString().matchAll(/<picName>(\d+)</g)].map((found) => found[1]!);
  const poll = async (cursor: string) =>
    (await ask(url, settings, "POST", path, `<AfterTime><picTime>${cursor}</picTime></AfterTime>`)).body;
  assert.equal(names(await poll("0")), []);
  const rows: LedgerRow[] = [];
  for (let i = 0; i < 6; i++) rows.push(await see("Oak ramp", `RAMP00${i}`));
  const blind = await see("Oak ramp", "RAMP999", "unknown");
  const all = names(await poll("0"));
  assert.equal(
    [...all].sort(),
    [...rows, blind].map((row) => row.uuid),
  );
  const third = rows[2]!.uuid;
  assert.equal(
    names(await poll(third)).sort(),
    [...rows, blind].slice(2).map((row) => row.uuid),
  );
  const picture = await ask(url, settings, "GET", `/doc/ui/images/plate/${third}.jpg`);
  assert.is(sha256(picture.body), rows[2]!.cropSha256);
  assert.ok(rows[2]!.delivered && !rows[1]!.delivered && blind.delivered);
  assert.is((await ask(url, settings, "GET", "/doc/ui/images/plate/20200101000000000.jpg")).status, 404);
});

test("an installer sets where the camera posts, and it repeats one UUID until 200 is answered", async () => {
  const { url, settings } = at("Lot entrance").camera;
  const got: { path: string; type: string; body: Buffer }[] = [];
  const host = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      got.push({ path: request.url ?? "", type: request.headers["content-type"] ?? "", body: Buffer.concat(chunks) });
      response.writeHead(got.length < 3 ? 503 : 200).end();
    });
  });
  await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
  const port = (host.address() as AddressInfo).port;
  const row = await see("Lot entrance", "PUSH777");
  assert.is(row.sends, 0, "nowhere to post yet");
  const put = `<?xml version="1.0" encoding="utf-8"?>\n<HttpHostNotificationList version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema"><HttpHostNotification><id>1</id><url>/push/hikvision/x/secret</url><protocolType>HTTP</protocolType><parameterFormatType>XML</parameterFormatType><addressingFormatType>ipaddress</addressingFormatType><ipAddress>127.0.0.1</ipAddress><portNo>${port}</portNo><httpAuthenticationMethod>none</httpAuthenticationMethod></HttpHostNotification></HttpHostNotificationList>`;
  assert.is((await ask(url, settings, "PUT", "/ISAPI/Event/notification/httpHosts", put)).status, 200);
  assert.match((await ask(url, settings, "GET", "/ISAPI/Event/notification/httpHosts/1")).body.toString(), `<portNo>${port}</portNo>`);
  for (let i = 0; i < 100 && !row.delivered; i++) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal([row.delivered, row.answered, row.sends, got.length], [true, 200, 3, 3]);
  for (const { path, type, body } of got) {
    assert.is(path, "/push/hikvision/x/secret");
    const boundary = /boundary=(\S+)$/.exec(type)![1]!;
    const parts = splitParts(body, boundary);
    assert.is(parts.length, 3);
    assert.match(parts[0]!.body.toString(), `<UUID>${row.uuid}</UUID>`);
    assert.match(parts[1]!.head, 'form-data;name="detectionPicture.jpg";filename="detectionPicture.jpg"');
    assert.equal(
      parts.slice(1).map((part) => sha256(part.body)),
      [row.fullSha256, row.cropSha256],
    );
  }
  assert.is((await ask(url, settings, "PUT", "/ISAPI/Event/notification/httpHosts", '{"id":1}')).status, 400);
  at("Lot entrance").camera.setPushTarget(null);
  host.closeAllConnections();
  await new Promise((resolve) => host.close(resolve));
});

test("wrong passwords lock the camera", async () => {
  const { url, settings } = at("Oak ramp").camera;
  for (let i = 0; i < 5; i++) await ask(url, { ...settings, password: "no" }, "GET", "/ISAPI/System/time");
  const locked = await ask(url, settings, "GET", "/ISAPI/System/time");
  assert.is(locked.status, 401);
  assert.match(locked.body.toString(), "<lockStatus>lock</lockStatus>");
});

test.run();
