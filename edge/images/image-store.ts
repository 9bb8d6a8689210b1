/** Pictures on disk, before the row that names them; in which order, `keep-picture.ts` says. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { type FileHandle, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runSteps } from "../../shared/flow/run-steps.ts";
import type { Sha256 } from "../../shared/model/ids.ts";
import { IMAGE_FOLDER_DIGITS, imageFile, imageFolder } from "../log/image-file.ts";
import { syncFolder as syncNow } from "../write-durably.ts";
import { type ImageOutcome, keepingPicture, TOO_SLOW, whyDropped } from "./keep-picture.ts";

/** A picture may take so long; then the detection goes on without it. */
export const IMAGE_TIME_MAX_MS = 1_000;
/** Pictures being written at once; beyond, the disk is too slow and the next ones are dropped (each leaves a record). */
export const IMAGES_IN_FLIGHT_MAX = 64;

export interface ImageStore {
  /** Never rejects: a picture that cannot be kept must not keep its detection from being stored. */
  readonly put: (sha256: Sha256, bytes: Uint8Array) => Promise<ImageOutcome>;
  /** The picture, its bytes checked against its name; null when it is not here, "mismatch" when the disk has changed it. */
  readonly get: (sha256: Sha256) => Promise<Uint8Array | null | "mismatch">;
}

export interface ImageStoreOptions {
  readonly home: string;
  readonly timeMaxMs?: number;
  /** Resolves after `ms`; the signal ends it early. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export function openImageStore({ home, sleep, timeMaxMs = IMAGE_TIME_MAX_MS }: ImageStoreOptions): ImageStore {
  const root = join(home, "data", "images");
  const temporary = join(root, "tmp");
  // What was half written when the power went is nobody's.
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  makeFolders(root);
  const inFlight = new Map<Sha256, Promise<ImageOutcome>>();
  let serial = 0;

  const write = async (sha256: Sha256, bytes: Uint8Array, given: { up: boolean }): Promise<ImageOutcome> => {
    const file = imageFile(home, sha256);
    const folder = imageFolder(home, sha256);
    const part = join(temporary, `${process.pid}-${serial++}`);
    let picture: FileHandle | null = null;
    try {
      return await runSteps(keepingPicture(given), async (step) => {
        switch (step) {
          case "look":
            return holds(file, bytes);
          case "sync-kept":
            await Promise.all([withFile(file, "r", (kept) => kept.sync()), syncFolder(folder)]);
            return undefined;
          case "write":
            picture = await open(part, "wx", 0o640);
            await picture.writeFile(bytes);
            return undefined;
          case "rename":
            return rename(part, file).then(() => undefined);
          case "sync":
            await Promise.all([picture!.sync(), syncFolder(folder)]);
            return undefined;
          case "remove":
            return rm(file, { force: true }).then(() => undefined);
        }
      });
    } finally {
      await (picture as FileHandle | null)?.close();
      // After a rename there is nothing left to remove; after a failure there is.
      await rm(part, { force: true }).catch(() => {});
    }
  };

  const putOnce = async (sha256: Sha256, bytes: Uint8Array): Promise<ImageOutcome> => {
    const given = { up: false };
    const timer = new AbortController();
    const late = sleep(timeMaxMs, timer.signal).then(() => {
      given.up = true;
      return TOO_SLOW;
    });
    try {
      return await Promise.race([write(sha256, bytes, given), late]);
    } catch (error) {
      return whyDropped(error);
    } finally {
      timer.abort();
    }
  };

  return {
    put(sha256, bytes) {
      const running = inFlight.get(sha256);
      if (running !== undefined) return running;
      if (inFlight.size >= IMAGES_IN_FLIGHT_MAX) return Promise.resolve(TOO_SLOW);
      const one = putOnce(sha256, bytes).finally(() => inFlight.delete(sha256));
      inFlight.set(sha256, one);
      return one;
    },
    async get(sha256) {
      const bytes = await readFile(imageFile(home, sha256)).catch(() => null);
      if (bytes === null) return null;
      return createHash("sha256").update(bytes).digest("hex") === sha256 ? bytes : "mismatch";
    },
  };
}

/**
 * All folders are made durable once, at start: a folder of its own for a new picture would cost another two waits for the disk while a
 * car passes. Synced also when none was missing: a program that was killed while it made them did not get to it.
 */
function makeFolders(root: string): void {
  const count = 16 ** IMAGE_FOLDER_DIGITS;
  const known = new Set(readdirSync(root));
  const missing = Array.from({ length: count }, (_, at) => at.toString(16).padStart(IMAGE_FOLDER_DIGITS, "0")).filter(
    (name) => !known.has(name),
  );
  for (const name of missing) mkdirSync(join(root, name));
  syncNow(root);
  syncNow(dirname(root));
}

async function syncFolder(path: string): Promise<void> {
  await withFile(path, "r", (folder) => folder.sync());
}

async function withFile(path: string, flags: string, use: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags, 0o640);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}

/** Whether the picture lies there whole. What a power cut left half written has the name, and is written anew. */
async function holds(path: string, bytes: Uint8Array): Promise<boolean> {
  const kept = await readFile(path).catch(() => null);
  return kept?.equals(bytes) ?? false;
}
