import type { CameraConfig } from "../../../shared/model/camera.ts";
import type { Camera, CameraPort } from "../camera.ts";
import { createHealthKeeper, type HealthKeeper } from "../camera-health.ts";
import { type CameraLogin, createCameraLogin } from "../camera-login.ts";
import { type CameraWorld, realWorld } from "../camera-world.ts";
import { type CameraClient, createCameraClient } from "../digest-client.ts";
import { acceptPushes } from "./accept-push.ts";
import { type MessageCounts, noMessages } from "./alert-assembler.ts";
import { cameraUrl, type HikvisionDeps } from "./hikvision-deps.ts";
import { HIKVISION_TIMES, type HikvisionTimes } from "./hikvision-times.ts";
import { lockedForMs } from "./login-sentence.ts";
import { pollPlates } from "./poll-plates.ts";
import { waitForPushes } from "./wait-for-pushes.ts";
import { watchStream } from "./watch-stream.ts";

export interface HikvisionCamera extends Camera {
  /** What came so far, for support. */
  readonly counts: Readonly<MessageCounts>;
}

/** Never called: push mode works without the camera's address. */
const NO_ADDRESS = new URL("http://camera.invalid");

/** A Hikvision (ISAPI) camera in the mode of its configuration. Nothing is opened before `run`, which lives until its signal aborts. */
export function createHikvisionCamera(
  config: CameraConfig,
  port: CameraPort,
  world: CameraWorld = realWorld,
  times: HikvisionTimes = HIKVISION_TIMES,
): HikvisionCamera {
  const health = createHealthKeeper(port);
  const counts = noMessages();
  const account = { username: config.username, password: port.password, monotonicMs: world.monotonicMs, backOffMs: times.loginBackOffMs };
  const login = createCameraLogin(account);
  const sideLogin = createCameraLogin({ ...account, parent: login });
  const stopped = new AbortController();
  const url = cameraUrl(config);
  const clientWith = (of: CameraLogin): CameraClient => createCameraClient({ url: url ?? NO_ADDRESS, login: of, world, lockedForMs });
  const deps: HikvisionDeps = {
    config,
    port,
    world,
    times,
    health,
    counts,
    unread: { inRow: 0 },
    clock: { known: null },
    login,
    context: { facing: config.facing, timeZone: port.timeZone },
    client: clientWith(login),
    sideClient: clientWith(sideLogin),
  };
  return {
    config,
    counts,
    push: config.mode === "push" ? acceptPushes(deps, stopped.signal) : null,
    run: async (signal) => {
      health.become("starting", "");
      try {
        if (url === null && config.mode !== "push") await waitInVain(health, signal);
        else if (config.mode === "stream") await watchStream(deps, signal);
        else if (config.mode === "poll") await pollPlates(deps, signal);
        else await waitForPushes(deps, signal);
      } finally {
        stopped.abort();
        deps.client.close();
        deps.sideClient.close();
        health.become("stopped", "");
      }
    },
  };
}

function waitInVain(health: HealthKeeper, signal: AbortSignal): Promise<void> {
  health.become("refused", "The camera's address is not valid. It begins with http:// or https://.");
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
