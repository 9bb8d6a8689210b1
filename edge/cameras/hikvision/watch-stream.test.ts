import type { ServerResponse } from "node:http";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { realWorld } from "../camera-world.ts";
import { type HeardRequest, startTestCamera, type TestCamera, type TestCameraOptions } from "../test-camera.ts";
import { createTestPort, eventually, type TestPort, testConfig } from "../test-port.ts";
import { createHikvisionCamera, type HikvisionCamera } from "./hikvision-camera.ts";
import type { HikvisionTimes } from "./hikvision-times.ts";
import { fixture, jpeg, message, part, picturePart, SHORT_TIMES } from "./test-messages.ts";

const ALERTS = "/ISAPI/Event/notification/alertStream";
const SUBSCRIPTION = "/ISAPI/Event/notification/subscribeEvent";
const NOT_SUPPORTED = fixture("responseStatus-notSupport.xml");

interface Bench {
  readonly server: TestCamera;
  readonly port: TestPort;
  readonly camera: HikvisionCamera;
}
interface Options extends Omit<Partial<TestCameraOptions>, "answer"> {
  readonly routes?: Readonly<Record<string, (response: ServerResponse, request: HeardRequest) => void>>;
  readonly now?: () => number;
  readonly times?: Partial<HikvisionTimes>;
}
const beginStream = (response: ServerResponse, type = "multipart/mixed; boundary=boundary"): void => {
  response.writeHead(200, { "MIME-Version": "1.0", "Content-Type": type });
  response.flushHeaders();
};

/** A streaming camera against the adapter, until `run` is through. */
async function watching(options: Options, run: (bench: Bench) => Promise<void>): Promise<void> {
  const server = await startTestCamera({
    ...options,
    answer: (request, response) => {
      const route = options.routes?.[request.path];
      if (route !== undefined) return route(response, request);
      response.writeHead(404);
      response.end(NOT_SUPPORTED);
    },
  });
  const port = createTestPort(options.now === undefined ? {} : { now: options.now });
  const camera = createHikvisionCamera(testConfig({ url: server.url }), port, realWorld, { ...SHORT_TIMES, ...options.times });
  const stop = new AbortController();
  const running = camera.run(stop.signal);
  try {
    await run({ server, port, camera });
  } finally {
    stop.abort();
    await running;
    await server.close();
  }
  assert.is(port.health()?.state, "stopped");
}
const heard = (server: TestCamera, path: string): number =>
  server.requests.filter((request) => request.path === path && request.scheme !== "").length;

test("the recorded stream gives its two detections with all pictures; heartbeats, a broken part and a repetition cost nothing", async () => {
  let served = 0;
  const route = (response: ServerResponse): void => {
    beginStream(response);
    served += 1;
    if (served === 1) response.end(fixture("alertStream.multipart.bin"));
  };
  await watching({ routes: { [ALERTS]: route } }, async ({ port, camera, server }) => {
    await eventually("both and the repetition", () => port.stored.length === 2 && port.known.length === 1);
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
    await eventually("it reconnects", () => heard(server, ALERTS) >= 2);
  });
});

test("a detection is captured long before the next heartbeat", async () => {
  const route = (response: ServerResponse): void => {
    beginStream(response);
    response.write(part(fixture("heartbeat-videoloss.xml")));
    setTimeout(() => response.write(part(message({ pictures: ["detectionPicture"] })).subarray(0, -2)), 50);
    setTimeout(
      () => response.write(Buffer.concat([Buffer.from("\r\n"), picturePart("detectionPicture", jpeg(60_000)).subarray(0, -2)])),
      60,
    );
  };
  await watching({ routes: { [ALERTS]: route } }, async ({ port }) => {
    const started = performance.now();
    await eventually("stored", () => port.stored.length === 1);
    assert.is(port.stored[0]!.capture.pictures.length, 1);
    assert.ok(performance.now() - started < 200, `${performance.now() - started} ms`);
    assert.is(port.health()?.state, "watching");
  });
});

