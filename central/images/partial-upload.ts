import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import type { Sha256 } from "../../shared/model/ids.ts";
import type { ImageKey, ImageStore, Unavailable } from "./image-store.ts";
import { imageKey } from "./image-store.ts";
import { reasonOf } from "./reason-of.ts";

/**
 * A picture that arrives in pieces over a bad uplink. What came in stays in `<dir>/<sha256>.part`, so that the edge goes on where the
 * line broke, even days later. The bytes are not flushed piece by piece: the digest at the end decides, so a torn piece after a power
 * cut costs one more upload and can never become a picture.
 */

/** A part nobody has added to for this long is thrown away; the edge then starts again at 0. */
export const UPLOAD_ABANDONED_AFTER_MS = 7 * 24 * 3600 * 1000;

export type AppendOutcome =
  | { readonly kind: "ok"; readonly offset: number }
  /** Nothing was written; `offset` is where to go on. */
  | { readonly kind: "wrong-offset"; readonly offset: number }
  /** More came than was announced: the part is discarded, as its sender is confused about what it sends. */
  | { readonly kind: "too-long" }
  /** The stream ended in an error (a cut line); what came before it is kept. */
  | { readonly kind: "cut-off"; readonly offset: number }
  | Unavailable;

export type FinishOutcome =
  | { readonly kind: "stored"; readonly key: ImageKey; readonly sizeBytes: number }
  /** Not all has arrived yet; nothing was done. */
  | { readonly kind: "incomplete"; readonly offset: number }
  /** All has arrived and is not that picture: discarded, the next upload starts at 0. */
  | { readonly kind: "mismatch" }
  | Unavailable;

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
  if (offset !== standing) return { kind: "wrong-offset", offset: standing };
  let at = offset;
  let file: fs.FileHandle;
  try {
    file = await fs.open(partPath(dir, sha256), offset === 0 ? "w" : "r+", 0o600);
  } catch (error) {
    return { kind: "unavailable", reason: reasonOf(error) };
  }
  try {
    const chunks = chunkStream[Symbol.asyncIterator]();
    for (;;) {
      const next = await nextOrCut(chunks);
      if (next === "cut-off") return { kind: "cut-off", offset: at };
      if (next === "end") return { kind: "ok", offset: at };
      if (at + next.length > maxBytes) {
        await fs.rm(partPath(dir, sha256), { force: true });
        await chunks.return?.();
        return { kind: "too-long" };
      }
      for (let done = 0; done < next.length; ) {
        const { bytesWritten } = await file.write(next, done, next.length - done, at);
        done += bytesWritten;
        at += bytesWritten;
      }
    }
  } catch (error) {
    return { kind: "unavailable", reason: reasonOf(error) };
  } finally {
    await file.close();
  }
}

/**
 * Verifies a complete upload and puts it into the store under the date of `atMs` (ms UTC). The part is removed only after the store
 * has it for good; when the store is unavailable the part stays, and finishing is tried again.
 */
export async function finish(dir: string, sha256: Sha256, store: ImageStore, expectedBytes: number, atMs: number): Promise<FinishOutcome> {
  const part = partPath(dir, sha256);
  const offset = await sizeOf(part);
  if (offset < expectedBytes) return { kind: "incomplete", offset };
  const bytes = offset === expectedBytes ? await fs.readFile(part) : undefined;
  if (bytes === undefined || createHash("sha256").update(bytes).digest("hex") !== sha256) {
    await fs.rm(part, { force: true });
    return { kind: "mismatch" };
  }
  const key = imageKey(sha256, atMs);
  const put = await store.put(key, bytes);
  if (put.kind === "unavailable") return put;
  await fs.rm(part, { force: true });
  return put.kind === "stored" ? { kind: "stored", key, sizeBytes: put.sizeBytes } : { kind: "mismatch" };
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
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
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
