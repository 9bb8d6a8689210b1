import { test } from "uvu";
import * as assert from "uvu/assert";
import type { PushAnswer } from "../camera.ts";
import { realWorld } from "../camera-world.ts";
import { createTestPort, eventually, type TestPort, testConfig } from "../test-port.ts";
import { PUSHES_AT_ONCE_MAX } from "./accept-push.ts";
import { createHikvisionCamera, type HikvisionCamera } from "./hikvision-camera.ts";
import { parseResponseStatus } from "./isapi-answers.ts";
import { fixture, jpeg, message, part, picturePart, SHORT_TIMES } from "./test-messages.ts";

interface Bench {
  readonly port: TestPort;
  readonly camera: HikvisionCamera;
  readonly push: (body: Uint8Array | AsyncIterable<Uint8Array>, contentType?: string, contentLength?: number | null) => Promise<PushAnswer>;
}
function bench(): Bench {
  const port = createTestPort();
  const camera = createHikvisionCamera(testConfig({ mode: "push", url: "", username: "" }), port, realWorld, SHORT_TIMES);
  async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < body.length; at += 1400) yield body.subarray(at, at + 1400);
  }
  return {
    port,
    camera,
    push: (body, contentType = "multipart/form-data; boundary=boundary", contentLength) =>
      camera.push!({
        contentType,
        contentLength: contentLength === undefined ? (body instanceof Uint8Array ? body.length : null) : contentLength,
        body: body instanceof Uint8Array ? once(body) : body,
      }),
  };
}
function recorded(name: string): { contentType: string; body: Buffer } {
  const file = fixture(name);
  const end = file.indexOf("\r\n\r\n");
  return { contentType: /Content-Type: (.*)\r\n/.exec(file.toString("latin1", 0, end))![1]!, body: file.subarray(end + 4) };
}
const close = (boundary = "boundary"): Buffer => Buffer.from(`--${boundary}--\r\n`);

test("the recorded push of an entrance camera is stored with both pictures and answered as the camera wants", async () => {
  const { port, push, camera } = bench();
  const { contentType, body } = recorded("push-tcg405.http.bin");
  const answer = await push(body, contentType);
  assert.is(answer.status, 200);
  assert.equal(parseResponseStatus(Buffer.from(answer.body)), { statusCode: 1, subStatusCode: "ok", notSupported: false });
  const { capture } = port.stored[0]!;
  assert.equal(
    [capture.plateRead, capture.vendorUpdate, capture.pictures.map(({ role, bytes }) => [role, bytes.length])],
    [
      "BGB3282",
      null,
      [
        ["full", 8248],
        ["crop", 1680],
      ],
    ],
  );
  assert.equal(camera.counts.detections, 1);
  assert.is((await push(body, contentType)).status, 200);
  assert.equal([port.stored.length, port.known.length], [1, 1]);
});

test("the recorded push without a read plate is a detection of a vehicle", async () => {
  const { port, push } = bench();
  const { contentType, body } = recorded("push-deepinview-noplate.http.bin");
  assert.is((await push(body, contentType)).status, 200);
  const { capture } = port.stored[0]!;
  assert.equal([capture.plateRead, capture.pictures.map(({ role }) => role)], [null, ["vehicle"]]);
});

test("plain XML, a missing content type and a missing closing delimiter are taken", async () => {
  const { port, push } = bench();
  assert.is((await push(message({ plate: "A1", uuid: "1" }), "application/xml")).status, 200);
  assert.is((await push(message({ plate: "B2", uuid: "2" }), "")).status, 200);
  assert.is((await push(Buffer.concat([Buffer.from("\r\n"), part(message({ plate: "C3", uuid: "3" }))]), "")).status, 200);
  assert.is((await push(part(message({ plate: "D4", uuid: "4" }), {}, "MIME_boundary"), "multipart/form-data")).status, 200);
  assert.is(
    (await push(part(message({ plate: "E5", uuid: "5" }), {}, "--MIME_boundary"), 'multipart/form-data; boundary="--MIME_boundary"'))
      .status,
    200,
  );
  assert.equal(port.plates(), ["A1", "B2", "C3", "D4", "E5"]);
});

