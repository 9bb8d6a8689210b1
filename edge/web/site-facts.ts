import type { CameraConfig, CameraHealth } from "../../shared/model/camera.ts";
import type { CollectorId } from "../../shared/model/ids.ts";

/** What the pages need to know of this site besides its store. */
export interface SiteFacts {
  readonly collectorId: CollectorId;
  readonly name: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly timeZone: string;
  readonly version: string;
}

/** A camera as it stands now. */
export interface CameraNow {
  readonly config: CameraConfig;
  readonly health: CameraHealth;
}
