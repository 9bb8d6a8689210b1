import { test } from "uvu";
import * as assert from "uvu/assert";
import { realWorld } from "../camera-world.ts";
import { startTestCamera, type TestCamera, type TestCameraOptions } from "../test-camera.ts";
import { createTestPort, eventually, type TestPort, testConfig } from "../test-port.ts";
import { createHikvisionCamera } from "./hikvision-camera.ts";
import { comparePicNames } from "./plate-list.ts";
import { fixture, jpeg, SHORT_TIMES } from "./test-messages.ts";

const LIST = "/ISAPI/Traffic/channels/1/vehicleDetect/plates";
const row = (picName: string, plate: string): string =>
  `<Plate><captureTime>20260424T161627-0500</captureTime><plateNumber>${plate}</plateNumber><picName>${picName}</picName><direction>forward</direction></Plate>`;

interface PollOptions extends Omit<Partial<TestCameraOptions>, "answer"> {
  /** All rows of the camera; those at or after the cursor are given, newest first. */
  readonly rows?: () => readonly [string, string][];
  readonly list?: (body: string) => { status?: number; body: string | Uint8Array } | null;
  readonly time?: string;
  readonly cursor?: string;
  readonly now?: () => number;
}

async function polling(options: PollOptions, run: (port: TestPort, server: TestCamera) => Promise<void>): Promise<void> {
  const server = await startTestCamera({
    ...options,
    answer: ({ path, body }, response) => {
      const cursor = /<picTime>(.*)<\/picTime>/.exec(body)?.[1] ?? "";
      if (path === LIST) {
        const special = options.list?.(body) ?? null;
        if (special !== null) return void response.writeHead(special.status ?? 200).end(special.body);
        const rows = (options.rows?.() ?? []).filter(([picName]) => cursor === "0" || comparePicNames(picName, cursor) >= 0);
        return void response.end(
          `<Plates>${rows
            .map(([picName, plate]) => row(picName, plate))
            .reverse()
            .join("")}</Plates>`,
        );
      }
      if (path.startsWith("/doc/ui/images/plate/") && !path.includes("none")) return void response.end(jpeg(400));
      if (path === "/ISAPI/System/time" && options.time !== undefined)
        return void response.end(`<Time><localTime>${options.time}</localTime></Time>`);
      response.writeHead(404).end();
    },
  });
  const port = createTestPort(options.now === undefined ? {} : { now: options.now });
  port.cursor = options.cursor ?? null;
  const stop = new AbortController();
  const running = createHikvisionCamera(testConfig({ url: server.url, mode: "poll" }), port, realWorld, SHORT_TIMES).run(stop.signal);
  try {
    await run(port, server);
  } finally {
    stop.abort();
    await running;
    await server.close();
  }
}

test("rows are stored oldest first with their pictures, each once, and the cursor is the greatest name", async () => {
  await polling({ list: (body) => (body.includes("<picTime>0<") ? { body: fixture("plates-response.xml") } : null) }, async (port) => {
    await eventually("three", () => port.stored.length === 3 && port.cursor === "2026042416170289540087321");
    assert.equal(port.plates(), ["TZC207", null, "RZN384"]);
    assert.equal(
      port.stored.map(({ capture }) => [
        capture.vendorEventId?.length,
        capture.historical,
        capture.pictures.map(({ role }) => role).join(),
      ]),
      [
        [18, true, "crop"],
        [18, true, "crop"],
        [25, true, "crop"],
      ],
    );
    await eventually("watching", () => port.health()?.state === "watching");
  });
});

test("a camera that repeats the row of the cursor makes no second detection", async () => {
  const rows: [string, string][] = [["202604241616278800", "AA1"]];
  await polling({ rows: () => rows }, async (port, server) => {
    await eventually("first", () => port.stored.length === 1);
    await eventually("asked often", () => server.requests.filter(({ path }) => path === LIST).length > 6);
    rows.push(["202604241616551200", "BB2"]);
    await eventually("second", () => port.stored.length === 2);
    assert.equal([port.plates(), port.known.length, port.stored[1]!.capture.historical], [["AA1", "BB2"], 0, false]);
  });
});

test("after a restart it goes on where it stood, and a row without a picture is stored without", async () => {
  const rows: [string, string][] = [
    ["202604241616278800", "AA1"],
    ["202604241616551200none", "BB2"],
  ];
  await polling({ rows: () => rows, cursor: "202604241616278800" }, async (port) => {
    await eventually("second", () => port.cursor === "202604241616551200none");
    assert.equal([port.plates(), port.stored[0]!.capture.pictures], [["BB2"], []]);
  });
});

test("the cursor does not pass a row that is not durable", async () => {
  await polling({ rows: () => [["202604241616278800", "AA1"]] }, async (port) => {
    port.broken = true;
    await eventually("complaint", () => /cannot be stored/.test(port.health()?.detail ?? ""));
    assert.is(port.cursor, null);
  });
});

test("a camera that refuses the namespace is asked without it", async () => {
  const list = (body: string): { status: number; body: string } | null =>
    body.includes("xmlns")
      ? { status: 400, body: "<ResponseStatus><statusCode>6</statusCode><subStatusCode>badXmlFormat</subStatusCode></ResponseStatus>" }
      : null;
  await polling({ list, rows: () => [["202604241616278800", "AA1"]] }, async (port) => {
    await eventually("stored", () => port.stored.length === 1);
  });
});

test("a wrong password costs one attempt", async () => {
  await polling({ password: "another" }, async (port, server) => {
    await eventually("refused", () => port.health()?.state === "refused");
    await realWorld.sleep(200);
    assert.is(server.requests.length, 2);
  });
});

test("a camera without a plate list, and one that answers garbage, are told apart", async () => {
  await polling({ list: () => ({ status: 404, body: fixture("responseStatus-notSupport.xml") }) }, async (port) => {
    await eventually("refused", () => /no plate list/.test(port.health()?.detail ?? ""));
  });
  await polling({ list: () => ({ body: "garbage" }) }, async (port) => {
    await eventually("kept", () => port.unknown.length > 0 && /cannot be read/.test(port.health()?.detail ?? ""));
  });
  await polling({ list: () => ({ body: fixture("plates-response-empty.xml") }) }, async (port) => {
    await eventually("watching", () => port.health()?.state === "watching");
  });
});

test("a cursor from a clock that was years ahead goes back when the clock was set right", async () => {
  const options = { cursor: "203604241616278800", time: "2026-04-24T16:30:00-05:00", now: () => Date.parse("2026-04-24T21:30:00Z") };
  await polling({ ...options, rows: () => [["202604241629278800", "AA1"]] }, async (port) => {
    await eventually("stored", () => port.stored.length === 1);
    assert.is(port.cursor, "202604241629278800");
    assert.match(port.health()?.detail ?? "", /clock was set back/);
  });
});

test.run();