test("while the log refuses the camera is told to come again, and nothing is doubled when it does", async () => {
  const { port, push } = bench();
  const once = part(message({ time: new Date().toISOString() }));
  port.broken = true;
  assert.is((await push(once)).status, 503);
  assert.match(port.health()?.detail ?? "", /cannot be stored/);
  port.broken = false;
  assert.is((await push(once)).status, 200);
  assert.is((await push(once)).status, 200);
  assert.equal([port.stored.length, port.known.length, port.health()?.detail], [1, 1, ""]);
});

test("messages that nobody understands are kept and answered 200, or the camera would send them for ever", async () => {
  const { port, push, camera } = bench();
  assert.is((await push(Buffer.from('{"eventType":"ANPR"}'), "application/json")).status, 200);
  assert.match(port.health()?.detail ?? "", /JSON: set its parameter format to XML/);
  assert.is((await push(part(Buffer.from("<Other/>")))).status, 200);
  assert.is((await push(part(Buffer.from("<EventNotificationAlert><eventType>ANPR</even")))).status, 200);
  assert.is(
    (await push(part(Buffer.from("<EventNotificationAlert><eventType>fielddetection</eventType></EventNotificationAlert>")))).status,
    200,
  );
  assert.is((await push(fixture("heartbeat-videoloss-psia.xml"), "application/xml")).status, 200);
  assert.equal(
    [port.unknown.length, camera.counts.notUnderstood, camera.counts.otherEvents, camera.counts.heartbeats, port.stored.length],
    [3, 3, 1, 1, 0],
  );
});

test("what no camera sends is refused: garbage, nothing, floods of parts and of header lines", async () => {
  const { push, port } = bench();
  assert.is((await push(Buffer.from("garbage".repeat(1000)))).status, 400);
  assert.is((await push(new Uint8Array())).status, 400);
  assert.is((await push(new Uint8Array(), "application/xml")).status, 400);
  assert.is((await push(Buffer.concat(Array.from({ length: 100_000 }, () => Buffer.from("--boundary\r\n\r\n<a/>\r\n"))))).status, 413);
  assert.is((await push(Buffer.from(`--boundary\r\n${"X: y\r\n".repeat(100_000)}`))).status, 431);
  assert.is((await push(Buffer.from("\r\n".repeat(100_000)))).status, 400);
  assert.is(port.stored.length, 0);
});

test("100 MB are refused in bounded memory, by their stated length without reading and by counting", async () => {
  const { push, port } = bench();
  let pulled = 0;
  async function* endless(lead: Uint8Array): AsyncGenerator<Uint8Array> {
    yield lead;
    for (; pulled < 100; pulled++) yield Buffer.alloc(1 << 20, 0x41);
  }
  assert.is((await push(endless(Buffer.from("")), "multipart/form-data; boundary=boundary", 100 << 20)).status, 413);
  assert.match(port.health()?.detail ?? "", /^A push of 100 MiB was refused, 12 MiB is the most: let the camera send/);
  assert.is(pulled, 0);
  const before = process.memoryUsage().arrayBuffers;
  for (const [lead, type] of [
    ["--boundary\r\n\r\n<a>", "multipart/form-data; boundary=boundary"],
    ["--boundary\r\nContent-Length: 99999999\r\n\r\n", "multipart/form-data; boundary=boundary"],
    ["<a>", "application/xml"],
  ] as const) {
    pulled = 0;
    assert.is((await push(endless(Buffer.from(lead)), type, null)).status, 413);
    assert.ok(pulled <= 14, `${pulled} MiB read`);
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 120 << 20);
});

test("that a push was too large stands at the camera, counted or stated, until one is taken", async () => {
  const { push, port } = bench();
  const tooLarge = Buffer.concat([
    part(message({ pictures: ["detectionPicture"] })),
    picturePart("detectionPicture", jpeg(13 << 20)),
    close(),
  ]);
  for (const stated of [null, tooLarge.length]) {
    assert.is((await push(tooLarge, undefined, stated)).status, 413);
    assert.match(port.health()?.detail ?? "", /12 MiB is the most/);
    assert.is((await push(Buffer.concat([part(message({ uuid: `taken ${stated}` })), close()]))).status, 200);
    assert.not.match(port.health()?.detail ?? "", /12 MiB/);
  }
});

