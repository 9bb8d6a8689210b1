import { mkdirSync, readdirSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CameraId } from "../../shared/model/ids.ts";

/**
 * Messages kept for support, of all cameras together; the oldest of the camera with the most go. A camera that sends nothing else must not
 * fill the disk, wear out the card, or drive out the one odd message of another.
 */
export const UNKNOWN_FILES_MAX = 200;
export const UNKNOWN_BYTES_MAX = 64 * 1024;
/** A message more than this soon after the last of the same camera is only counted. */
const INTERVAL_MIN_MS = 1_000;
/** A line in the log for a camera at most this often. */
const SAID_EVERY_MS = 10 * 60_000;

export interface UnknownMessages {
  readonly keep: (camera: CameraId, bytes: Uint8Array, why: string) => void;
  readonly count: () => number;
}

/** data/unknown/: what cameras sent and nobody understood, with the reason in a line before it. Readable by the owner only. */
export function openUnknownMessages(home: string, nowMs: () => number, say: (camera: CameraId, count: number) => void): UnknownMessages {
  const folder = join(home, "data", "unknown");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const names = readdirSync(folder).sort();
  const lastMs = new Map<CameraId, number>();
  const saidMs = new Map<CameraId, number>();
  let count = 0;
  let serial = 0;
  let tail: Promise<void> = Promise.resolve();
  return {
    keep(camera, bytes, why) {
      count += 1;
      const now = nowMs();
      if (Math.abs(now - (saidMs.get(camera) ?? Number.NEGATIVE_INFINITY)) >= SAID_EVERY_MS) {
        saidMs.set(camera, now);
        say(camera, count);
      }
      if (Math.abs(now - (lastMs.get(camera) ?? Number.NEGATIVE_INFINITY)) < INTERVAL_MIN_MS) return;
      lastMs.set(camera, now);
      const name = `${String(Math.max(0, Math.round(now))).padStart(15, "0")}-${serial++}-${camera.slice(-12)}.bin`;
      names.push(name);
      const head = Buffer.from(`${why.replace(/\s+/g, " ").slice(0, 300)}\n`);
      const kept = Buffer.concat([head, bytes.subarray(0, UNKNOWN_BYTES_MAX)]);
      const old = takeSurplus(names);
      // Nothing waits for these, and a full disk costs the copy, never the camera. One after the other: a file that is to go is there by then.
      tail = tail.then(() => writeFile(join(folder, name), kept, { mode: 0o600 })).catch(() => {});
      for (const one of old) tail = tail.then(() => rm(join(folder, one), { force: true })).catch(() => {});
    },
    count: () => count,
  };
}

/** Takes the names that are too many out of the list: each time the oldest of the camera that has most. */
function takeSurplus(names: string[]): string[] {
  const taken: string[] = [];
  while (names.length > UNKNOWN_FILES_MAX) {
    const counts = new Map<string, number>();
    for (const name of names) counts.set(cameraOf(name), (counts.get(cameraOf(name)) ?? 0) + 1);
    const most = Math.max(...counts.values());
    const at = names.findIndex((name) => counts.get(cameraOf(name)) === most);
    taken.push(...names.splice(at, 1));
  }
  return taken;
}

const cameraOf = (name: string): string => name.split("-").at(-1) ?? "";
