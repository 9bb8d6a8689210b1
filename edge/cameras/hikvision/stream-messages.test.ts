import type { ServerResponse } from "node:http";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { realWorld } from "../camera-world.ts";
import { type HeardRequest, startTestCamera } from "../test-camera.ts";
import { createTestPort, eventually, testConfig } from "../test-port.ts";
import { createHikvisionCamera } from "./hikvision-camera.ts";
import { fixture, jpeg, message, part, picturePart, SHORT_TIMES } from "./test-messages.ts";
import { ALERTS, beginStream, heard, type StreamOptions, watching } from "./test-stream.ts";

/**
 * Waits that never end in a test's life: what is captured was complete, not given up on, however slow the machine. The camera's silence
 * and a picture's answer are measured in real time as well, so they have room too.
 */
const NO_HURRY: StreamOptions["times"] = {
  pictures: { announcedMs: 60_000, unannouncedMs: 60_000, lateMs: 60_000 },
  silentMs: 60_000,
  requestMs: 60_000,
  pictureRequestMs: 60_000,
};

/** The same for a message that says nothing of pictures, so that only a wait ends it. */
const LET_GO: StreamOptions["times"] = { ...NO_HURRY, pictures: SHORT_TIMES.pictures };
/** Far under the waits above, far over what a machine under load needs. */
const PATIENCE_MS = 20_000;

test("the recorded stream gives its two detections with all pictures; heartbeats, a broken part and a repetition cost nothing", async () => {
  let served = 0;
  const route = (response: ServerResponse): void => {
    beginStream(response);
    served += 1;
    if (served === 1) response.end(fixture("alertStream.multipart.bin"));
  };
  await watching({ routes: { [ALERTS]: route }, times: NO_HURRY }, async ({ port, camera, server }) => {
    await eventually("both and the repetition", () => port.stored.length === 2 && port.known.length === 1, PATIENCE_MS);
    assert.equal(
      port.stored.map(({ kind, capture }) => [
        kind,
        capture.plateRead,
        new Date(capture.cameraTimeMs!).toISOString(),
        capture.pictures.map(({ role, bytes }) => `${role}:${bytes.length}`).join(" "),
      ]),
      [
        ["stored", "BGB3282", "2026-05-07T22:48:03.847Z", "full:8248 crop:1680"],
        ["stored", "CRK4732", "2026-05-21T21:10:06.000Z", "full:8131 crop:1633 vehicle:4053"],
      ],
    );
    assert.equal(camera.counts, {
      detections: 3,
      heartbeats: 3,
      otherEvents: 0,
      otherChannels: 0,
      notUnderstood: 1,
      picturesDropped: 0,
      wrongLengths: 1,
    });
    assert.equal(port.unknown, ["Not an ISAPI message: it is not well formed (InvalidTag in line 1)."]);
    await eventually("it reconnects", () => heard(server, ALERTS) >= 2, PATIENCE_MS);
  });
});

test("a detection is captured when its pictures are there, though nothing follows them on the line", async () => {
  const route = (response: ServerResponse): void => {
    beginStream(response);
    response.write(part(fixture("heartbeat-videoloss.xml")));
    setTimeout(() => response.write(part(message({ pictures: ["detectionPicture"] })).subarray(0, -2)), 50);
    setTimeout(
      () => response.write(Buffer.concat([Buffer.from("\r\n"), picturePart("detectionPicture", jpeg(60_000)).subarray(0, -2)])),
      60,
    );
  };
  await watching({ routes: { [ALERTS]: route }, times: NO_HURRY }, async ({ port }) => {
    await eventually("stored", () => port.stored.length === 1, PATIENCE_MS);
    assert.is(port.stored[0]!.capture.pictures.length, 1);
    assert.is(port.health()?.state, "watching");
  });
});

