/**
 * Pictures on disk, before the row that names them: temporary file, rename, then fsync of file and folder at once. Whoever finds a name in
 * the ledger finds whole bytes behind it, whenever the power was cut: the row is written only after both came back. (Fsync before the
 * rename would cost a third wait for the disk, one after the other, while a car passes; what it buys, that no name ever stands before its
 * bytes, nobody needs: only names in the ledger are read, and a half-written file that lies under a name is written anew.)
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { type FileHandle, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Sha256 } from "../../shared/model/ids.ts";
import { IMAGE_FOLDER_DIGITS, imageFile, imageFolder } from "../log/image-file.ts";
import { syncFolder as syncNow } from "../write-durably.ts";

/** A picture may take so long; then the detection goes on without it. */
export const IMAGE_TIME_MAX_MS = 1_000;
/** Pictures being written at once; beyond, the disk is too slow and the next ones are dropped (each leaves a record). */
export const IMAGES_IN_FLIGHT_MAX = 64;

export type ImageOutcome = { readonly kind: "stored" } | { readonly kind: "dropped"; readonly why: string };

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
    if (await holds(file, bytes)) {
      await Promise.all([withFile(file, "r", (kept) => kept.sync()), syncFolder(folder)]);
      return { kind: "stored" };
    }
    const part = join(temporary, `${process.pid}-${serial++}`);
    try {
      await withFile(part, "wx", async (picture) => {
        await picture.writeFile(bytes);
        if (given.up) return;
        await rename(part, file);
        await Promise.all([picture.sync(), syncFolder(folder)]);
      });
      if (!given.up) return { kind: "stored" };
      // Its detection went on without it: nothing will ever name this file.
      await rm(file, { force: true });
      return TOO_SLOW;
    } finally {
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
      return { kind: "dropped", why: wordsOf(error) };
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

const TOO_SLOW: ImageOutcome = { kind: "dropped", why: "the disk took too long" };

function wordsOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  if (code === "ENOSPC" || code === "EDQUOT") return "the disk is full";
  if (code === "EROFS") return "the disk is read-only";
  return `the disk refused it (${typeof code === "string" ? code : "error"})`;
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
