import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ADAPTERS } from "../../shared/model/camera.ts";
import { openCamera } from "./open-camera.ts";
import { createTestPort, eventually, type TestPort, testConfig } from "./test-port.ts";

async function playing(url: string, run: (port: TestPort) => Promise<void>): Promise<void> {
  const port = createTestPort();
  const opened = await openCamera(testConfig({ adapter: "replay", url }), port);
  if (opened.kind !== "camera") throw new Error(opened.message);
  const stop = new AbortController();
  const running = opened.camera.run(stop.signal);
  try {
    await run(port);
  } finally {
    stop.abort();
    await running;
  }
}

test("every kind of camera is opened or refused with a sentence", async () => {
  for (const adapter of ADAPTERS) {
    const opened = await openCamera(testConfig({ adapter }), createTestPort());
    const available = adapter === "hikvision" || adapter === "replay";
    assert.is(opened.kind, available ? "camera" : "adapter-not-available");
    if (opened.kind === "adapter-not-available") assert.match(opened.message, new RegExp(`"${adapter}" cannot be read by this version`));
  }
});

test("only a camera in push mode takes pushes", async () => {
  for (const mode of ["stream", "push", "poll"] as const) {
    const opened = await openCamera(testConfig({ mode }), createTestPort());
    assert.is(opened.kind === "camera" && opened.camera.push !== null, mode === "push");
  }
});

test("replay plays the recordings of a folder in the order of their names", async () => {
  const folder = mkdtempSync(join(tmpdir(), "replay-"));
  const fixtures = new URL("./hikvision/fixtures/", import.meta.url);
  const copy = (from: string, to: string): void => cpSync(new URL(from, fixtures), join(folder, to));
  copy("anpr-event-stdcgi-ver10.xml", "1-old.xml");
  copy("push-deepinview-noplate.http.bin", "2-push.http.bin");
  copy("push-tcg405.http.bin", "3-push.http.bin");
  copy("alertStream.multipart.bin", "4-stream.multipart.bin");
  writeFileSync(join(folder, "5-garbage.xml"), "garbage");
  writeFileSync(join(folder, "6-notes.txt"), "not a recording");
  mkdirSync(join(folder, "7-folder.xml"));
  try {
    await playing(`${pathToFileURL(folder)}?pace_ms=1`, async (port) => {
      await eventually("played", () => port.health()?.detail === "Played 6 of 6 recordings.");
      assert.equal(port.plates(), ["SI819AK", null, "BGB3282", "CRK4732"]);
      assert.equal(
        port.stored.map(({ capture }) => capture.pictures.length),
        [0, 1, 2, 3],
      );
      assert.equal([port.known.length, port.unknown.length], [2, 2]);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a folder that is not there is said to be so", async () => {
  for (const url of ["file:///nowhere/at/all", "http://192.0.2.1/", "recordings", "file://host/x"]) {
    await playing(url, (port) => eventually("unreachable", () => port.health()?.state === "unreachable"));
  }
});

test.run();
