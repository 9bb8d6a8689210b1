import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CameraConfig, CameraHealth } from "../../shared/model/camera.ts";
import { type CameraId, uuid } from "../../shared/model/ids.ts";
import type { CameraPort } from "../cameras/camera.ts";
import { type CameraRunner, makeCameraRunner, type OpenCamera } from "./camera-runner.ts";
import { CHANGES_TOLD_MAX } from "./state-reports.ts";
import { openUnknownMessages, UNKNOWN_BYTES_MAX, UNKNOWN_FILES_MAX } from "./unknown-messages.ts";

const idOf = (n: number) => uuid<CameraId>(`01990000-0000-7000-8000-00000000000${n}`);
const camera = (n: number, changes: Partial<CameraConfig> = {}): CameraConfig => ({
  id: idOf(n),
  name: `Camera ${n}`,
  adapter: "replay",
  mode: "stream",
  traffic: "busy",
  url: "",
  username: "",
  passwordRef: "",
  channel: 1,
  facing: "approaching",
  pushSecret: "",
  latitude: null,
  longitude: null,
  ...changes,
});
const HEALTH: CameraHealth = { state: "watching", detail: "", lastMessageMs: 1, lastDetectionMs: null };
const later = () => delay(5);

let runner: CameraRunner;
test.after.each(() => runner?.stop());

/** A runner over an adapter of this test: `run` is what a camera does with its port. */
function runnerOver(run: (port: CameraPort, signal: AbortSignal) => Promise<void>) {
  const told: string[] = [];
  const shown = { changes: 0 };
  const starts: string[] = [];
  const passwords = new Map<string, string>();
  const openCamera: OpenCamera = async (config, port) => {
    if (config.adapter === "rekor") return { kind: "adapter-not-available", message: "Not in this version." };
    starts.push(config.name);
    return { kind: "camera", camera: { config, push: null, run: (signal) => run(port, signal) } };
  };
  runner = makeCameraRunner({
    openCamera,
    capture: async () => ({ kind: "stored", rid: "x" }),
    keepUnknown: () => {},
    password: (reference) => passwords.get(reference) ?? `secret of ${reference}`,
    timeZone: "UTC",
    loadCursor: () => null,
    saveCursor: () => {},
    nowMs: () => 0,
    isTimeKnown: () => true,
    onChange: () => shown.changes++,
    monoMs: () => performance.now(),
    after: (ms, act) => {
      const timer = setTimeout(act, ms);
      return () => clearTimeout(timer);
    },
    onState: (id, health) => told.push(`${id.at(-1)} ${health.state} ${health.detail}`.trim()),
    sleep: async (_ms, signal) => {
      if (!signal.aborted) await later();
    },
    log: { info: () => {}, error: () => {} },
  });
  return { told, starts, shown, passwords };
}
const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

test("only a change of state is told on, however often an adapter reports", async () => {
  const { told } = runnerOver(async (port, signal) => {
    for (let n = 0; n < 5; n++) port.report({ ...HEALTH, lastMessageMs: n });
    port.report({ ...HEALTH, state: "silent", detail: "No message for 2 min." });
    await untilAborted(signal);
  });
  await runner.apply([camera(1)]);
  await later();
  assert.equal(told, ["1 watching", "1 silent No message for 2 min."]);
  assert.is(runner.cameras()[0]!.health.state, "silent");
});

test("a camera whose adapter throws is started again and the others do not notice", async () => {
  let tries = 0;
  const { told, starts } = runnerOver(async (port, signal) => {
    if (port.password === "secret of broken" && ++tries < 3) throw new Error("a bug");
    await untilAborted(signal);
  });
  await runner.apply([camera(1, { passwordRef: "broken" }), camera(2)]);
  await delay(60);
  assert.equal([tries, starts.filter((name) => name === "Camera 2").length], [3, 1]);
  assert.ok(told.every((line) => line.startsWith("1 unreachable")));
});

test("a changed configuration restarts that camera, a removed one ends, the rest go on", async () => {
  const { starts } = runnerOver((_port, signal) => untilAborted(signal));
  await runner.apply([camera(1), camera(2), camera(3)]);
  await runner.apply([camera(1), camera(2, { name: "Renamed" })]);
  await later();
  assert.equal(starts.sort(), ["Camera 1", "Camera 2", "Camera 3", "Renamed"]);
  assert.equal(
    runner.cameras().map(({ config }) => config.name),
    ["Camera 1", "Renamed"],
  );
});

