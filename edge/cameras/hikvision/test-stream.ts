import type { ServerResponse } from "node:http";
import * as assert from "uvu/assert";
import { realWorld } from "../camera-world.ts";
import { type HeardRequest, startTestCamera, type TestCamera, type TestCameraOptions } from "../test-camera.ts";
import { createTestPort, type TestPort, testConfig } from "../test-port.ts";
import { createHikvisionCamera, type HikvisionCamera } from "./hikvision-camera.ts";
import type { HikvisionTimes } from "./hikvision-times.ts";
import { fixture, SHORT_TIMES } from "./test-messages.ts";

export const ALERTS = "/ISAPI/Event/notification/alertStream";
export const SUBSCRIPTION = "/ISAPI/Event/notification/subscribeEvent";
export const NOT_SUPPORTED = fixture("responseStatus-notSupport.xml");

export interface StreamBench {
  readonly server: TestCamera;
  readonly port: TestPort;
  readonly camera: HikvisionCamera;
}
export interface StreamOptions extends Omit<Partial<TestCameraOptions>, "answer"> {
  readonly routes?: Readonly<Record<string, (response: ServerResponse, request: HeardRequest) => void>>;
  readonly now?: () => number;
  readonly isTimeKnown?: () => boolean;
  readonly times?: Partial<HikvisionTimes>;
}

export const beginStream = (response: ServerResponse, type = "multipart/mixed; boundary=boundary"): void => {
  response.writeHead(200, { "MIME-Version": "1.0", "Content-Type": type });
  response.flushHeaders();
};

/** A streaming camera against the adapter, until `run` is through. */
export async function watching(options: StreamOptions, run: (bench: StreamBench) => Promise<void>): Promise<void> {
  const server = await startTestCamera({
    ...options,
    answer: (request, response) => {
      const route = options.routes?.[request.path];
      if (route !== undefined) return route(response, request);
      response.writeHead(404);
      response.end(NOT_SUPPORTED);
    },
  });
  const port = createTestPort({
    ...(options.now === undefined ? {} : { now: options.now }),
    ...(options.isTimeKnown === undefined ? {} : { isTimeKnown: options.isTimeKnown }),
  });
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

export const heard = (server: TestCamera, path: string): number =>
  server.requests.filter((request) => request.path === path && request.scheme !== "").length;
