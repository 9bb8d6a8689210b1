import * as fs from "node:fs/promises";
import * as path from "node:path";
import { runSteps } from "../../shared/flow/run-steps.ts";
import type { Sha256 } from "../../shared/model/ids.ts";
import type { ImageStore } from "./image-store.ts";
import { type AppendOutcome, appending, type FinishOutcome, finishing } from "./upload-steps.ts";

/**
 * A picture that arrives in pieces over a bad uplink. What came in stays in `<dir>/<sha256>.part`, so that the edge goes on where the
 * line broke, even days later. The bytes are not flushed piece by piece: the digest at the end decides, so a torn piece after a power
 * cut costs one more upload and can never become a picture.
 */

/** A part nobody has added to for this long is thrown away; the edge then starts again at 0. */
export const UPLOAD_ABANDONED_AFTER_MS = 7 * 24 * 3600 * 1000;

/** Where an upload of this picture has to go on: 0 when none is under way. Makes the folder. */
export async function beginOrResume(dir: string, sha256: Sha256): Promise<{ readonly offset: number }> {
  await fs.mkdir(dir, { recursive: true, mode: 0o700 });
  return { offset: await sizeOf(partPath(dir, sha256)) };
}

/**
 * Adds a piece at `offset`, which must be where the upload stands. `maxBytes` is the size that was announced for the whole picture.
 * Two connections may write the same picture at once (an old one that hangs and its successor): each writes at its own explicit
 * position, so honest ones write equal bytes to equal places and a dishonest one is caught by the digest.
 */
export async function appendAt(
  dir: string,
  sha256: Sha256,
  offset: number,
  chunkStream: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<AppendOutcome> {
  const { offset: standing } = await beginOrResume(dir, sha256);
  const chunks = chunkStream[Symbol.asyncIterator]();
  let file: fs.FileHandle | null = null;
  try {
    return await runSteps(appending(standing, offset, maxBytes), async (step) => {
      switch (step.do) {
        case "open":
          file = await fs.open(partPath(dir, sha256), step.afresh ? "w" : "r+", 0o600);
          return undefined;
        case "next":
          return nextOrCut(chunks);
        case "write":
          await writeWhole(file!, step.bytes, step.at);
          return undefined;
        case "discard":
          await fs.rm(partPath(dir, sha256), { force: true });
          await chunks.return?.();
          return undefined;
      }
    });
  } finally {
    await (file as fs.FileHandle | null)?.close();
  }
}

/**
 * Verifies a complete upload and puts it into the store under the date of `atMs` (ms UTC). The part is removed only after the store
 * has it for good; when the store is unavailable the part stays, and finishing is tried again.
 */
export async function finish(dir: string, sha256: Sha256, store: ImageStore, expectedBytes: number, atMs: number): Promise<FinishOutcome> {
  const part = partPath(dir, sha256);
  const standing = await sizeOf(part);
  return runSteps(finishing(sha256, standing, expectedBytes, atMs), async (step) => {
    switch (step.do) {
      case "read":
        return fs.readFile(part).catch((error) => (isMissing(error) ? undefined : Promise.reject(error)));
      case "put":
        return store.put(step.key, step.bytes);
      case "discard":
        await fs.rm(part, { force: true });
        return undefined;
    }
  });
}

/** Throws away parts that nobody has added to for UPLOAD_ABANDONED_AFTER_MS; answers how many. */
export async function discardAbandoned(dir: string, nowMs: number): Promise<number> {
  await fs.mkdir(dir, { recursive: true, mode: 0o700 });
  let discarded = 0;
  for (const name of await fs.readdir(dir)) {
    if (!name.endsWith(".part")) continue;
    const stat = await fs.stat(path.join(dir, name)).catch(() => undefined);
    if (stat === undefined || nowMs - stat.mtimeMs < UPLOAD_ABANDONED_AFTER_MS) continue;
    await fs.rm(path.join(dir, name), { force: true });
    discarded += 1;
  }
  return discarded;
}

function partPath(dir: string, sha256: Sha256): string {
  return path.join(dir, `${sha256}.part`);
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await fs.stat(file)).size;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

async function writeWhole(file: fs.FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

async function nextOrCut(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array | "end" | "cut-off"> {
  try {
    const next = await chunks.next();
    return next.done === true ? "end" : next.value;
  } catch {
    return "cut-off";
  }
}
