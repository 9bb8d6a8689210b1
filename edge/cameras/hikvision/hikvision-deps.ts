import type { CameraConfig } from "../../../shared/model/camera.ts";
import type { CameraPort } from "../camera.ts";
import type { HealthKeeper } from "../camera-health.ts";
import type { CameraLogin } from "../camera-login.ts";
import type { CameraWorld } from "../camera-world.ts";
import type { CameraClient } from "../digest-client.ts";
import type { MessageCounts } from "./alert-assembler.ts";
import type { AlertContext } from "./anpr-alert.ts";
import type { HikvisionTimes } from "./hikvision-times.ts";

/** The camera's clock as last seen; null before the first look. */
export interface CameraClock {
  known: { readonly aheadMs: number; readonly offsetMinutes: number | null } | null;
}

/** What the modes of one camera share. */
export interface HikvisionDeps {
  readonly config: CameraConfig;
  readonly port: CameraPort;
  readonly world: CameraWorld;
  readonly times: HikvisionTimes;
  readonly health: HealthKeeper;
  readonly counts: MessageCounts;
  /** Messages since the last detection that nobody understood. */
  readonly unread: { inRow: number };
  readonly context: AlertContext;
  readonly clock: CameraClock;
  readonly login: CameraLogin;
  /** The connection of the mode's own work; a stream never gives it back. */
  readonly client: CameraClient;
  /** Clock and pictures. */
  readonly sideClient: CameraClient;
}

/** The configured address; null when it is not http or https. */
export function cameraUrl(config: CameraConfig): URL | null {
  const url = URL.canParse(config.url) ? new URL(config.url) : null;
  return url !== null && (url.protocol === "http:" || url.protocol === "https:") ? url : null;
}