test("a sender that dribbles is cut off after the body's time, however busy it looks", async () => {
  const { push, port } = bench();
  async function* dribble(): AsyncGenerator<Uint8Array> {
    for (const byte of part(message())) {
      await realWorld.sleep(5);
      yield Uint8Array.of(byte);
    }
  }
  const started = performance.now();
  assert.is((await push(dribble())).status, 408);
  assert.ok(performance.now() - started < 700);
  assert.is(port.stored.length, 0);
});

test("half a push is stored with what is there, and the whole one that follows brings its pictures as a revision", async () => {
  const { push, port } = bench();
  const whole = Buffer.concat([
    part(message({ pictures: ["detectionPicture", "licensePlatePicture"] })),
    picturePart("detectionPicture", jpeg(5000)),
    picturePart("licensePlatePicture", jpeg(900)),
    close(),
  ]);
  assert.is((await push(whole.subarray(0, 3000), undefined, whole.length)).status, 400);
  async function* breaks(): AsyncGenerator<Uint8Array> {
    yield whole.subarray(0, 300);
    throw new Error("ECONNRESET");
  }
  assert.is((await push(breaks(), undefined, whole.length)).status, 400);
  assert.is((await push(whole)).status, 200);
  assert.equal(
    port.stored.map(({ kind, capture }) => [kind, capture.vendorUpdate, capture.pictures.length]),
    [
      ["stored", "incomplete", 0],
      ["revised", null, 2],
    ],
  );
});

test("slow pictures do not hold the detection", async () => {
  const { push, port } = bench();
  async function* slow(): AsyncGenerator<Uint8Array> {
    yield part(message({ pictures: ["detectionPicture"] }));
    await realWorld.sleep(250);
    yield Buffer.concat([picturePart("detectionPicture", jpeg(5000)), close()]);
  }
  const started = performance.now();
  assert.is((await push(slow())).status, 200);
  assert.ok(port.stored[0]!.atMs - started < 220);
  assert.equal(
    port.stored.map(({ kind, capture }) => [kind, capture.pictures.length]),
    [
      ["stored", 0],
      ["revised", 1],
    ],
  );
});

test("more pushes at once than a camera makes are asked to come again", async () => {
  const { push } = bench();
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  async function* held(plate: string): AsyncGenerator<Uint8Array> {
    await gate;
    yield part(message({ plate, uuid: plate }));
  }
  const waiting = Array.from({ length: PUSHES_AT_ONCE_MAX }, (_, at) => push(held(`A${at}`)));
  assert.is((await push(part(message()))).status, 503);
  release();
  assert.equal(
    (await Promise.all(waiting)).map(({ status }) => status),
    Array(PUSHES_AT_ONCE_MAX).fill(200),
  );
});

test("clocks of 1970 and 2036 are kept with the detection", async () => {
  const { push, port } = bench();
  for (const [at, year] of ["1970", "2036"].entries()) {
    await push(
      Buffer.from(
        message({ uuid: `${at}` })
          .toString()
          .replace("2026-", `${year}-`),
      ),
      "text/xml",
    );
  }
  assert.equal(
    port.stored.map(({ capture }) => new Date(capture.cameraTimeMs!).getUTCFullYear()),
    [1970, 2036],
  );
});

test("a camera that only pushes says so until its first message, and stops with its signal", async () => {
  const { camera, port, push } = bench();
  const stop = new AbortController();
  const running = camera.run(stop.signal);
  await eventually("waiting", () => port.health()?.detail === "Waiting for the camera's first message.");
  await push(part(message()));
  await eventually("watching", () => port.health()?.state === "watching");
  assert.ok(port.health()!.lastDetectionMs! > 0);
  stop.abort();
  await running;
  assert.is(port.health()?.state, "stopped");
});

test.run();
