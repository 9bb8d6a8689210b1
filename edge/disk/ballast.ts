import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";

/** A file of no use but its size: released when the disk fills, so that making room has room itself. */
export interface Ballast {
  readonly isThere: () => boolean;
  readonly release: () => void;
  /** Writes it, at a pace that leaves the disk to the cameras. Rejects when there is no room after all; nothing is left then. */
  readonly make: (signal: AbortSignal) => Promise<void>;
}

const CHUNK_BYTES = 1024 * 1024;
const PAUSE_MS = 20;

export function openBallast(home: string, bytes: number, sleep: (ms: number, signal: AbortSignal) => Promise<void>): Ballast {
  const path = join(home, "data", "ballast");
  const partial = `${path}.part`;
  return {
    isThere: () => existsSync(path),
    release: () => rmSync(path, { force: true }),
    async make(signal) {
      // Random and written out: a hole, or what a file system packs, would give nothing back.
      const chunk = randomBytes(CHUNK_BYTES);
      try {
        const file = await open(partial, "w", 0o600);
        try {
          for (let written = 0; written < bytes && !signal.aborted; written += chunk.length) {
            await file.writeFile(chunk.subarray(0, Math.min(chunk.length, bytes - written)));
            await sleep(PAUSE_MS, signal);
          }
          await file.sync();
        } finally {
          await file.close();
        }
        if (!signal.aborted) await rename(partial, path);
      } finally {
        await rm(partial, { force: true });
      }
    },
  };
}