test("a clock that is off by hours is a remark beside the state", async () => {
  const routes = {
    [ALERTS]: (response: ServerResponse): void => {
      beginStream(response);
      response.write(part(fixture("heartbeat-videoloss.xml")));
    },
    "/ISAPI/System/time": (response: ServerResponse): void => void response.end(fixture("time.xml")),
  };
  const cameraMs = Date.parse("2026-08-12T18:07:06Z");
  await watching({ routes, now: () => cameraMs - 8 * 3_600_000, times: NO_HURRY }, async ({ port }) => {
    const isSaid = () => /clock is 8 hours ahead/.test(port.health()?.detail ?? "") && port.health()?.state === "watching";
    await eventually("remark", isSaid, PATIENCE_MS);
  });
  await watching({ routes, now: () => cameraMs + 30_000, times: NO_HURRY }, async ({ port, server }) => {
    await eventually("asked", () => heard(server, "/ISAPI/System/time") === 1, PATIENCE_MS);
    await realWorld.sleep(30);
    assert.is(port.health()?.detail, "");
  });
});

test("what a camera replays after a reconnect is marked as old, by the camera's own clock", async () => {
  let open: ServerResponse;
  const stream = (response: ServerResponse): void => {
    beginStream(response);
    open = response;
  };
  for (const [clock, old] of [
    ["18:00:00-05:00", true],
    ["17:48:09-05:00", false],
    ["18:00:00+08:00", false],
  ] as const) {
    const time = (response: ServerResponse): void => {
      response.end(`<Time><localTime>2026-05-07T${clock}</localTime></Time>`);
      // The message says 17:48:03-05:00; it comes when the camera has told its time.
      setTimeout(() => open.write(part(message())), 100);
    };
    await watching({ routes: { [ALERTS]: stream, "/ISAPI/System/time": time }, times: LET_GO }, async ({ port }) => {
      await eventually("stored", () => port.stored.length === 1, PATIENCE_MS);
      assert.is(port.stored[0]!.capture.historical, old, clock);
    });
  }
});

test("pictures by address come from the camera itself and from nowhere else", async () => {
  const info = (type: string, url: string): string => `<pictureInfo><type>${type}</type><pictureURL>${url}</pictureURL></pictureInfo>`;
  // The last one would be another host if its path were taken for an address.
  const elsewhere = await startTestCamera({ scheme: "none", answer: (_request, response) => response.end(jpeg(100)) });
  const routes = {
    [ALERTS]: (response: ServerResponse, request: HeardRequest): void => {
      beginStream(response);
      const own = `http://${response.req.headers.host}/picture/1.jpg`;
      assert.is(request.method, "GET");
      response.write(
        part(
          message({
            pictures: [
              info("detectionPicture", own),
              info("licensePlatePicture", `${elsewhere.url}/2.jpg`),
              info("vehiclePicture", "file:///etc/passwd"),
              info("vehiclePicture", `http://${response.req.headers.host}//${elsewhere.url.slice(7)}/3.jpg`),
            ],
          }),
        ),
      );
    },
    "/picture/1.jpg": (response: ServerResponse): void => void response.end(jpeg(700)),
  };
  await watching({ routes, times: NO_HURRY }, async ({ port }) => {
    await eventually("stored", () => port.stored.length === 1, PATIENCE_MS);
    assert.equal(
      port.stored[0]!.capture.pictures.map(({ role, bytes }) => [role, bytes.length]),
      [["full", 700]],
    );
  });
  assert.is(elsewhere.requests.length, 0);
  await elsewhere.close();
});

test("while the log refuses nothing is lost: the detection is stored when it takes again", async () => {
  const route = (response: ServerResponse): void => {
    beginStream(response);
    for (const plate of ["A1", "B2", "C3"]) response.write(part(message({ plate, uuid: plate, time })));
  };
  const time = new Date().toISOString();
  const hurried = { ...realWorld, sleep: (ms: number, signal?: AbortSignal) => realWorld.sleep(ms / 20, signal) };
  const server = await startTestCamera({ answer: (_request, response) => route(response) });
  const port = createTestPort();
  port.broken = true;
  const stop = new AbortController();
  const running = createHikvisionCamera(testConfig({ url: server.url }), port, hurried, { ...SHORT_TIMES, silentMs: 20_000 }).run(
    stop.signal,
  );
  await eventually("complaint", () => /cannot be stored/.test(port.health()?.detail ?? ""));
  port.broken = false;
  await eventually("all stored", () => port.stored.length === 3);
  assert.equal([port.plates(), port.health()?.detail], [["A1", "B2", "C3"], ""]);
  stop.abort();
  await running;
  await server.close();
});

test.run();