test("the 401 is read to its end and the stream opened on the same connection", async () => {
  await watching({ algorithms: ["SHA-256", "MD5"], routes: { [ALERTS]: (response) => beginStream(response) } }, async ({ server }) => {
    await eventually("opened", () => heard(server, ALERTS) === 1);
    assert.equal(
      server.requests
        .filter(({ path }) => path === ALERTS)
        .slice(0, 2)
        .map(({ scheme, socket }) => [scheme, socket]),
      [
        ["", 1],
        ["Digest", 1],
      ],
    );
  });
});

test("a wrong password: one attempt, a sentence for people, then silence", async () => {
  const body401 = "<statusValue>401</statusValue><lockStatus>unlock</lockStatus><retryLoginTime>4</retryLoginTime>";
  await watching({ password: "another", body401 }, async ({ server, port }) => {
    await eventually("refused", () => port.health()?.state === "refused");
    await realWorld.sleep(300);
    assert.is(server.requests.length, 2);
    assert.is(server.requests.filter(({ scheme }) => scheme !== "").length, 1);
    assert.match(port.health()?.detail ?? "", /refuses the user "alpr": .* 4 more wrong logins .* next try is in 30 minutes/);
    assert.not.match(JSON.stringify(port.reports), /right password/);
  });
});

test("a lock-out is respected for as long as the camera says", async () => {
  await watching({ body401: "<lockStatus>lock</lockStatus><unlockTime>3600</unlockTime>" }, async ({ server, port }) => {
    await eventually("refused", () => port.health()?.state === "refused");
    assert.is(server.requests.length, 1);
    assert.match(port.health()?.detail ?? "", /locked this edge out for another 60 minutes .* next try is in 60 minutes/);
  });
});

test("after the back-off the login is tried once more", async () => {
  await watching({ password: "another", times: { loginBackOffMs: 100 } }, async ({ server }) => {
    await eventually("tried again", () => server.requests.length >= 4);
    await realWorld.sleep(50);
    assert.is(server.requests.length, 4);
  });
});

for (const refusal of [{ status: 404 }, { status: 405 }, { status: 501 }, { status: 403, body: NOT_SUPPORTED }]) {
  test(`when alertStream is refused with ${refusal.status} the camera is asked to subscribe, and that is remembered`, async () => {
    let subscriptions = 0;
    const routes = {
      [ALERTS]: (response: ServerResponse): void => void response.writeHead(refusal.status).end(refusal.body),
      [SUBSCRIPTION]: (response: ServerResponse): void => {
        beginStream(response);
        subscriptions += 1;
        response.write(part(Buffer.from("<SubscribeEventResponse><id>1</id></SubscribeEventResponse>")));
        response.write(part(message({ uuid: `${subscriptions}` })));
        if (subscriptions < 3) response.end("--boundary--");
      },
    };
    await watching({ routes }, async ({ server, port }) => {
      await eventually("three subscriptions", () => port.stored.length === 3);
      assert.is(heard(server, ALERTS), 1);
      const posts = server.requests.filter(({ method, path }) => method === "POST" && path === SUBSCRIPTION);
      assert.ok(
        posts.every(({ scheme }) => scheme === "Digest"),
        "a streaming POST carries its authorisation on its first send",
      );
      assert.match(posts[0]!.body, /<SubscribeEvent .*<eventMode>list<\/eventMode>.*<type>ANPR<\/type>/s);
      assert.is(port.unknown.length, 0);
    });
  });
}

test("a stream that stays silent is reported, and the other way is tried", async () => {
  const routes = {
    [ALERTS]: (response: ServerResponse): void => beginStream(response),
    [SUBSCRIPTION]: (response: ServerResponse): void => {
      beginStream(response);
      response.write(part(message()));
    },
  };
  await watching({ routes }, async ({ port, server }) => {
    await eventually("silent", () => port.health()?.state === "silent");
    assert.match(port.health()?.detail ?? "", /Notify Surveillance Center/);
    await eventually("stored by the subscription", () => port.stored.length === 1);
    await eventually("watching", () => port.health()?.state === "watching");
    assert.is(heard(server, ALERTS), 1);
  });
});

