/** Words for collectors, cameras and links. */
import type { CameraState } from "../../shared/model/camera.ts";

export const CAMERA_STATE: Readonly<Record<CameraState, readonly [words: string, tone: string]>> = {
  starting: ["Starting", "attention"],
  watching: ["Watching", "healthy"],
  silent: ["Silent", "critical"],
  refused: ["Password refused", "critical"],
  unreachable: ["Cannot be reached", "critical"],
  stopped: ["Stopped", ""],
};

const CLOCK = [
  "unknown, times may be wrong",
  "a guess from its own records",
  "set by central",
  "set by network time",
  "kept by a hardware clock",
] as const;
/** How far a collector's clock can be trusted, from the quality it reports (0 to 4, from 2 on trusted). */
export function clockWords(quality: number | null): string {
  return quality === null ? "not told yet" : (CLOCK[quality] ?? CLOCK[0]);
}

/** "12.4 GB" from bytes, decimal as disks are sold. */
export function bytesWords(bytes: number | null): string {
  if (bytes === null) return "unknown";
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
  if (bytes < 1e9) return `${Math.round(bytes / 1e6)} MB`;
  return `${(bytes / 1e9).toFixed(bytes < 1e11 ? 1 : 0)} GB`;
}

/** 1234567 as "1,234,567". */
export function countWords(n: number): string {
  return n.toLocaleString("en-US");
}

export const LINK = { open: "Live", connecting: "Connecting…", waiting: "No connection. Trying again." } as const;
