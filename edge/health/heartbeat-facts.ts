import { statfsSync } from "node:fs";
import { uptime } from "node:os";
import type { CameraConfig, CameraHealth } from "../../shared/model/camera.ts";
import type { CameraId } from "../../shared/model/ids.ts";
import type { EdgeLogReader } from "../log/store-port.ts";

/** What a heartbeat tells central of this edge. */
export interface HeartbeatFacts {
  readonly spool: {
    /** Of records that central has not acknowledged. */
    readonly bytes: number;
    /** Wall time of the oldest of those, ms UTC; null when nothing waits. */
    readonly oldestMs: number | null;
    readonly freeBytes: number | null;
    readonly imagesWaiting: number;
  };
  readonly health: {
    readonly rssBytes: number;
    readonly uptimeSeconds: number;
    readonly waitingRecords: number;
    readonly version: string;
  };
  readonly cameras: readonly CameraRow[];
}

interface CameraRow {
  readonly id: CameraId;
  readonly name: string;
  readonly adapter: string;
  readonly mode: string;
  readonly state: string;
  readonly detail: string;
  readonly lastMessageMs: number | null;
  readonly lastDetectionMs: number | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

export interface HeartbeatDeps {
  readonly reader: EdgeLogReader;
  readonly cameras: () => readonly { readonly config: CameraConfig; readonly health: CameraHealth }[];
  /** Wall time of a record, ms UTC; null when it is not held. */
  readonly wallMsAt: (logId: string, seq: number) => number | null;
  readonly freeBytes: () => number | null;
  readonly version: string;
}

export function heartbeatFacts(deps: HeartbeatDeps): HeartbeatFacts {
  const logs = deps.reader.logs();
  const waiting = logs.filter((log) => log.head.next > log.acknowledged);
  const oldest = waiting.flatMap((log) => deps.wallMsAt(log.logId, Math.max(log.acknowledged, log.first)) ?? []);
  return {
    spool: {
      bytes: deps.reader.spoolBytes(),
      oldestMs: oldest.length === 0 ? null : Math.min(...oldest),
      freeBytes: deps.freeBytes(),
      imagesWaiting: deps.reader.waitingImageCount(),
    },
    health: {
      rssBytes: process.memoryUsage.rss(),
      uptimeSeconds: Math.round(uptime()),
      waitingRecords: waiting.reduce((sum, log) => sum + log.head.next - log.acknowledged, 0),
      version: deps.version,
    },
    cameras: deps.cameras().map(({ config, health }) => ({
      id: config.id,
      name: config.name,
      adapter: config.adapter,
      mode: config.mode,
      state: health.state,
      detail: health.detail,
      lastMessageMs: health.lastMessageMs,
      lastDetectionMs: health.lastDetectionMs,
      latitude: config.latitude,
      longitude: config.longitude,
    })),
  };
}

/** Bytes free for us where `path` lies; null when the system does not say. */
export function freeBytesAt(path: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return null;
  }
}