test("a stream that falls silent after it spoke is opened again in the same way", async () => {
  let opened = 0;
  const route = (response: ServerResponse): void => {
    opened += 1;
    beginStream(response);
    response.write(part(message({ uuid: `${opened}` })));
  };
  await watching({ routes: { [ALERTS]: route } }, async ({ port, server }) => {
    await eventually("opened again", () => port.stored.length === 2);
    assert.ok(port.reports.some(({ state }) => state === "silent"));
    assert.is(heard(server, SUBSCRIPTION), 0);
  });
});

test("a camera that knows neither way says which mode to choose", async () => {
  await watching({}, async ({ port }) => {
    await eventually("refused", () => port.health()?.state === "refused");
    assert.match(port.health()?.detail ?? "", /Set this camera to push or poll/);
  });
});

test("an account without the right is told so and not tried again soon", async () => {
  await watching({ routes: { [ALERTS]: (response) => void response.writeHead(403).end("<html>") } }, async ({ port, server }) => {
    await eventually("refused", () => port.health()?.state === "refused");
    await realWorld.sleep(150);
    assert.is(heard(server, ALERTS), 1);
    assert.match(port.health()?.detail ?? "", /Give it the right/);
  });
});

test("a camera that is not there is unreachable, and comes back by itself", async () => {
  const server = await startTestCamera({ answer: () => {} });
  await server.close();
  const port = createTestPort();
  const stop = new AbortController();
  const running = createHikvisionCamera(testConfig({ url: server.url }), port, realWorld, SHORT_TIMES).run(stop.signal);
  await eventually("unreachable", () => port.health()?.state === "unreachable");
  assert.match(port.health()?.detail ?? "", /nothing answers at this address/);
  stop.abort();
  await running;
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
  await watching({ routes, now: () => cameraMs - 8 * 3_600_000 }, async ({ port }) => {
    await eventually("remark", () => /clock is 8 hours ahead/.test(port.health()?.detail ?? "") && port.health()?.state === "watching");
  });
  await watching({ routes, now: () => cameraMs + 30_000 }, async ({ port, server }) => {
    await eventually("asked", () => heard(server, "/ISAPI/System/time") === 1);
    await realWorld.sleep(30);
    assert.is(port.health()?.detail, "");
  });
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
  await watching({ routes }, async ({ port }) => {
    await eventually("stored", () => port.stored.length === 1);
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
    for (const plate of ["A1", "B2", "C3"]) response.write(part(message({ plate, uuid: plate })));
  };
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

test("garbage instead of a stream is reported and left", async () => {
  const route = (response: ServerResponse): void => {
    beginStream(response, "text/html");
    response.write("x".repeat(200_000));
  };
  await watching({ routes: { [ALERTS]: route } }, async ({ port }) => {
    await eventually("limit", () => port.unknown.some((why) => why.includes("no-delimiter")));
    assert.is(port.stored.length, 0);
  });
});

test("the subscription asks for what the recorded one asks", async () => {
  await watching({}, async ({ server }) => {
    await eventually("asked", () => server.requests.some(({ method }) => method === "POST"));
    const body = server.requests.find(({ method }) => method === "POST")?.body;
    assert.is(body?.trim(), fixture("subscribeEvent-post.xml").toString().trim());
  });
});

test("an address that is none is refused with a sentence", async () => {
  const port = createTestPort();
  const stop = new AbortController();
  const running = createHikvisionCamera(testConfig({ url: "camera one" }), port, realWorld, SHORT_TIMES).run(stop.signal);
  await eventually("refused", () => /address is not valid/.test(port.health()?.detail ?? ""));
  stop.abort();
  await running;
});

test.run();
