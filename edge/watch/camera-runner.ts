/**
 * Keeps the site's cameras running: opens each one's adapter, gives it its port to the rest of the edge, keeps what is known of its
 * health, and writes a record when its state changes. A camera that ends by a bug of its adapter is started again; the others do not
 * notice.
 */
import type { CameraConfig, CameraHealth, CameraState } from "../../shared/model/camera.ts";
import type { CameraId } from "../../shared/model/ids.ts";
import type { Camera, CameraPort, Capture, CaptureOutcome } from "../cameras/camera.ts";
import { makeStateReports, type StateReports } from "./state-reports.ts";

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
  readonly isTimeKnown: () => boolean;
  /** A camera's state or its sentence changed: the page and the uplink show it. */
  readonly onChange: () => void;
  /** The same as a record in the log; a camera that comes and goes is not written each time. */
  readonly onState: (camera: CameraId, health: CameraHealth, sinceMs: number) => void;
  readonly monoMs: () => number;
  /** Calls back once after so many ms; answers its cancelling. */
  readonly after: (ms: number, act: () => void) => () => void;
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

interface StateChange {
  readonly health: CameraHealth;
  readonly isNewState: boolean;
  readonly sinceMs: number;
}

/** After an adapter's bug. */
const RESTART_MS = 5_000;

interface Running {
  readonly config: CameraConfig;
  readonly stop: AbortController;
  camera: Camera | undefined;
  health: CameraHealth;
  /** What it was opened with: a new password is a new start. */
  readonly password: string | null;
  readonly reports: StateReports<StateChange>;
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
      password: passwordOrNull(deps, config),
      reports: makeStateReports({ ...deps, tell: (change, leftOut) => tell(deps, config.id, change, leftOut) }),
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
    one.reports.end();
    running.delete(id);
  };

  return {
    async apply(configs) {
      const wanted = new Map(configs.map((config) => [config.id, config] as const));
      const isAsWanted = ({ config, password }: Running): boolean =>
        JSON.stringify(wanted.get(config.id)) === JSON.stringify(config) && password === passwordOrNull(deps, config);
      const changed = [...running.values()].filter((one) => !isAsWanted(one));
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

/** Throws when the credential cannot be read. */
const passwordOf = (deps: RunnerDeps, { passwordRef }: CameraConfig): string => (passwordRef === "" ? "" : deps.password(passwordRef));

/** The same for a comparison; null when it cannot be read, which the camera's own start says. */
function passwordOrNull(deps: RunnerDeps, config: CameraConfig): string | null {
  try {
    return passwordOf(deps, config);
  } catch {
    return null;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function portOf(deps: RunnerDeps, one: Running): CameraPort {
  const { id } = one.config;
  return {
    capture: (capture) => deps.capture(id, capture),
    keepUnknown: (bytes, why) => deps.keepUnknown(id, bytes, why),
    report: (health) => hear(deps, one, health),
    password: passwordOf(deps, one.config),
    timeZone: deps.timeZone,
    loadCursor: () => deps.loadCursor(id),
    saveCursor: (cursor) => deps.saveCursor(id, cursor),
    now: deps.nowMs,
    isTimeKnown: deps.isTimeKnown,
  };
}

/** Adapters report with every message; only a change of state or of its sentence is told on. */
function hear(deps: RunnerDeps, one: Running, health: CameraHealth): void {
  const before: CameraState = one.health.state;
  const changed = before !== health.state || one.health.detail !== health.detail;
  one.health = health;
  if (!changed) return;
  deps.onChange();
  one.reports.change({ health, isNewState: before !== health.state, sinceMs: deps.nowMs() });
}

function tell(deps: RunnerDeps, camera: CameraId, { health, isNewState, sinceMs }: StateChange, leftOut: number): void {
  if (isNewState || leftOut > 0) deps.log.info({ camera, state: health.state, ...(leftOut > 0 ? { leftOut } : {}) }, "camera state");
  deps.onState(camera, health, sinceMs);
}