test("a new password in the credential store starts that camera again", async () => {
  const { starts, passwords } = runnerOver((_port, signal) => untilAborted(signal));
  const cameras = [camera(1, { passwordRef: "north" }), camera(2, { passwordRef: "south" })];
  await runner.apply(cameras);
  passwords.set("north", "corrected");
  await runner.apply(cameras);
  await later();
  assert.equal(starts.sort(), ["Camera 1", "Camera 1", "Camera 2"]);
});

test("a camera that comes and goes is shown each time and written a few times, its end too", async () => {
  const { told, shown } = runnerOver(async (port, signal) => {
    for (let n = 0; n < 200; n++) port.report({ ...HEALTH, state: n % 2 === 0 ? "watching" : "unreachable" });
    await untilAborted(signal);
    port.report({ ...HEALTH, state: "stopped" });
  });
  await runner.apply([camera(1)]);
  await later();
  assert.is(shown.changes, 200);
  assert.ok(told.length <= CHANGES_TOLD_MAX, `${told.length} told`);
  assert.is(runner.cameras()[0]!.health.state, "unreachable");
  await runner.stop();
  assert.is(told.at(-1), "1 stopped");
});

test("an adapter that this version has not stays visible with its sentence", async () => {
  runnerOver((_port, signal) => untilAborted(signal));
  await runner.apply([camera(1, { adapter: "rekor" })]);
  await later();
  assert.equal([runner.cameras()[0]!.health.state, runner.cameras()[0]!.health.detail], ["stopped", "Not in this version."]);
});

test("messages nobody understood are kept with their reason, bounded in size, number and rate", async () => {
  const home = mkdtempSync(join(tmpdir(), "edge-unknown-"));
  let nowMs = 0;
  const said: string[] = [];
  const unknown = openUnknownMessages(
    home,
    () => nowMs,
    (camera, count) => said.push(`${camera.at(-1)} ${count}`),
  );
  for (let n = 0; n < UNKNOWN_FILES_MAX + 20; n++) {
    nowMs += 2_000;
    unknown.keep(idOf(1), Buffer.alloc(UNKNOWN_BYTES_MAX * 2, 65), "Not XML.\nReally.");
    unknown.keep(idOf(1), Buffer.from("too soon"), "Not XML.");
  }
  const folder = join(home, "data/unknown");
  // The last one is whole and the ones that had to go are gone: the copies are written behind the cameras' backs, in order.
  const newest = () => join(folder, readdirSync(folder).sort().at(-1) ?? "none");
  const isSettled = () =>
    readdirSync(folder).sort()[0]?.startsWith("000000000042000") === true && readFileSync(newest()).length > UNKNOWN_BYTES_MAX;
  for (let tries = 0; !isSettled() && tries < 250; tries++) await delay(20);
  const names = readdirSync(folder).sort();
  assert.ok(names.length <= UNKNOWN_FILES_MAX);
  const kept = readFileSync(join(folder, names.at(-1)!));
  assert.is(kept.toString("latin1", 0, 17), "Not XML. Really.\n");
  assert.ok(kept.length <= UNKNOWN_BYTES_MAX + 300);
  // Seven minutes of messages, two a tick: one line.
  assert.equal(said, ["1 1"]);
  assert.is(unknown.count(), 2 * (UNKNOWN_FILES_MAX + 20));
  await delay(50);
  rmSync(home, { recursive: true, force: true });
});

test("a camera that floods the copies drives out its own, not the one message of another, across a restart too", async () => {
  const home = mkdtempSync(join(tmpdir(), "edge-unknown-"));
  let nowMs = 0;
  const open = () =>
    openUnknownMessages(
      home,
      () => nowMs,
      () => {},
    );
  let unknown = open();
  unknown.keep(idOf(2), Buffer.from("odd"), "Not XML.");
  for (let n = 0; n < UNKNOWN_FILES_MAX + 5; n++) {
    if (n === UNKNOWN_FILES_MAX) {
      await delay(300);
      unknown = open();
    }
    nowMs += 2_000;
    unknown.keep(idOf(1), Buffer.from("flood"), "Not XML.");
  }
  const folder = join(home, "data/unknown");
  const newest = `${String(nowMs).padStart(15, "0")}-`;
  const isSettled = () => readdirSync(folder).length === UNKNOWN_FILES_MAX && readdirSync(folder).some((name) => name.startsWith(newest));
  for (let tries = 0; !isSettled() && tries < 250; tries++) await delay(20);
  const names = readdirSync(folder);
  assert.is(names.length, UNKNOWN_FILES_MAX);
  assert.is(names.filter((name) => name.endsWith(`-${idOf(2).slice(-12)}.bin`)).length, 1);
  rmSync(home, { recursive: true, force: true });
});

test.run();
