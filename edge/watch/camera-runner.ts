/**
 * Keeps the site's cameras running: opens each one's adapter, gives it its port to the rest of the edge, keeps what is known of its
 * health, and writes a record when its state changes. A camera that ends by a bug of its adapter is started again; the others do not
 * notice.
 */
import type { CameraConfig, CameraHealth, CameraState } from "../../shared/model/camera.ts";
import type { CameraId } from "../../shared/model/ids.ts";
import type { Camera, CameraPort, Capture, CaptureOutcome } from "../cameras/camera.ts";

export type OpenCamera = (
  config: CameraConfig,
  port: CameraPort,
) => Promise<{ readonly kind: "camera"; readonly camera: Camera } | { readonly kind: "adapter-not-available"; readonly message: string }>;

export interface RunnerDeps {
  readonly openCamera: OpenCamera;
  readonly capture: (camera: CameraId, capture: Capture) => Promise<CaptureOutcome>;
  readonly keepUnknown: (camera: CameraId, bytes: Uint8Array, why: string) => void;
  readonly password: (reference: string) => string;
  readonly timeZone: string;
  readonly loadCursor: (camera: CameraId) => string | null;
  readonly saveCursor: (camera: CameraId, cursor: string) => void;
  readonly nowMs: () => number;
  /** A camera's state changed: written to the log, shown on the page. */
  readonly onState: (camera: CameraId, health: CameraHealth, sinceMs: number) => void;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly log: { readonly info: (facts: object, words: string) => void; readonly error: (facts: object, words: string) => void };
}

export interface CameraRunner {
  /** Starts new cameras, stops those that are gone, restarts those whose configuration changed; the others go on undisturbed. */
  readonly apply: (configs: readonly CameraConfig[]) => Promise<void>;
  readonly cameras: () => readonly { readonly config: CameraConfig; readonly health: CameraHealth }[];
  /** The running camera, for pushes. */
  readonly find: (id: CameraId) => Camera | undefined;
  readonly stop: () => Promise<void>;
}

/** After an adapter's bug. */
const RESTART_MS = 5_000;

interface Running {
  readonly config: CameraConfig;
  readonly stop: AbortController;
  camera: Camera | undefined;
  health: CameraHealth;
  ended: Promise<void>;
}

export function makeCameraRunner(deps: RunnerDeps): CameraRunner {
  const running = new Map<CameraId, Running>();

  const start = (config: CameraConfig): void => {
    const one: Running = {
      config,
      stop: new AbortController(),
      camera: undefined,
      health: { state: "starting", detail: "", lastMessageMs: null, lastDetectionMs: null },
      ended: Promise.resolve(),
    };
    running.set(config.id, one);
    one.ended = keepRunning(deps, one);
  };

  const halt = async (id: CameraId): Promise<void> => {
    const one = running.get(id);
    if (one === undefined) return;
    one.stop.abort();
    await one.ended;
    running.delete(id);
  };

  return {
    async apply(configs) {
      const wanted = new Map(configs.map((config) => [config.id, config] as const));
      const changed = [...running.values()].filter(({ config }) => JSON.stringify(wanted.get(config.id)) !== JSON.stringify(config));
      await Promise.all(changed.map(({ config }) => halt(config.id)));
      for (const config of configs) if (!running.has(config.id)) start(config);
    },
    cameras: () => [...running.values()].map(({ config, health }) => ({ config, health })),
    find: (id) => running.get(id)?.camera,
    async stop() {
      await Promise.all([...running.keys()].map(halt));
    },
  };
}

async function keepRunning(deps: RunnerDeps, one: Running): Promise<void> {
  const { signal } = one.stop;
  while (!signal.aborted) {
    try {
      const opened = await deps.openCamera(one.config, portOf(deps, one));
      if (opened.kind === "adapter-not-available") {
        hear(deps, one, { ...one.health, state: "stopped", detail: opened.message });
        await aborted(signal);
        return;
      }
      one.camera = opened.camera;
      await opened.camera.run(signal);
    } catch (error) {
      deps.log.error(
        { camera: one.config.id, error: String((error as Error).stack ?? error) },
        "a camera's adapter failed; it is started again",
      );
      hear(deps, one, {
        ...one.health,
        state: "unreachable",
        detail: "Reading this camera failed inside this program. It is tried again.",
      });
    }
    if (!signal.aborted) await deps.sleep(RESTART_MS, signal);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function portOf(deps: RunnerDeps, one: Running): CameraPort {
  const { id, passwordRef } = one.config;
  return {
    capture: (capture) => deps.capture(id, capture),
    keepUnknown: (bytes, why) => deps.keepUnknown(id, bytes, why),
    report: (health) => hear(deps, one, health),
    password: passwordRef === "" ? "" : deps.password(passwordRef),
    timeZone: deps.timeZone,
    loadCursor: () => deps.loadCursor(id),
    saveCursor: (cursor) => deps.saveCursor(id, cursor),
    now: deps.nowMs,
  };
}

/** Adapters report with every message; only a change of state or of its sentence is told on. */
function hear(deps: RunnerDeps, one: Running, health: CameraHealth): void {
  const before: CameraState = one.health.state;
  const changed = before !== health.state || one.health.detail !== health.detail;
  one.health = health;
  if (!changed) return;
  if (before !== health.state) deps.log.info({ camera: one.config.id, state: health.state }, "camera state");
  deps.onState(one.config.id, health, deps.nowMs());
}
