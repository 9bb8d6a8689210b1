import { statfsSync } from "node:fs";
import { uptime } from "node:os";
import type { CameraConfig, CameraHealth } from "../../shared/model/camera.ts";
import type { CameraReport, Spool } from "../../shared/protocol/frames.ts";
import type { EdgeLogReader } from "../log/store-port.ts";

/** What a heartbeat tells central of this edge. */
export interface HeartbeatFacts {
  readonly spool: Spool;
  readonly health: {
    readonly rssBytes: number;
    readonly uptimeSeconds: number;
    readonly waitingRecords: number;
    readonly version: string;
  };
  readonly cameras: readonly CameraReport[];
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
