import { statfs } from "node:fs/promises";
import type { Readiness } from "./health-routes.ts";

/** Below this the next batches and pictures may not be stored any more: time to make room, before edges have to keep everything. */
export const FREE_BYTES_MIN = 256 * 1024 * 1024;

/** Whether the folder with database and pictures has room. `freeBytes` answers how much is free there. */
export function freeDisk(folder: string, freeBytes: (folder: string) => Promise<number> = freeBytesAt): Readiness {
  return {
    name: "disk",
    check: async () => {
      const free = await freeBytes(folder);
      if (free >= FREE_BYTES_MIN) return { ok: true, words: "" };
      return {
        ok: false,
        words: `Only ${Math.floor(free / 1e6)} MB are free for central's data. Make room; edges keep what cannot be stored.`,
      };
    },
  };
}

async function freeBytesAt(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
