import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { realWorld } from "../camera-world.ts";
import { startTestCamera } from "../test-camera.ts";
import { createTestPort, eventually, testConfig } from "../test-port.ts";
import { createHikvisionCamera } from "./hikvision-camera.ts";
import { fixture, message, part, SHORT_TIMES } from "./test-messages.ts";
import { ALERTS, beginStream, heard, NOT_SUPPORTED, SUBSCRIPTION, watching } from "./test-stream.ts";

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

test("a redirect is said to be one", async () => {
  const route = (response: ServerResponse): void => void response.writeHead(302, { Location: "https://192.0.2.1/" }).end();
  await watching({ routes: { [ALERTS]: route } }, async ({ port, server }) => {
    await eventually("said", () => /redirects \(status 302\)/.test(port.health()?.detail ?? ""));
    assert.ok(server.requests.every(({ path }) => path === ALERTS));
  });
});

test("an address that shows a web page, or fails, or does not speak HTTP is said to be no camera", async () => {
  const page = (response: ServerResponse): void => void response.writeHead(200, { "Content-Type": "text/html" }).end("<html>Router</html>");
  await watching({ routes: { [ALERTS]: page, [SUBSCRIPTION]: page } }, async ({ port }) => {
    await eventually("said", () => /stream cannot be read/.test(port.health()?.detail ?? ""));
  });
  await watching({ routes: { [ALERTS]: (response) => void response.writeHead(500).end() } }, async ({ port }) => {
    await eventually("said", () => /^No events come from this address: it answers with status 500/.test(port.health()?.detail ?? ""));
  });
  const other = createServer((socket) => void socket.on("error", () => {}).end("SSH-2.0-OpenSSH_9.0\r\n")).listen(0, "127.0.0.1");
  await once(other, "listening");
  const port = createTestPort();
  const stop = new AbortController();
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const running = createHikvisionCamera(testConfig({ url }), port, realWorld, SHORT_TIMES).run(stop.signal);
  await eventually("said", () => /what answers there is not a web server/.test(port.health()?.detail ?? ""));
  stop.abort();
  await running;
  other.close();
});

test("a camera whose messages nobody understands says so, until one is a detection", async () => {
  let stream: ServerResponse | undefined;
  const route = (response: ServerResponse): void => {
    beginStream(response);
    stream = response;
    for (let n = 0; n < 3; n++) response.write(part(Buffer.from(`<?xml version="1.0"?><Something${n}>`)));
  };
  await watching({ routes: { [ALERTS]: route } }, async ({ port }) => {
    await eventually("said", () => /does not understand; .* data\/unknown/.test(port.health()?.detail ?? ""));
    assert.is(port.unknown.length, 3);
    stream!.write(part(message({ time: new Date().toISOString() })));
    await eventually("taken back", () => port.health()?.detail === "" && port.stored.length === 1);
  });
});

test("a camera that does not tell its time is judged by its messages, and not blamed by an edge that does not know the time", async () => {
  const route = (response: ServerResponse): void => {
    beginStream(response);
    response.write(part(message({ time: "1970-01-01T00:00:05+00:00" })));
  };
  await watching({ routes: { [ALERTS]: route } }, async ({ port }) => {
    await eventually("said", () => /clock is \d+ days behind this edge's/.test(port.health()?.detail ?? ""));
    assert.is(port.stored.length, 1);
  });
  await watching({ routes: { [ALERTS]: route }, isTimeKnown: () => false }, async ({ port }) => {
    await eventually("said", () => /clock and this edge's differ by \d+ days\. Set the time of both/.test(port.health()?.detail ?? ""));
  });
});

test("garbage instead of a stream is reported and left", async () => {
  const route = (response: ServerResponse): void => {
    beginStream(response, "text/html");
    response.write("x".repeat(200_000));
  };
  await watching({ routes: { [ALERTS]: route } }, async ({ port }) => {
    await eventually("limit", () => port.unknown.some((why) => why.includes("no-delimiter")));
    await eventually("said", () => port.reports.some(({ detail }) => detail.includes("stream cannot be read")));
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
